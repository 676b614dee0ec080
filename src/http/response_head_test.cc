#include "http/response_head.h"

#include <gtest/gtest.h>

#include "http/problem.h"
#include "http/security_headers.h"

namespace tutela::http {
namespace {

const std::chrono::sys_seconds kDate{std::chrono::seconds(1'795'349'677)};

TEST(ResponseHead, IsBuilt) {
  auto response = text_response(200, "text/plain", "abc");
  response.headers["Content-Length"] = "99";
  response.headers["connection"] = "upgrade";
  response.headers["Date"] = "never";
  EXPECT_EQ(build_response_head(response, AfterResponse::close, kDate),
            "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 12:14:37 GMT\r\nContent-Length: 3\r\nConnection: close\r\nContent-Type: "
            "text/plain\r\n\r\n");
  EXPECT_EQ(build_response_head({.status = 204}, AfterResponse::keep_alive, kDate),
            "HTTP/1.1 204 No Content\r\nDate: Sun, 22 Nov 2026 12:14:37 GMT\r\n\r\n");
  EXPECT_EQ(to_http_date(std::chrono::sys_seconds{}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(ResponseHead, AValueCannotBeginASecondAnswer) {
  for (const auto& bad : std::vector<std::string>{"a\r\nX: b", "a\nb", "a\rb", {"a\0b", 3}}) {
    EXPECT_FALSE(build_response_head({.headers = {{"Location", bad}}}, AfterResponse::close, kDate));
  }
  for (const auto* bad : {"", "a b", "a:", "a\r\n"}) {
    EXPECT_FALSE(build_response_head({.headers = {{bad, "x"}}}, AfterResponse::close, kDate));
  }
  for (const int status : {0, 100, 199, 600}) EXPECT_FALSE(build_response_head({.status = status}, AfterResponse::close, kDate));
}

TEST(SecurityHeaders, AreAddedButNeverOverAHandlersOwn) {
  Response response;
  response.headers["cache-control"] = "public";
  add_security_headers(response, kContentSecurityPolicyNone);
  EXPECT_EQ(response.headers.at("Cache-Control"), "public");
  EXPECT_EQ(response.headers.at("Content-Security-Policy"), kContentSecurityPolicyNone);
  for (const auto* name : {"X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
                           "Cross-Origin-Embedder-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy"}) {
    EXPECT_TRUE(response.headers.contains(name)) << name;
  }
}

TEST(Problem, SaysWhatWasKeptAndWhatToDo) {
  const auto response = problem_response(Error{ErrorCode::limit, "http.header_too_large", "field x"});
  EXPECT_EQ(response.status, 431);
  EXPECT_EQ(response.headers.at("Content-Type"), "application/problem+json");
  EXPECT_EQ(
      as_text(response.body),
      R"({"type":"urn:tutela:problem:http.header_too_large","title":"Too large or too often","status":431,"reason":"http.header_too_large",)"
      R"("place":"field x","kept":"Nothing of this request was kept.","todo":"Send less, or wait and send it again."})");
  EXPECT_EQ(text_error_response(Error{ErrorCode::not_found, "http.not_found"}).status, 404);
}

TEST(Problem, EveryCodeHasAdvice) {
  for (std::uint8_t code = 0; code <= static_cast<std::uint8_t>(ErrorCode::internal); ++code) {
    const auto& advice = advice_of(static_cast<ErrorCode>(code));
    EXPECT_FALSE(advice.title.empty() || advice.kept.empty() || advice.todo.empty());
  }
}

}  // namespace
}  // namespace tutela::http
