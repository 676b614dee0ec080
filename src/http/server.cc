// The only file that sees Beast: it alone takes most of a minute to compile.
//
// One ConnectionLoop serves one peer, always in the same order:
//
//   await_request -> read_head -> on_head -> [100 Continue] -> read_body -> dispatch -> (worker) -> respond -> await_request |
//   linger
//
// All of it runs on the connection's strand; only the handler itself runs on a worker, and then nothing else touches the
// connection. The head is read by our own parser (head.h) and, as a second opinion, by Beast, which also reads chunked bodies. If
// the two do not agree where the body ends, the request is refused.
#include "http/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/vector_body.hpp>

#include "base/check.h"
#include "base/log.h"
#include "http/ascii.h"
#include "http/head.h"
#include "http/response_head.h"
#include "http/target.h"
#include "http/worker_pool.h"

namespace tutela::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using Strand = asio::strand<asio::io_context::executor_type>;
using BodyParser = beast::http::request_parser<beast::http::vector_body<std::uint8_t>>;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kReceiveBufferBytes = 64 * 1024;
constexpr std::size_t kLingerBytesMax = limits::kMiB;
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kAccessRecordsGathered{50};
constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

class ConnectionLoop;

// What connections of one listener share. Outlives the io_context, because a connection may be destroyed with it.
struct ListenerState {
  explicit ListenerState(ListenerOptions&& given) : options(std::move(given)) {}
  const ListenerOptions options;
  std::atomic<std::size_t> connections{0};
};

// What all connections share.
struct Shared {
  explicit Shared(const ServerOptions& given)
      : options(given), workers({.threads = given.worker_threads, .queue_max = given.work_queue_max}) {}

  const ServerOptions options;
  log::GatheredLines access_records;
  WorkerPool workers;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> body_bytes_in_flight{0};

  std::mutex mutex;
  std::condition_variable connection_closed;
  std::unordered_map<ConnectionLoop*, std::weak_ptr<ConnectionLoop>> connections;  // guarded by mutex
};

// A share of ServerOptions::body_bytes_in_flight_max, given back on destruction.
class BodyShare {
 public:
  BodyShare() = default;
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  ~BodyShare() { release(); }

  [[nodiscard]] bool take(Shared& shared, std::size_t bytes) {
    if (bytes <= limits::kBodyBytesUncounted) return true;
    const auto before = shared.body_bytes_in_flight.fetch_add(bytes);
    shared_ = &shared;
    bytes_ = bytes;
    if (before + bytes <= shared.options.body_bytes_in_flight_max) return true;
    release();
    return false;
  }
  void release() {
    if (shared_ != nullptr) shared_->body_bytes_in_flight.fetch_sub(bytes_);
    shared_ = nullptr;
  }

 private:
  Shared* shared_ = nullptr;
  std::size_t bytes_ = 0;
};

std::chrono::milliseconds transfer_time(std::chrono::milliseconds base, std::size_t bytes) {
  return base + std::chrono::seconds(bytes / limits::kTransferBytesPerSecondMin);
}

Response render(const ListenerOptions& listener, const Error& error) {
  try {
    return listener.render_error(error);
  } catch (...) {
    log::error("http.render_error_threw", {{"listener", log::ProgramText{listener.name}}});
    return text_error_response(error);
  }
}

class ConnectionLoop : public std::enable_shared_from_this<ConnectionLoop> {
 public:
  ConnectionLoop(tcp::socket&& socket, std::shared_ptr<ListenerState> listener, Shared& shared)
      : stream_(std::move(socket)), listener_(std::move(listener)), shared_(shared) {}

  ~ConnectionLoop() {
    listener_->connections.fetch_sub(1);
    const std::lock_guard lock(shared_.mutex);
    shared_.connections.erase(this);
    shared_.connection_closed.notify_all();
  }

  void start() {
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    if (listener_->options.access_record == AccessRecord::with_peer_address) {
      const auto endpoint = stream_.socket().remote_endpoint(ignored);
      if (!ignored) peer_address_ = endpoint.address().to_string();
    }
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->await_request(); });
  }

  enum class Close : std::uint8_t { if_idle, always };
  // From any thread.
  void request_close(Close close) {
    asio::post(stream_.get_executor(), [self = shared_from_this(), close] {
      if (close == Close::always || self->idle_) self->close();
    });
  }

 private:
  const ListenerOptions& listener() const { return listener_->options; }

  void close() { stream_.close(); }

  template <class Callback>
  auto on_strand(Callback callback) {
    return [self = shared_from_this(), callback](error_code error, std::size_t bytes) { (self.get()->*callback)(error, bytes); };
  }

  void await_request() {
    body_share_.release();
    if (shared_.stopping && buffer_.size() == 0) return close();
    if (buffer_.size() > 0) {
      stream_.expires_after(shared_.options.header_timeout);
      return read_head();
    }
    idle_ = true;
    stream_.expires_after(shared_.options.idle_timeout);
    stream_.async_read_some(buffer_.prepare(kReadBytes), on_strand(&ConnectionLoop::on_first_bytes));
  }

  void on_first_bytes(error_code error, std::size_t bytes) {
    idle_ = false;
    if (error) return close();
    buffer_.commit(bytes);
    stream_.expires_after(shared_.options.header_timeout);
    read_head();
  }

  void on_more_head(error_code error, std::size_t bytes) {
    if (error) return close();
    buffer_.commit(bytes);
    read_head();
  }

  std::string_view received() const { return {static_cast<const char*>(buffer_.cdata().data()), buffer_.size()}; }

  void read_head() {
    const auto size = find_head_end(received());
    if (!size) {
      begin_request();
      return refuse(size.error());
    }
    if (*size == 0) return stream_.async_read_some(buffer_.prepare(kReadBytes), on_strand(&ConnectionLoop::on_more_head));
    begin_request();
    on_head(*size);
  }

  void begin_request() {
    began_ = std::chrono::steady_clock::now();
    request_ = Request{};
    route_ = nullptr;
    head_.reset();
    allow_.clear();
  }

  void on_head(std::size_t size) {
    auto head = parse_head(received().substr(0, size));
    if (!head) return refuse(head.error());
    head_ = *std::move(head);
    if (!listener().host_names.empty() && std::ranges::find(listener().host_names, head_->host) == listener().host_names.end()) {
      return refuse(Error{ErrorCode::invalid, "http.host_unknown"});
    }
    auto target = parse_target(head_->target);
    if (!target) return refuse(target.error());
    auto lookup = listener().router.find(head_->method, target->path);
    if (lookup.match.route == nullptr) {
      allow_ = std::move(lookup.allow);
      if (allow_.empty()) return refuse_or_keep(size, Error{ErrorCode::not_found, "http.not_found"});
      return refuse_or_keep(size, Error{ErrorCode::unsupported, "http.method_not_allowed"});
    }
    route_ = lookup.match.route;
    if (head_->content_length.value_or(0) > route_->body_bytes_max || (head_->chunked && route_->body_bytes_max == 0)) {
      if (route_->body_bytes_max == 0) return refuse(Error{ErrorCode::limit, "http.body_not_expected"});
      return refuse(Error{ErrorCode::limit, "http.body_too_large"});
    }
    request_.method = head_->method;
    request_.path = std::move(target->path);
    request_.query = std::move(target->query);
    request_.path_parameters = std::move(lookup.match.parameters);
    request_.headers = std::move(head_->headers);
    request_.peer_address = peer_address_;
    request_.stopping = &shared_.stopping;
    if (!head_->has_body()) {
      buffer_.consume(size);
      return dispatch();
    }
    begin_body(size);
  }

  void begin_body(std::size_t head_size) {
    const std::size_t bytes = head_->chunked ? route_->body_bytes_max : static_cast<std::size_t>(*head_->content_length);
    if (!body_share_.take(shared_, bytes)) return refuse(Error{ErrorCode::busy, "http.too_many_bodies"});
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits::kHeaderBytesMax));
    parser_->body_limit(route_->body_bytes_max);
    parser_->eager(false);
    error_code error;
    const auto used = parser_->put(asio::buffer(received().data(), head_size), error);
    const auto length = parser_->is_header_done() ? parser_->content_length() : boost::none;
    const bool agreed = !error && used == head_size && parser_->is_header_done() && parser_->chunked() == head_->chunked &&
                        (head_->chunked || (length && *length == *head_->content_length));
    if (!agreed) return refuse(Error{ErrorCode::invalid, "http.malformed"});
    buffer_.consume(head_size);

    stream_.expires_after(transfer_time(shared_.options.body_timeout, bytes));
    if (head_->expect_continue && buffer_.size() == 0) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      return asio::async_write(stream_, asio::buffer(kContinue), on_strand(&ConnectionLoop::on_continue_sent));
    }
    read_body();
  }

  void on_continue_sent(error_code error, std::size_t) {
    if (error) return close();
    read_body();
  }

  void read_body() { beast::http::async_read(stream_, buffer_, *parser_, on_strand(&ConnectionLoop::on_body)); }

  void on_body(error_code error, std::size_t) {
    if (error == beast::http::error::body_limit) return refuse(Error{ErrorCode::limit, "http.body_too_large"});
    const bool ended = error == beast::http::error::partial_message || error == beast::http::error::end_of_stream;
    const bool about_syntax = error.category() == beast::http::make_error_code(beast::http::error::bad_chunk).category();
    if (error && about_syntax && !ended) return refuse(Error{ErrorCode::invalid, "http.malformed"});
    if (error) return close();
    request_.body = std::move(parser_->get().body());
    parser_.reset();
    dispatch();
  }

  void dispatch() {
    const auto submitted = shared_.workers.try_submit([self = shared_from_this()] {
      auto response = self->call_handler();
      asio::post(self->stream_.get_executor(),
                 [self, response = std::move(response)]() mutable { self->respond(std::move(response)); });
    });
    if (submitted == WorkerPool::Submitted::full) respond(render(listener(), Error{ErrorCode::busy, "http.queue_full"}));
  }

  // On a worker.
  Response call_handler() {
    try {
      return route_->handler(request_);
    } catch (...) {
      // What it says could hold content; the site is found by the route.
      log::error("http.handler_threw", {{"route", log::ProgramText{route_->pattern}}});
      return render(listener(), Error{ErrorCode::internal, "http.handler_threw"});
    }
  }

  // Answers `error` and closes: what follows in the stream cannot be trusted to be a request.
  void refuse(const Error& error) {
    if (head_) head_->keep_alive = false;
    respond(render(listener(), error));
  }

  // Without a body it is certain where the next request begins.
  void refuse_or_keep(std::size_t head_size, const Error& error) {
    if (head_->has_body()) return refuse(error);
    buffer_.consume(head_size);
    respond(render(listener(), error));
  }

  void respond(Response response) {
    response_ = std::move(response);
    parser_.reset();
    if (!allow_.empty()) response_.headers["Allow"] = allow_;
    if (response_.status == 503 || response_.status == 429) response_.headers.try_emplace("Retry-After", "5");
    add_security_headers(response_, listener().content_security_policy);
    keep_alive_ = head_ && head_->keep_alive && !shared_.stopping;
    const auto after = keep_alive_ ? AfterResponse::keep_alive : AfterResponse::close;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto head = build_response_head(response_, after, now);
    if (!head) {
      log::error("http.response_malformed", {{"error", head.error()}});
      response_ = text_error_response(head.error());
      add_security_headers(response_, listener().content_security_policy);
      head = build_response_head(response_, after, now);
    }
    TUTELA_CHECK(head.has_value());
    response_head_ = *std::move(head);
    write_access_record();
    const bool with_body = status_has_body(response_.status) && !(head_ && head_->method == Method::head);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(response_head_),
                                                    with_body ? asio::buffer(response_.body) : asio::const_buffer()};
    stream_.expires_after(transfer_time(shared_.options.body_timeout, response_.body_bytes()));
    source_left_ = with_body && response_.source ? response_.source->size_bytes() : 0;
    const auto then = source_left_ > 0 ? &ConnectionLoop::on_piece_sent : &ConnectionLoop::on_response_sent;
    asio::async_write(stream_, buffers, on_strand(then));
  }

  // The next bytes of a body that is not held whole. One that ends early, or not where it said, ends the connection with it.
  void on_piece_sent(error_code error, std::size_t) {
    if (error) return close();
    if (source_left_ == 0) return on_response_sent({}, 0);
    auto piece = response_.source->next();
    if (!piece || !*piece || (*piece)->empty() || (*piece)->size() > source_left_) {
      log::error("http.body_broken_off",
                 {{"route", log::ProgramText{route_ != nullptr ? std::string_view(route_->pattern) : "-"}}});
      return close();
    }
    piece_ = **std::move(piece);
    source_left_ -= piece_.size();
    asio::async_write(stream_, asio::buffer(piece_), on_strand(&ConnectionLoop::on_piece_sent));
  }

  void on_response_sent(error_code error, std::size_t) {
    response_ = Response{};
    piece_ = Bytes();
    request_ = Request{};
    if (error) return close();
    if (keep_alive_) return await_request();
    body_share_.release();
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    if (error) return close();
    // Closing with unread bytes would reset the connection, and the peer could lose the answer that says why.
    idle_ = true;
    stream_.expires_after(kLingerTime);
    linger();
  }

  void linger() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kReceiveBufferBytes), on_strand(&ConnectionLoop::on_lingering));
  }

  void on_lingering(error_code error, std::size_t bytes) {
    lingered_bytes_ += bytes;
    if (error || lingered_bytes_ > kLingerBytesMax) return close();
    linger();
  }

  // Method, pattern, status and time: never the path's values or the query.
  void write_access_record() {
    if (listener().access_record == AccessRecord::silent) return;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_).count();
    const log::Field name{"listener", log::ProgramText{listener().name}};
    const log::Field method{"method", log::ProgramText{head_ ? to_string(head_->method) : "-"}};
    const log::Field route{"route", log::ProgramText{route_ != nullptr ? std::string_view(route_->pattern) : "-"}};
    const log::Field status{"status", std::int64_t{response_.status}};
    const log::Field took_ms{"took_ms", std::int64_t{took}};
    auto& records = shared_.access_records;
    const bool is_first =
        peer_address_.empty()
            ? records.info("http.access", {name, method, route, status, took_ms})
            : records.info("http.access", {name, method, route, status, took_ms, {"peer", log::PeerAddress{peer_address_}}});
    if (!is_first) return;
    // No timer of the connection's: the records outlive it.
    const auto soon = std::make_shared<asio::steady_timer>(stream_.socket().get_executor(), kAccessRecordsGathered);
    soon->async_wait([soon, &shared = shared_](error_code) { shared.access_records.write(); });
  }

  beast::tcp_stream stream_;
  std::shared_ptr<ListenerState> listener_;
  Shared& shared_;
  beast::flat_buffer buffer_{kReceiveBufferBytes + limits::kHeaderBytesMax};
  std::string peer_address_;
  bool idle_ = false;
  std::size_t lingered_bytes_ = 0;

  // Of the request at hand.
  SteadyTime began_;
  std::optional<Head> head_;
  const Route* route_ = nullptr;
  std::optional<BodyParser> parser_;
  BodyShare body_share_;
  Request request_;
  std::string allow_;
  Response response_;
  std::string response_head_;
  Bytes piece_;
  std::size_t source_left_ = 0;
  bool keep_alive_ = false;
};

class Acceptor {
 public:
  Acceptor(asio::io_context& io, std::shared_ptr<ListenerState> listener, Shared& shared)
      : io_(io),
        acceptor_(asio::make_strand(io)),
        pause_(acceptor_.get_executor()),
        listener_(std::move(listener)),
        shared_(shared) {}

  Result<> listen() {
    const auto& options = listener_->options;
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) return fail(ErrorCode::invalid, "http.listener_address", options.name);
    const tcp::endpoint endpoint(address, options.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(ErrorCode::unavailable, "http.listen_failed", options.name + ": " + error.message());
    port_ = acceptor_.local_endpoint(error).port();
    return {};
  }

  const std::string& name() const { return listener_->options.name; }
  std::uint16_t port() const { return port_; }

  void start() {
    asio::dispatch(acceptor_.get_executor(), [this] { accept(); });
  }
  void close() {
    asio::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
    });
  }

 private:
  void accept() {
    acceptor_.async_accept(asio::make_strand(io_),
                           [this](error_code error, auto socket) { on_accept(error, std::move(socket)); });
  }

  template <class Socket>
  void on_accept(error_code error, Socket socket) {
    if (!acceptor_.is_open() || shared_.stopping) return;
    if (error) {
      // Out of descriptors, as a rule: trying at once would only burn the processor.
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](error_code cancelled) {
        if (!cancelled && acceptor_.is_open()) accept();
      });
      return;
    }
    if (listener_->connections.fetch_add(1) >= listener_->options.connections_max) {
      listener_->connections.fetch_sub(1);
      socket.non_blocking(true, error);
      socket.write_some(asio::buffer(kTooManyConnections), error);
      socket.shutdown(tcp::socket::shutdown_send, error);
    } else {
      const auto connection = std::make_shared<ConnectionLoop>(std::move(socket), listener_, shared_);
      {
        const std::lock_guard lock(shared_.mutex);
        shared_.connections.emplace(connection.get(), connection);
      }
      connection->start();
    }
    accept();
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::shared_ptr<ListenerState> listener_;
  Shared& shared_;
  std::uint16_t port_ = 0;
};

}  // namespace

// Destroyed from the bottom: acceptors, then the context with the connections it holds, then what connections refer to.
struct Server::Impl {
  explicit Impl(const ServerOptions& options)
      : shared(options), io(static_cast<int>(options.io_threads)), work(io.get_executor()) {}

  Shared shared;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  std::vector<std::thread> threads;
  std::once_flag stopped;

  std::vector<std::shared_ptr<ConnectionLoop>> open_connections() {
    std::vector<std::shared_ptr<ConnectionLoop>> open;
    const std::lock_guard lock(shared.mutex);
    for (const auto& [raw, weak] : shared.connections) {
      if (auto connection = weak.lock()) open.push_back(std::move(connection));
    }
    return open;
  }

  void close_connections(ConnectionLoop::Close close) {
    for (const auto& connection : open_connections()) connection->request_close(close);
  }

  void stop() {
    shared.stopping = true;
    for (const auto& acceptor : acceptors) acceptor->close();
    // Again and again: a connection may have become idle just behind the first look.
    const auto deadline = std::chrono::steady_clock::now() + shared.options.stop_deadline;
    std::unique_lock lock(shared.mutex);
    while (!shared.connections.empty() && std::chrono::steady_clock::now() < deadline) {
      lock.unlock();
      close_connections(ConnectionLoop::Close::if_idle);
      lock.lock();
      shared.connection_closed.wait_for(lock, std::chrono::milliseconds(20), [this] { return shared.connections.empty(); });
    }
    lock.unlock();
    close_connections(ConnectionLoop::Close::always);
    shared.workers.stop();
    work.reset();
    io.stop();
    for (auto& thread : threads) thread.join();
    shared.access_records.write();
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(std::vector<ListenerOptions> listeners, ServerOptions options) {
  TUTELA_CHECK(options.io_threads > 0 && options.worker_threads > 0);
  auto impl = std::make_unique<Impl>(options);
  for (auto& listener : listeners) {
    for (const auto& other : impl->acceptors) {
      if (other->name() == listener.name) return fail(ErrorCode::invalid, "http.listener_duplicate", listener.name);
    }
    for (auto& name : listener.host_names) name = ascii::to_lower(name);
    auto state = std::make_shared<ListenerState>(std::move(listener));
    impl->acceptors.push_back(std::make_unique<Acceptor>(impl->io, std::move(state), impl->shared));
    TUTELA_TRY(impl->acceptors.back()->listen());
  }
  for (const auto& acceptor : impl->acceptors) acceptor->start();
  for (std::size_t i = 0; i < options.io_threads; ++i) {
    impl->threads.emplace_back([&io = impl->io] { io.run(); });
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port(std::string_view name) const {
  for (const auto& acceptor : impl_->acceptors) {
    if (acceptor->name() == name) return acceptor->port();
  }
  check_failed("a listener of this name was given");
}

void Server::stop() {
  std::call_once(impl_->stopped, [this] { impl_->stop(); });
}

}  // namespace tutela::http
