#include "http/cookies.h"

#include <gtest/gtest.h>

#include "http/http.h"

namespace tutela::http {
namespace {

TEST(Cookies, FindsOneAmongOthers) {
  EXPECT_EQ(find_cookie("a=1; session=abc-_.; b=2", "session"), "abc-_.");
  EXPECT_EQ(find_cookie("session=", "session"), "");
  EXPECT_EQ(find_cookie("junk; =x; session=a=b;", "session"), "a=b");
  EXPECT_EQ(find_cookie("Session=1; xsession=2", "session"), std::nullopt);
  EXPECT_EQ(find_cookie("", "session"), std::nullopt);
}

TEST(Cookies, TwoOfOneNameAreNone) { EXPECT_EQ(find_cookie("s=planted; s=own", "s"), std::nullopt); }

TEST(Cookies, AValueThatNoServerSetIsNone) {
  EXPECT_EQ(find_cookie("s=a b", "s"), std::nullopt);
  EXPECT_EQ(find_cookie("s=\"a\"", "s"), std::nullopt);
  EXPECT_EQ(find_cookie("s=a\\b", "s"), std::nullopt);
}

TEST(Cookies, AreReadThroughARequest) {
  Request request{};
  EXPECT_EQ(request.cookie("s"), std::nullopt);
  request.headers["cookie"] = "s=1";
  EXPECT_EQ(request.cookie("s"), "1");
}

TEST(Cookies, Builds) {
  EXPECT_EQ(build_cookie("s", "v", std::nullopt, CookieSecure::no), "s=v; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_EQ(build_cookie("__Host-s", "v", std::chrono::hours(1), CookieSecure::yes),
            "__Host-s=v; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=3600");
  EXPECT_EQ(build_expired_cookie("s", CookieSecure::no), "s=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

TEST(CookiesDeathTest, AValueThatCouldAddAnAttributeIsABug) {
  EXPECT_DEATH(build_cookie("s", "v; Domain=example.org", std::nullopt, CookieSecure::yes), "check failed");
  EXPECT_DEATH(build_cookie("s s", "v", std::nullopt, CookieSecure::yes), "check failed");
}

}  // namespace
}  // namespace tutela::http
