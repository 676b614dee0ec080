#include "http/server.h"

#include <atomic>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "base/check.h"
#include "http/raw_client_test_support.h"

namespace tutela::http {
namespace {

using namespace std::chrono_literals;

Response echo(const Request& request) {
  auto response = text_response(200, "text/plain", request.path + "|");
  response.body.insert(response.body.end(), request.body.begin(), request.body.end());
  return response;
}

// `said` bytes, of which it gives `given` in pieces of 1,000, then an error or the end.
class Pieces final : public BodySource {
 public:
  Pieces(std::size_t said, std::size_t given) : said_(said), left_(given), breaks_(given < said) {}
  std::size_t size_bytes() const override { return said_; }
  Result<std::optional<Bytes>> next() override {
    if (left_ == 0 && breaks_) return fail(ErrorCode::corrupt, "test.broken");
    if (left_ == 0) return std::nullopt;
    const auto size = std::min<std::size_t>(left_, 1000);
    left_ -= size;
    return std::optional(Bytes(size, static_cast<std::uint8_t>('a' + left_ % 26)));
  }

 private:
  std::size_t said_;
  std::size_t left_;
  bool breaks_;
};
Response pieces(std::size_t said, std::size_t given) { return Response{.source = std::make_shared<Pieces>(said, given)}; }

std::vector<Route> plain_routes() {
  return {
      {Method::get, "/hello", 0, [](const Request&) { return text_response(200, "text/plain", "hello"); }},
      {Method::post, "/echo", 1000, echo},
      {Method::post, "/large", 40 * limits::kMiB, echo},
      {Method::post, "/nobody", 0, echo},
      {Method::get, "/peer", 0, [](const Request& request) { return text_response(200, "text/plain", request.peer_address); }},
      {Method::get, "/throws", 0, [](const Request&) -> Response { throw std::runtime_error("secret"); }},
      {Method::get, "/splits", 0, [](const Request&) { return Response{.headers = {{"X", "a\r\nY: b"}}}; }},
      {Method::get, "/pieces", 0, [](const Request&) { return pieces(1'234'567, 1'234'567); }},
      {Method::get, "/no-pieces", 0, [](const Request&) { return pieces(0, 0); }},
      {Method::get, "/cut-pieces", 0, [](const Request&) { return pieces(10'000, 4'000); }},
      {Method::get, "/too-many-pieces", 0, [](const Request&) { return pieces(1'500, 4'000); }},
      {Method::get, "/large", 0, [](const Request&) { return Response{.body = Bytes(3 * limits::kMiB, 'x')}; }}};
}

ListenerOptions listener(std::vector<Route> routes = plain_routes(), AccessRecord access = AccessRecord::silent) {
  auto router = Router::build(std::move(routes));
  TUTELA_CHECK(router.has_value());
  return {.name = "test", .router = *std::move(router), .access_record = access};
}

std::unique_ptr<Server> start(ListenerOptions options = listener(), ServerOptions server = {}) {
  std::vector<ListenerOptions> listeners;
  listeners.push_back(std::move(options));
  auto started = Server::start(std::move(listeners), server);
  TUTELA_CHECK(started.has_value());
  return *std::move(started);
}

std::string get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}
std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}
RawAnswer ask(const Server& server, std::string_view request) {
  RawClient client(server.port("test"));
  client.send(request);
  return client.receive_answer();
}

TEST(Server, AnswersWithSecurityHeadersAndDate) {
  const auto server = start();
  const auto answer = ask(*server, get("/hello"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.headers.at("Cache-Control"), "no-store");
  EXPECT_EQ(answer.headers.at("Content-Security-Policy"), kContentSecurityPolicyNone);
  EXPECT_EQ(answer.headers.at("Referrer-Policy"), "no-referrer");
  EXPECT_TRUE(answer.headers.at("Date").ends_with(" GMT"));
  EXPECT_FALSE(answer.headers.contains("Server"));
}

TEST(Server, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  const auto server = start();
  RawClient client(server->port("test"));
  client.send(get("/hello") + post("/echo", "one") + get("/missing") + post("/echo", "two") +
              get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(client.receive_answer().body, "hello");
  EXPECT_EQ(client.receive_answer().body, "/echo|one");
  EXPECT_EQ(client.receive_answer().status, 404);
  EXPECT_EQ(client.receive_answer().body, "/echo|two");
  const auto last = client.receive_answer();
  EXPECT_EQ(last.body, "hello");
  EXPECT_EQ(last.headers.at("Connection"), "close");
  client.receive_all();
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(Server, ReadsARequestThatComesByteByByte) {
  const auto server = start();
  RawClient client(server->port("test"));
  for (const char byte : post("/echo", "slowly")) client.send({&byte, 1});
  EXPECT_EQ(client.receive_answer().body, "/echo|slowly");
}

TEST(Server, AnswersHeadWithoutABody) {
  const auto server = start();
  RawClient client(server->port("test"));
  client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + get("/hello"));
  const auto head = client.receive_answer(RawClient::Expect::head_only);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("Content-Length"), "5");
  EXPECT_EQ(client.receive_answer().body, "hello");
}

TEST(Server, TellsNotFoundFromNotAllowed) {
  const auto server = start();
  const auto missing = ask(*server, get("/missing"));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.headers.at("Content-Type"), "application/problem+json");
  EXPECT_NE(missing.body.find("\"reason\":\"http.not_found\""), std::string::npos);
  const auto other = ask(*server, "DELETE /large HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(other.status, 405);
  EXPECT_EQ(other.headers.at("Allow"), "POST, GET, HEAD");
  EXPECT_EQ(ask(*server, get("/hello/")).status, 404);
  EXPECT_EQ(ask(*server, get("/a/../hello")).status, 400);
  EXPECT_EQ(ask(*server, get("/hello?x=1&x=2")).status, 400);
  EXPECT_EQ(ask(*server, get("/hello%00")).status, 400);
}

TEST(Server, ReadsChunkedBodies) {
  const auto server = start();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  RawClient client(server->port("test"));
  client.send(head + "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.receive_answer().body, "/echo|abcde");
  EXPECT_EQ(client.receive_answer().body, "hello");
  EXPECT_EQ(ask(*server, head + "3E9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n").status, 413);
  EXPECT_EQ(ask(*server, head + "zz\r\n").status, 400);
  EXPECT_EQ(ask(*server, head + "3\r\nabcde\r\n0\r\n\r\n").status, 400);
}

TEST(Server, ABodyIsLimitedBeforeItIsRead) {
  const auto server = start();
  const auto declared = [](std::string_view target, std::string_view length) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::string(length) + "\r\n\r\n";
  };
  const auto answer = ask(*server, declared("/echo", "1001"));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.headers.at("Connection"), "close");
  EXPECT_EQ(ask(*server, declared("/nobody", "1")).status, 413);
  EXPECT_EQ(ask(*server, declared("/nobody", "0")).status, 200);
  EXPECT_EQ(ask(*server, "POST /nobody HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
  EXPECT_EQ(ask(*server, "POST /nobody HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").status, 413);
  EXPECT_EQ(ask(*server, post("/echo", std::string(1000, 'x'))).body.size(), 1006u);
}

TEST(Server, ASenderOfARefusedBodyIsHeardOutForAWhile) {
  // A reset while the peer still sends could destroy the answer before the peer reads it.
  const auto server = start();
  RawClient client(server->port("test"));
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  EXPECT_EQ(client.receive_answer().status, 413);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(client.send(std::string(10'000, 'x'))) << i;
    std::this_thread::sleep_for(5ms);
  }
  client.receive_all();
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(Server, MovesLargeBodiesBothWays) {
  const auto server = start();
  std::string body(5 * limits::kMiB, 'x');
  body[4'000'000] = '\0';
  RawClient client(server->port("test"));
  std::thread sender([&] { client.send(post("/large", body)); });
  const auto answer = client.receive_answer();
  sender.join();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "/large|" + body);
  EXPECT_EQ(ask(*server, get("/large")).body.size(), 3 * limits::kMiB);
}

TEST(Server, ABodyThatIsNotHeldWholeArrivesWhole) {
  const auto server = start();
  RawClient client(server->port("test"));
  for (int twice = 0; twice < 2; ++twice) {
    client.send(get("/pieces"));
    const auto answer = client.receive_answer();
    EXPECT_EQ(answer.status, 200);
    ASSERT_EQ(answer.body.size(), 1'234'567U);
    EXPECT_EQ(answer.body[0], static_cast<char>('a' + 1'233'567 % 26));
    EXPECT_EQ(answer.body.back(), 'a');
  }
  client.send(get("/no-pieces"));
  EXPECT_EQ(client.receive_answer().body, "");
  client.send(get("/hello"));
  EXPECT_EQ(client.receive_answer().body, "hello") << "the connection goes on";
}

TEST(Server, ABodyThatBreaksOffClosesTheConnection) {
  const auto server = start();
  for (const std::string_view path : {"/cut-pieces", "/too-many-pieces"}) {
    RawClient client(server->port("test"));
    client.send(get(path));
    const auto text = client.receive_all();
    EXPECT_LT(text.size(), 10'000U) << path;
    EXPECT_EQ(text.find("hello"), std::string::npos);
  }
}

TEST(Server, BodiesInFlightShareABudget) {
  std::latch inside(1);
  std::latch go(1);
  auto options = listener({{Method::post, "/wait", limits::kMiB,
                            [&](const Request&) {
                              inside.count_down();
                              go.wait();
                              return Response{};
                            }},
                           {Method::post, "/echo", limits::kMiB, echo}});
  const auto server = start(std::move(options), {.body_bytes_in_flight_max = limits::kMiB});
  RawClient first(server->port("test"));
  first.send(post("/wait", std::string(limits::kMiB, 'x')));
  inside.wait();
  const auto refused = ask(*server, post("/echo", std::string(limits::kMiB / 2, 'x')));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("Retry-After"), "5");
  EXPECT_EQ(ask(*server, post("/echo", "small")).status, 200);
  go.count_down();
  EXPECT_EQ(first.receive_answer().status, 200);
  EXPECT_EQ(ask(*server, post("/echo", std::string(limits::kMiB / 2, 'x'))).status, 200);
}

TEST(Server, HeadAndTargetAreLimited) {
  const auto server = start();
  EXPECT_EQ(ask(*server, get("/hello", "X: " + std::string(9000, 'x') + "\r\n")).status, 431);
  EXPECT_EQ(ask(*server, get("/" + std::string(limits::kTargetBytesMax, 'x'))).status, 414);
  EXPECT_EQ(ask(*server, get("/" + std::string(10'000, 'x'))).status, 414);
  std::string many;
  for (std::size_t i = 0; i <= limits::kHeaderFieldsMax; ++i) many += "X" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(ask(*server, get("/hello", many)).status, 431);
}

TEST(Server, AnswersExpectContinue) {
  const auto server = start();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  RawClient client(server->port("test"));
  client.send(head);
  EXPECT_EQ(client.receive_answer().status, 100);
  client.send("abc");
  EXPECT_EQ(client.receive_answer().body, "/echo|abc");
  // Who does not wait gets no 100, and who would be refused is refused at once.
  EXPECT_EQ(ask(*server, head + "abc").status, 200);
  EXPECT_EQ(ask(*server, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\nExpect: 100-continue\r\n\r\n").status, 413);
  EXPECT_EQ(ask(*server, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: magic\r\n\r\n").status, 417);
}

TEST(Server, AThrowingHandlerIsOneProblemNotACrash) {
  const auto server = start();
  RawClient client(server->port("test"));
  client.send(get("/throws") + get("/splits") + get("/hello"));
  const auto thrown = client.receive_answer();
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
  EXPECT_EQ(client.receive_answer().status, 500);
  EXPECT_EQ(client.receive_answer().body, "hello");
}

TEST(Server, ARequestThatEndsEarlyReachesNoHandler) {
  std::atomic<int> calls{0};
  const auto server = start(listener({{Method::post, "/echo", 1000, [&](const Request&) {
                                         ++calls;
                                         return Response{};
                                       }}}));
  for (const std::string_view request : {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", "POST /echo HTT",
                                         "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"}) {
    RawClient client(server->port("test"));
    client.send(request);
    client.finish_sending();
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_TRUE(client.closed_by_peer());
  }
  EXPECT_EQ(calls, 0);
}

// The 21 cases that Beast 1.81 was measured with, and more. Behind each goes a GET: it must never be answered as if it were the
// next request, because a proxy in front could have taken it for a part of the body.
TEST(Server, NeverServesASmuggledRequest) {
  const auto server = start();
  const std::string smuggled = get("/hello", "X-Smuggled: 1\r\n");
  const std::string start_line = "POST /echo HTTP/1.1\r\n";
  const std::string head = start_line + "Host: a\r\n";
  using namespace std::string_literals;
  const std::pair<std::string_view, std::string> cases[] = {
      {"transfer coding unknown", head + "Transfer-Encoding: xchunked\r\n\r\n"},
      {"gzip, chunked", head + "Transfer-Encoding: gzip, chunked\r\n\r\n"},
      {"obs-fold", head + "X: a\r\n b\r\n\r\n"},
      {"folded framing", head + "Transfer-Encoding:\r\n chunked\r\n\r\n"},
      {"no host", start_line + "\r\n"},
      {"two hosts", head + "Host: b\r\n\r\n"},
      {"equal lengths", head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde"},
      {"listed lengths", head + "Content-Length: 5, 5\r\n\r\nabcde"},
      {"unequal lengths", head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"},
      {"length, chunked", head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunked, length", head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
      {"plus", head + "Content-Length: +5\r\n\r\nabcde"},
      {"minus", head + "Content-Length: -1\r\n\r\n"},
      {"chunked twice", head + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
      {"negative chunk", head + "Transfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n0\r\n\r\n"},
      {"chunk overflow", head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nab\r\n0\r\n\r\n"},
      {"space before colon", head + "Content-Length : 5\r\n\r\nabcde"},
      {"bare line feed", "POST /echo HTTP/1.1\nHost: a\n\n"},
      {"bare line feed in the middle", head + "X: a\nContent-Length: 5\r\n\r\n"},
      {"NUL", head + "X: a\0b\r\n\r\n"s},
      {"control byte", head + "X: a\x01\r\n\r\n"},
      {"HTTP/1.2", "POST /echo HTTP/1.2\r\nHost: a\r\n\r\n"},
      {"large head", head + "X: " + std::string(9000, 'x') + "\r\n\r\n"},
      {"chunked in 1.0", "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"identity", head + "Transfer-Encoding: identity\r\n\r\n"},
      {"vertical tab", head + "Transfer-Encoding: \x0B" + "chunked\r\n\r\n0\r\n\r\n"},
      {"absolute form", "POST http://b/echo HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"chunk without line end", head + "Transfer-Encoding: chunked\r\n\r\n1\r\nab0\r\n\r\n"},
      {"chunk with bare line feed", head + "Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n"},
  };
  for (const auto& [name, request] : cases) {
    RawClient client(server->port("test"));
    client.send(request + smuggled);
    client.finish_sending();
    const auto answers = client.receive_all();
    const auto statuses = statuses_in(answers);
    ASSERT_EQ(statuses.size(), 1u) << name << "\n" << answers;
    EXPECT_GE(statuses[0], 400) << name;
    EXPECT_NE(answers.find("\r\nConnection: close\r\n"), std::string::npos) << name;
    EXPECT_TRUE(client.closed_by_peer()) << name;
  }
  EXPECT_EQ(ask(*server, get("/hello")).status, 200);
}

TEST(Server, UnknownHostsAreMisdirected) {
  auto options = listener();
  options.host_names = {"Console.example.org", "127.0.0.1", "[::1]"};
  const auto server = start(std::move(options));
  const auto status_for = [&](std::string_view host) {
    return ask(*server, "GET /hello HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").status;
  };
  EXPECT_EQ(status_for("console.example.org"), 200);
  EXPECT_EQ(status_for("CONSOLE.example.org:8443"), 200);
  EXPECT_EQ(status_for("127.0.0.1:8080"), 200);
  EXPECT_EQ(status_for("[::1]:8080"), 200);
  EXPECT_EQ(status_for("rebound.example.org"), 421);
  EXPECT_EQ(status_for("console.example.org.evil.test"), 421);
}

TEST(Server, ErrorsAreRenderedByTheListener) {
  auto options = listener();
  options.render_error = [](const Error& error) {
    return text_response(status_of(error), "text/html", "<h1>" + std::string(error.reason.text()) + "</h1>");
  };
  options.content_security_policy = std::string(kContentSecurityPolicyPages);
  const auto server = start(std::move(options));
  const auto answer = ask(*server, get("/missing"));
  EXPECT_EQ(answer.body, "<h1>http.not_found</h1>");
  EXPECT_EQ(answer.headers.at("Content-Security-Policy"), kContentSecurityPolicyPages);
  auto throwing = listener();
  throwing.render_error = [](const Error&) -> Response { throw 1; };
  EXPECT_EQ(ask(*start(std::move(throwing)), get("/missing")).status, 404);
}

TEST(Server, IsBusyInsteadOfQueueingWithoutEnd) {
  std::latch inside(1);
  std::latch go(1);
  auto routes = plain_routes();
  routes.push_back({Method::get, "/wait", 0, [&](const Request&) {
                      inside.count_down();
                      go.wait();
                      return text_response(200, "text/plain", "waited");
                    }});
  const auto server = start(listener(std::move(routes)), {.worker_threads = 1, .work_queue_max = 0});
  RawClient first(server->port("test"));
  first.send(get("/wait"));
  inside.wait();
  RawClient second(server->port("test"));
  second.send(get("/hello"));
  const auto busy = second.receive_answer();
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.headers.at("Retry-After"), "5");
  EXPECT_NE(busy.body.find("http.queue_full"), std::string::npos);
  go.count_down();
  EXPECT_EQ(first.receive_answer().body, "waited");
  // The connection that met a full queue goes on.
  for (int tries = 0; tries < 100; ++tries) {
    second.send(get("/hello"));
    if (second.receive_answer().status == 200) return;
  }
  FAIL() << "never free again";
}

TEST(Server, ConnectionsAreCapped) {
  auto options = listener();
  options.connections_max = 2;
  const auto server = start(std::move(options));
  {
    RawClient first(server->port("test"));
    RawClient second(server->port("test"));
    first.send(get("/hello"));
    second.send(get("/hello"));
    EXPECT_EQ(first.receive_answer().status, 200);
    EXPECT_EQ(second.receive_answer().status, 200);
    RawClient third(server->port("test"));
    EXPECT_EQ(third.receive_answer().status, 503);
    third.receive_all();
    EXPECT_TRUE(third.closed_by_peer());
  }
  for (int tries = 0; tries < 200; ++tries) {
    if (ask(*server, get("/hello")).status == 200) return;
    std::this_thread::sleep_for(5ms);
  }
  FAIL() << "a closed connection still counts";
}

TEST(Server, SlowPeersAreClosed) {
  std::atomic<int> calls{0};
  auto options = listener({{Method::post, "/echo", 1000, [&](const Request&) {
                              ++calls;
                              return Response{};
                            }}});
  const auto server = start(std::move(options), {.header_timeout = 150ms, .body_timeout = 150ms, .idle_timeout = 150ms});
  // Idle; a head drop by drop; a body that does not come. Each is closed in its time, however often a byte arrives.
  RawClient idle(server->port("test"));
  RawClient body(server->port("test"));
  body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  RawClient head(server->port("test"));
  const auto began = std::chrono::steady_clock::now();
  for (const char byte : std::string("POST /echo HTTP/1.1\r\nHost: a\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) {
    head.send({&byte, 1});
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_GT(std::chrono::steady_clock::now() - began, 300ms);
  for (auto* client : {&idle, &body, &head}) {
    EXPECT_EQ(client->receive_all(2s), "");
    EXPECT_TRUE(client->closed_by_peer());
  }
  EXPECT_EQ(calls, 0);
}

TEST(Server, ThePeersAddressIsKeptOnlyWhereTold) {
  EXPECT_EQ(ask(*start(listener(plain_routes(), AccessRecord::with_peer_address)), get("/peer")).body, "127.0.0.1");
  EXPECT_EQ(ask(*start(listener(plain_routes(), AccessRecord::without_peer_address)), get("/peer")).body, "");
}

TEST(Server, TheAccessRecordHoldsPatternsNotValues) {
  const std::vector<Route> routes{{Method::get, "/r/{receipt}", 0, [](const Request&) { return Response{}; }}};
  const auto record_of = [&](AccessRecord access) {
    testing::internal::CaptureStderr();
    {
      const auto server = start(listener(routes, access));
      ask(*server, get("/r/secret-value?query=secret-too"));
      ask(*server, get("/secret-path"));
    }
    return testing::internal::GetCapturedStderr();
  };
  const auto without = record_of(AccessRecord::without_peer_address);
  EXPECT_NE(
      without.find(R"("event":"http.access","listener":"test","method":"GET","route":"/r/{receipt}","status":200,"took_ms":)"),
      std::string::npos)
      << without;
  EXPECT_NE(without.find(R"("route":"-","status":404)"), std::string::npos);
  EXPECT_EQ(without.find("secret"), std::string::npos);
  EXPECT_EQ(without.find("127.0.0.1"), std::string::npos);
  EXPECT_NE(record_of(AccessRecord::with_peer_address).find(R"("peer":"127.0.0.1")"), std::string::npos);
  EXPECT_EQ(record_of(AccessRecord::silent), "");
}

TEST(Server, StopLetsRequestsInFlightEnd) {
  std::latch inside(1);
  std::latch go(1);
  auto routes = plain_routes();
  routes.push_back({Method::get, "/wait", 0, [&](const Request&) {
                      inside.count_down();
                      go.wait();
                      return text_response(200, "text/plain", "waited");
                    }});
  const auto server = start(listener(std::move(routes)));
  const auto port = server->port("test");
  RawClient idle(port);
  idle.send(get("/hello"));
  EXPECT_EQ(idle.receive_answer().status, 200);
  RawClient busy(port);
  busy.send(get("/wait") + get("/hello"));
  inside.wait();
  std::thread stopper([&] { server->stop(); });
  idle.receive_all();
  EXPECT_TRUE(idle.closed_by_peer());
  EXPECT_FALSE(RawClient(port).connected());
  go.count_down();
  const auto answer = busy.receive_answer();
  EXPECT_EQ(answer.body, "waited");
  EXPECT_EQ(answer.headers.at("Connection"), "close");
  stopper.join();
  server->stop();
}

TEST(Server, StopDoesNotWaitBeyondItsDeadline) {
  const auto server = start(listener(), {.stop_deadline = 100ms});
  RawClient half(server->port("test"));
  half.send("GET /hel");
  RawClient probe(server->port("test"));
  probe.send(get("/hello"));
  EXPECT_EQ(probe.receive_answer().status, 200);
  const auto began = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
  half.receive_all();
  EXPECT_TRUE(half.closed_by_peer());
}

TEST(Server, ListenersAreApart) {
  std::vector<ListenerOptions> both;
  both.push_back(listener());
  both.push_back(listener({{Method::get, "/other", 0, [](const Request&) { return Response{}; }}}));
  both[1].name = "other";
  const auto server = *Server::start(std::move(both), {.io_threads = 2});
  EXPECT_EQ(ask(*server, get("/other")).status, 404);
  RawClient other(server->port("other"));
  other.send(get("/other") + get("/hello"));
  EXPECT_EQ(other.receive_answer().status, 200);
  EXPECT_EQ(other.receive_answer().status, 404);
}

TEST(Server, StartingFailsWithAReason) {
  const auto first = start();
  const auto reason_of = [](std::vector<ListenerOptions> options) {
    return std::string(Server::start(std::move(options)).error().reason.text());
  };
  auto taken = listener();
  taken.port = first->port("test");
  EXPECT_EQ(reason_of({taken}), "http.listen_failed");
  auto malformed = listener();
  malformed.address = "nowhere";
  EXPECT_EQ(reason_of({malformed}), "http.listener_address");
  EXPECT_EQ(reason_of({listener(), listener()}), "http.listener_duplicate");
}

TEST(Server, ServesManyConnectionsAtOnce) {
  const auto server = start(listener(), {.io_threads = 2, .worker_threads = 3});
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      RawClient client(server->port("test"));
      for (int i = 0; i < 50; ++i) {
        const auto body = std::to_string(t) + "-" + std::to_string(i);
        client.send(post("/echo", body));
        right += client.receive_answer().body == "/echo|" + body;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 400);
}

}  // namespace
}  // namespace tutela::http
