#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/result.h"

// Plain values between the server plumbing and the routes: no Beast type leaves http/server.cc.
namespace tutela::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_ };
std::string_view to_string(Method method);

struct CaseInsensitiveLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::map<std::string, std::string, CaseInsensitiveLess>;

struct Request {
  Method method;
  std::string path;                          // percent-decoded, normalised; begins with '/', no "..", no empty segment
  std::map<std::string, std::string> query;  // decoded; a repeated key is refused
  std::map<std::string, std::string> path_parameters;
  Headers headers;  // a repeated field is refused, but for those that HTTP lets repeat, which are joined
  Bytes body;       // at most the route's body_bytes_max
  // Who connected. Empty on the public listener, whose access leaves no address (see foundations: doors).
  std::string peer_address;
  // True once the server is told to stop: a handler that waits for something then answers what it has. Outlives the handler.
  const std::atomic<bool>* stopping = nullptr;

  bool is_stopping() const { return stopping != nullptr && *stopping; }
  std::optional<std::string_view> header(std::string_view name) const;
  std::optional<std::string_view> cookie(std::string_view name) const;
};

// A body that is not held whole: asked for its next bytes when the ones before were sent. Used by one thread at a time.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Exactly what next() will give in all.
  virtual std::size_t size_bytes() const = 0;
  // Nothing at the end. After an error the connection is closed, so that the peer sees that it is cut.
  virtual Result<std::optional<Bytes>> next() = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  Bytes body;
  std::shared_ptr<BodySource> source = nullptr;  // instead of `body`

  std::size_t body_bytes() const { return source ? source->size_bytes() : body.size(); }
};

Response text_response(int status, std::string_view content_type, std::string_view body);

using Handler = std::function<Response(const Request&)>;

struct Route {
  Method method;
  // "/v1/items/{item_id}/lease": a braced segment matches one non-empty segment. "/assets/*" matches any tail, given as parameter
  // "*".
  std::string pattern;
  std::size_t body_bytes_max = 0;  // 0: a body is refused
  Handler handler;
};

}  // namespace tutela::http
