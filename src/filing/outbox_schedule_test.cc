#include "filing/outbox_schedule.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace tutela::filing {
namespace {

const Time kNow = from_unix_ms(1'790'000'000'000);

Duration delay(std::int64_t failed, std::uint64_t seed, std::optional<Time> due = std::nullopt) {
  return std::get<RetryAt>(after_failure({failed, due}, ErrorCode::unavailable, kNow, seed)).at - kNow;
}
WhyGiveUp why(const OutboxAttempts& attempts, ErrorCode code) {
  return std::get<GiveUp>(after_failure(attempts, code, kNow, 1)).why;
}

TEST(OutboxSchedule, DoublesWithJitterUpToTheCap) {
  const std::uint64_t base_seed = 99;
  RecordProperty("seed", std::to_string(base_seed));
  SeededRandom random(base_seed);
  std::set<std::int64_t> seen;
  for (int round = 0; round < 500; ++round) {
    const std::uint64_t seed = random.next();
    for (std::int64_t failed = 1; failed < 20; ++failed) {
      const std::int64_t plain = std::min<std::int64_t>(std::int64_t{1'000} << (failed - 1), 900'000);
      const auto waited = delay(failed, seed).count();
      EXPECT_GE(waited, plain * 8 / 10);
      EXPECT_LE(waited, plain * 12 / 10);
      EXPECT_EQ(waited, delay(failed, seed).count());
      if (failed == 1) seen.insert(waited);
    }
  }
  EXPECT_GT(seen.size(), 100U);
}

TEST(OutboxSchedule, GivesUpAfterTheLastAttempt) {
  EXPECT_EQ(why({20, std::nullopt}, ErrorCode::unavailable), WhyGiveUp::attempts_used);
  EXPECT_TRUE(std::holds_alternative<RetryAt>(after_failure({19, std::nullopt}, ErrorCode::unavailable, kNow, 1)));
}

TEST(OutboxSchedule, NeverSleepsPastTheDutysClockAndGivesUpThere) {
  EXPECT_EQ(delay(15, 1, kNow + Duration{10}), Duration{10});
  EXPECT_EQ(why({1, kNow}, ErrorCode::unavailable), WhyGiveUp::duty_clock_is_due);
  EXPECT_EQ(why({1, kNow - Duration{1}}, ErrorCode::busy), WhyGiveUp::duty_clock_is_due);
}

TEST(OutboxSchedule, RetriesOnlyWhatMayPassLater) {
  for (const auto code : {ErrorCode::busy, ErrorCode::unavailable, ErrorCode::internal, ErrorCode::corrupt})
    EXPECT_TRUE(std::holds_alternative<RetryAt>(after_failure({1, std::nullopt}, code, kNow, 1)));
  for (const auto code : {ErrorCode::invalid, ErrorCode::not_found, ErrorCode::conflict, ErrorCode::denied,
                          ErrorCode::unsupported, ErrorCode::limit})
    EXPECT_EQ(why({1, std::nullopt}, code), WhyGiveUp::refused);
}

TEST(OutboxSchedule, TheWholeScheduleIsAFewHours) {
  Duration total{0};
  for (std::int64_t failed = 1; failed < 20; ++failed) total += delay(failed, 7);
  EXPECT_GT(total, std::chrono::hours(2));
  EXPECT_LT(total, std::chrono::hours(4));
}

}  // namespace
}  // namespace tutela::filing
