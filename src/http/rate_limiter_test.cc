#include "http/rate_limiter.h"

#include <gtest/gtest.h>

namespace tutela::http {
namespace {

using namespace std::chrono_literals;

TEST(RateLimiter, GivesTheBurstThenTheRate) {
  ManualClock clock(from_unix_ms(1'000'000));
  RateLimiter limiter({.burst_tokens = 3, .tokens_per_second = 0.5}, clock);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.take("a"));
  EXPECT_EQ(limiter.take("a").error().reason, Reason("http.rate_limited"));
  EXPECT_TRUE(limiter.take("b"));
  clock.advance(1999ms);
  EXPECT_FALSE(limiter.take("a"));
  clock.advance(1ms);
  EXPECT_TRUE(limiter.take("a"));
  EXPECT_FALSE(limiter.take("a"));
  clock.advance(std::chrono::hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.take("a"));
  EXPECT_FALSE(limiter.take("a"));
}

TEST(RateLimiter, AClockThatGoesBackGivesNothing) {
  ManualClock clock(from_unix_ms(1'000'000));
  RateLimiter limiter({.burst_tokens = 1, .tokens_per_second = 1}, clock);
  EXPECT_TRUE(limiter.take("a"));
  clock.advance(-500s);
  EXPECT_FALSE(limiter.take("a"));
  clock.advance(1s);
  EXPECT_TRUE(limiter.take("a"));
}

TEST(RateLimiter, ForgetsTheKeyUsedLongestAgo) {
  ManualClock clock(from_unix_ms(0));
  RateLimiter limiter({.burst_tokens = 1, .tokens_per_second = 0.001, .keys_max = 2}, clock);
  EXPECT_TRUE(limiter.take("a"));
  EXPECT_TRUE(limiter.take("b"));
  EXPECT_FALSE(limiter.take("a"));
  EXPECT_TRUE(limiter.take("c"));
  EXPECT_EQ(limiter.keys(), 2u);
  EXPECT_FALSE(limiter.take("a"));
  EXPECT_TRUE(limiter.take("b"));
}

}  // namespace
}  // namespace tutela::http
