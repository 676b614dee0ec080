#include "http/head.h"

#include <gtest/gtest.h>

namespace tutela::http {
namespace {

std::string reason_of(std::string_view block) {
  const auto head = parse_head(block);
  return head ? "taken" : std::string(head.error().reason.text());
}

TEST(Head, ReadsAPlainRequest) {
  const auto head = parse_head(
      "POST /v1/items?x=1 HTTP/1.1\r\nhost: Node.Example.org:8080\r\nContent-Length: 12\r\nAccept: a\r\naccept: b\r\n"
      "X-Note: \t padded value \t\r\nExpect: 100-Continue\r\n\r\n");
  ASSERT_TRUE(head) << to_string(head.error());
  EXPECT_EQ(head->method, Method::post);
  EXPECT_EQ(head->target, "/v1/items?x=1");
  EXPECT_EQ(head->host, "node.example.org");
  EXPECT_EQ(head->content_length, 12u);
  EXPECT_FALSE(head->chunked);
  EXPECT_TRUE(head->keep_alive);
  EXPECT_TRUE(head->expect_continue);
  EXPECT_EQ(head->headers.at("Accept"), "a, b");
  EXPECT_EQ(head->headers.at("x-note"), "padded value");
}

TEST(Head, KeepsTheConnectionOnlyWhereItMay) {
  EXPECT_FALSE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n")->keep_alive);
  EXPECT_FALSE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade , close\r\n\r\n")->keep_alive);
  EXPECT_TRUE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
  EXPECT_FALSE(parse_head("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
}

TEST(Head, ReadsHosts) {
  const auto host_of = [](std::string_view value) {
    const auto head = parse_head("GET / HTTP/1.1\r\nHost: " + std::string(value) + "\r\n\r\n");
    return head ? head->host : std::string("refused");
  };
  EXPECT_EQ(host_of("127.0.0.1:8080"), "127.0.0.1");
  EXPECT_EQ(host_of("[2001:DB8::1]:443"), "[2001:db8::1]");
  EXPECT_EQ(host_of("[::1]"), "[::1]");
  for (const std::string_view bad :
       {"", "a b", "a:b", "a:", ":80", "a:123456", "a/b", "a@b", "[::1", "[]", "[::1]x", "[z]", "a,b", "a:80:90"}) {
    EXPECT_EQ(host_of(bad), "refused") << bad;
  }
}

TEST(Head, RefusesWithAReason) {
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::string start = line + "Host: a\r\n";
  const std::pair<std::string, std::string_view> cases[] = {
      {line + "\r\n", "http.host_missing"},
      {start + "Host: a\r\n\r\n", "http.host_repeated"},
      {start + "X: 1\r\n folded\r\n\r\n", "http.header_folded"},
      {start + "X: 1\r\n\tfolded\r\n\r\n", "http.header_folded"},
      {line + " Host: a\r\n\r\n", "http.header_folded"},
      {start + "X : 1\r\n\r\n", "http.header_malformed"},
      {start + ": 1\r\n\r\n", "http.header_malformed"},
      {start + "nocolon\r\n\r\n", "http.header_malformed"},
      {start + "X: a\rb\r\n\r\n", "http.control_character"},
      {start + "X: a\nb\r\n\r\n", "http.control_character"},
      {start + std::string("X: a\0b\r\n\r\n", 10), "http.control_character"},
      {start + "X: a\x7F\r\n\r\n", "http.control_character"},
      {start + "Authorization: a\r\nAuthorization: a\r\n\r\n", "http.header_repeated"},
      {start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "http.header_repeated"},
      {start + "Content-Length: 5, 5\r\n\r\n", "http.content_length_malformed"},
      {start + "Content-Length: +5\r\n\r\n", "http.content_length_malformed"},
      {start + "Content-Length: -1\r\n\r\n", "http.content_length_malformed"},
      {start + "Content-Length: 0x5\r\n\r\n", "http.content_length_malformed"},
      {start + "Content-Length: \r\n\r\n", "http.content_length_malformed"},
      {start + "Content-Length: 18446744073709551616\r\n\r\n", "http.content_length_malformed"},
      {start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "http.two_framings"},
      {start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "http.two_framings"},
      {start + "Transfer-Encoding: xchunked\r\n\r\n", "http.transfer_coding_unknown"},
      {start + "Transfer-Encoding: gzip, chunked\r\n\r\n", "http.transfer_coding_unknown"},
      {start + "Transfer-Encoding: chunked, chunked\r\n\r\n", "http.transfer_coding_unknown"},
      {start + "Transfer-Encoding: \r\n\r\n", "http.transfer_coding_unknown"},
      {start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "http.header_repeated"},
      {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "http.transfer_encoding_in_1_0"},
      {start + "Expect: 200-ok\r\n\r\n", "http.expectation_unknown"},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "http.version_unknown"},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "http.version_unknown"},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", "http.request_line_malformed"},
      {"GET /\r\nHost: a\r\n\r\n", "http.request_line_malformed"},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "http.request_line_malformed"},
      {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "http.request_line_malformed"},
      {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "http.request_line_malformed"},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "http.target_not_origin_form"},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "http.method_unknown"},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", "http.method_unknown"},
      {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "http.request_line_malformed"},
      {"GET /" + std::string(limits::kTargetBytesMax, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "http.target_too_long"},
      {start + "X: " + std::string(limits::kHeaderBytesMax, 'a') + "\r\n\r\n", "http.header_too_large"},
      {start, "http.header_malformed"},
      {"", "http.header_malformed"},
      {"\r\n\r\n", "http.request_line_malformed"},
  };
  for (const auto& [block, reason] : cases) EXPECT_EQ(reason_of(block), reason) << block.substr(0, 200);

  std::string many = start;
  for (std::size_t i = 0; i < limits::kHeaderFieldsMax; ++i) many += "X" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(reason_of(many + "\r\n"), "http.too_many_headers");
}

TEST(Head, FindsItsEndAndSeesHopelessBytesEarly) {
  EXPECT_EQ(find_head_end(""), 0u);
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\r"), 0u);
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\n\r"), 0u);
  // What follows the head is a body: any byte may stand there.
  EXPECT_EQ(find_head_end(std::string_view("G / H\r\n\r\n\0\n\r", 12)), 9u);
  for (const std::string_view bad :
       std::initializer_list<std::string_view>{"GET / HTTP/1.1\n", "\n", "a\rb", {"a\0", 2}, "\x16\x03\x01"}) {
    EXPECT_FALSE(find_head_end(bad));
  }
  EXPECT_EQ(find_head_end("GET /" + std::string(limits::kHeaderBytesMax, 'a')).error().reason, Reason("http.target_too_long"));
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\nX: " + std::string(limits::kHeaderBytesMax, 'a')).error().reason,
            Reason("http.header_too_large"));
}

}  // namespace
}  // namespace tutela::http
