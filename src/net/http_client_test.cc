#include "net/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "http/server.h"
#include "net/loopback_test_support.h"

namespace tutela::net {
namespace {

using namespace std::chrono_literals;

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() {
    const auto count = [this](http::Response response) {
      ++requests_;
      return response;
    };
    const auto status = [count](int code) { return [count, code](const http::Request&) { return count({.status = code}); }; };
    std::vector<http::Route> routes{
        {http::Method::get, "/text", 0,
         [count](const http::Request&) { return count(http::text_response(200, "text/plain", "body")); }},
        {http::Method::post, "/echo", 100'000,
         [count](const http::Request& request) {
           auto response = http::text_response(201, "text/plain", as_text(request.body));
           response.headers["X-Seen"] = std::string(request.header("X-Sent").value_or("nothing"));
           response.headers["X-Method"] = std::string(http::to_string(request.method));
           return count(response);
         }},
        {http::Method::put, "/echo", 100'000,
         [count](const http::Request& request) { return count(http::text_response(200, "a/b", as_text(request.body))); }},
        {http::Method::get, "/large", 0, [count](const http::Request&) { return count({.body = Bytes(5000, 'x')}); }},
        {http::Method::get, "/slow", 0,
         [count](const http::Request&) {
           std::this_thread::sleep_for(500ms);
           return count({});
         }},
        {http::Method::get, "/redirect", 0,
         [count](const http::Request&) { return count({.status = 302, .headers = {{"Location", "/text"}}}); }}};
    for (const int code : {204, 403, 404, 410, 451, 500, 503})
      routes.push_back({http::Method::get, fmt::format("/status/{}", code), 0, status(code)});
    std::vector<http::ListenerOptions> listeners;
    listeners.push_back(
        {.name = "test", .router = *http::Router::build(std::move(routes)), .access_record = http::AccessRecord::silent});
    server_ = *http::Server::start(std::move(listeners));
  }

  std::string url(std::string_view path, std::string_view host = "127.0.0.1") const {
    return fmt::format("http://{}:{}{}", host, server_->port("test"), path);
  }
  Result<OutboundResponse> get(const std::string& address,
                               const DestinationPolicy& policy = DestinationPolicy::loopback_only()) const {
    OutboundRequest request;
    request.url = address;
    return send_request(request, policy);
  }
  std::string reason_of(const std::string& address, const DestinationPolicy& policy = DestinationPolicy::loopback_only()) const {
    const auto response = get(address, policy);
    return response ? "answered" : std::string(response.error().reason.text());
  }

  std::atomic<int> requests_{0};
  std::unique_ptr<http::Server> server_;
};

TEST_F(HttpClientTest, GetsAndSends) {
  const auto text = get(url("/text"));
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_EQ(text->status, 200);
  EXPECT_EQ(as_text(text->body), "body");
  EXPECT_EQ(text->headers.at("content-type"), "text/plain");

  OutboundRequest request;
  request.method = http::Method::post;
  request.url = url("/echo");
  request.headers["X-Sent"] = "value";
  for (const auto& body : {Bytes(), Bytes(90'000, 0), to_bytes("abc")}) {
    request.body = body;
    const auto answer = send_request(request, DestinationPolicy::loopback_only());
    ASSERT_TRUE(answer) << to_string(answer.error());
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, body);
    EXPECT_EQ(answer->headers.at("X-Seen"), "value");
    EXPECT_EQ(answer->headers.at("X-Method"), "POST");
  }
  request.method = http::Method::put;
  EXPECT_EQ(as_text(send_request(request, DestinationPolicy::loopback_only())->body), "abc");
}

TEST_F(HttpClientTest, AnyStatusIsAnAnswerAndNoRedirectIsFollowed) {
  EXPECT_EQ(get(url("/status/503"))->status, 503);
  EXPECT_EQ(get(url("/redirect"))->status, 302);
  EXPECT_EQ(requests_, 2);
}

TEST_F(HttpClientTest, TheAnswerIsBounded) {
  OutboundRequest request;
  request.url = url("/large");
  request.response_bytes_max = 5000;
  EXPECT_EQ(send_request(request, DestinationPolicy::loopback_only())->body.size(), 5000u);
  request.response_bytes_max = 4999;
  EXPECT_EQ(send_request(request, DestinationPolicy::loopback_only()).error().reason, Reason("net.response_too_large"));
}

TEST_F(HttpClientTest, AnAnswerWithoutALengthIsBoundedToo) {
  LoopbackPeer peer([](int connection) {
    LoopbackPeer::read_until(connection, "\r\n\r\n");
    LoopbackPeer::write(connection, "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'));
  });
  OutboundRequest request;
  request.url = fmt::format("http://127.0.0.1:{}/", peer.port());
  request.response_bytes_max = 1000;
  EXPECT_EQ(send_request(request, DestinationPolicy::loopback_only()).error().reason, Reason("net.response_too_large"));
}

TEST_F(HttpClientTest, NamesThatResolveToLoopbackAreNotPublic) {
  for (const auto* host :
       {"localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "0", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.1"}) {
    EXPECT_EQ(reason_of(url("/text", host), DestinationPolicy::public_only()), "net.destination_denied") << host;
  }
  EXPECT_EQ(requests_, 0);
  EXPECT_EQ(reason_of(url("/text", "localhost")), "answered");
}

TEST_F(HttpClientTest, LoopbackOnlyAndListedHostsReachNothingElse) {
  for (const auto* address : {"http://192.0.2.1/", "http://169.254.169.254/latest", "http://10.0.0.1/", "http://[2001:db8::1]/",
                              "http://198.51.100.7:9/"}) {
    EXPECT_EQ(reason_of(address), "net.destination_denied") << address;
    EXPECT_EQ(reason_of(address, DestinationPolicy::public_only()), "net.destination_denied") << address;
  }
  EXPECT_EQ(reason_of(url("/text", "localhost"), DestinationPolicy::listed_hosts({"localhost"})), "answered");
  EXPECT_EQ(reason_of(url("/text"), DestinationPolicy::listed_hosts({"localhost"})), "net.destination_denied");
}

TEST_F(HttpClientTest, AProxyInTheEnvironmentIsIgnored) {
  ::setenv("http_proxy", "http://192.0.2.1:9", 1);
  ::setenv("ALL_PROXY", "http://192.0.2.1:9", 1);
  EXPECT_EQ(reason_of(url("/text")), "answered");
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
}

TEST_F(HttpClientTest, RefusesUrlsAndHeadersBeforeAnythingIsSent) {
  for (const auto* bad :
       {"", "text", "file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://", "http://user:pw@127.0.0.1/",
        "http://a b/", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1:99999/", "dict://127.0.0.1/", "HTTPS//127.0.0.1"}) {
    EXPECT_EQ(reason_of(bad), "net.url_malformed") << bad;
  }
  EXPECT_EQ(reason_of(url("/" + std::string(limits::kUrlBytesMax, 'a'))), "net.url_malformed");
  OutboundRequest request;
  request.url = url("/text");
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nY: b"}, {"X Y", "a"}, {"", "a"}, {"X:", "a"}}) {
    request.headers = {{name, value}};
    EXPECT_EQ(send_request(request, DestinationPolicy::loopback_only()).error().reason, Reason("net.header_malformed"));
  }
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpClientTest, FailuresAreNamed) {
  EXPECT_EQ(reason_of(fmt::format("http://127.0.0.1:{}/", unused_port())), "net.unreachable");
  EXPECT_EQ(reason_of("http://name.invalid/"), "net.unreachable");
  EXPECT_EQ(reason_of(fmt::format("https://127.0.0.1:{}/text", server_->port("test"))), "net.tls_failed");
  OutboundRequest request;
  request.url = url("/slow");
  request.total_timeout = 100ms;
  const auto slow = send_request(request, DestinationPolicy::loopback_only());
  EXPECT_EQ(slow.error().reason, Reason("net.timeout"));
  EXPECT_EQ(slow.error().code, ErrorCode::unavailable);
  LoopbackPeer silent([](int) {});
  EXPECT_EQ(reason_of(fmt::format("http://127.0.0.1:{}/", silent.port())), "net.failed");
}

TEST_F(HttpClientTest, ProbesWithoutReadingABody) {
  const auto probe = [&](std::string_view path) { return *probe_head(url(path), DestinationPolicy::loopback_only()); };
  EXPECT_EQ(probe("/text").serving, Serving::serving);
  EXPECT_EQ(probe("/large").serving, Serving::serving);
  EXPECT_EQ(probe("/status/204").serving, Serving::serving);
  for (const int code : {404, 410, 451}) EXPECT_EQ(probe(fmt::format("/status/{}", code)).serving, Serving::gone) << code;
  for (const int code : {403, 500, 503}) EXPECT_EQ(probe(fmt::format("/status/{}", code)).serving, Serving::unknown) << code;
  EXPECT_EQ(probe("/redirect").serving, Serving::unknown);
  EXPECT_EQ(probe("/redirect").status, 302);
  const auto dead = probe_head(fmt::format("http://127.0.0.1:{}/", unused_port()), DestinationPolicy::loopback_only());
  EXPECT_EQ(dead->serving, Serving::unknown);
  EXPECT_EQ(dead->status, 0);
  EXPECT_EQ(probe_head(url("/text"), DestinationPolicy::public_only()).error().reason, Reason("net.destination_denied"));
  for (const auto serving : {Serving::gone, Serving::serving, Serving::unknown})
    EXPECT_EQ(parse_serving(to_word(serving)), serving);
}

TEST_F(HttpClientTest, AProbeAsksWithHeadAndDropsABodyThatComesAnyway) {
  std::string asked;
  LoopbackPeer peer([&](int connection) {
    asked = LoopbackPeer::read_until(connection, "\r\n\r\n");
    LoopbackPeer::write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
  });
  const auto probe = probe_head(fmt::format("http://127.0.0.1:{}/x?y", peer.port()), DestinationPolicy::loopback_only());
  peer.join();
  EXPECT_EQ(probe->serving, Serving::serving);
  EXPECT_TRUE(asked.starts_with("HEAD /x?y HTTP/1.1\r\n")) << asked;
}

TEST_F(HttpClientTest, ThreadsDoNotDisturbEachOther) {
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) right += get(url("/text")).has_value();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 40);
}

}  // namespace
}  // namespace tutela::net
