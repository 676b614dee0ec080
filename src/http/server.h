#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"
#include "http/problem.h"
#include "http/router.h"
#include "http/security_headers.h"

namespace tutela::http {

// Whether a listener keeps, in the access log and in Request::peer_address, who connected. `silent` writes no access line at all.
enum class AccessRecord : std::uint8_t { without_peer_address, with_peer_address, silent };

struct ListenerOptions {
  std::string name;  // in the log and for Server::port(); text of the program
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the system chooses
  Router router;
  AccessRecord access_record = AccessRecord::without_peer_address;
  // Host names (without port) this listener answers to; anything else is 421. Empty: any. It stops DNS rebinding, and keeps the
  // console from answering under the public door's name.
  std::vector<std::string> host_names;
  // Renders errors found below the handlers (no route, too large, queue full, exception). Called on any thread.
  std::function<Response(const Error&)> render_error = [](const Error& error) { return problem_response(error); };
  // Sent unless a handler sets its own.
  std::string content_security_policy{kContentSecurityPolicyNone};
  std::size_t connections_max = limits::kConnectionsPerListenerMax;
};

struct ServerOptions {
  std::size_t io_threads = 1;
  std::size_t worker_threads = 4;
  std::size_t work_queue_max = limits::kWorkQueueMax;
  std::chrono::milliseconds header_timeout = limits::kHeaderTimeout;  // from the first byte of a head to its end
  std::chrono::milliseconds body_timeout = limits::kBodyTimeout;      // plus the body's size at kTransferBytesPerSecondMin
  std::chrono::milliseconds idle_timeout = limits::kIdleTimeout;      // between two requests
  std::chrono::milliseconds stop_deadline{10'000};                    // what is in flight may take so long after stop()
  std::size_t body_bytes_in_flight_max = limits::kBodyBytesInFlightMax;
};

// HTTP/1.1 on plain TCP. Sockets are served by callbacks on `io_threads`; handlers run on a bounded pool of `worker_threads` and
// may block. Requests of one connection are answered one after the other, in order.
//
// Answered without a handler: 400 (malformed), 404, 405, 413, 414, 417, 421, 431, 500 (a handler threw), 501, 503 with
// Retry-After (pool full, too many connections or body bytes), 505. After a refusal of the head or body the connection is closed.
// A peer that is too slow is closed without an answer.
class Server {
 public:
  // Binds and listens before it returns, so that privileges may be dropped then. unavailable, "http.listen_failed" (place:
  // listener name and errno name); invalid, "http.listener_address" / "http.listener_duplicate".
  static Result<std::unique_ptr<Server>> start(std::vector<ListenerOptions> listeners, ServerOptions options = {});

  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The port that the listener `name` really has. A name that was not given is a bug.
  std::uint16_t port(std::string_view name) const;

  // Accepts nothing more, closes idle connections, lets requests in flight end until the deadline, then closes the rest and joins
  // all threads; a handler that still runs then is waited for. Idempotent; not from a handler.
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tutela::http
