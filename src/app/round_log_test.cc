#include "app/round_log.h"

#include <gtest/gtest.h>

namespace tutela::app {
namespace {

constexpr std::string_view kFailed = R"("event":"outbox.failed")";
constexpr std::string_view kRecovered = R"("event":"loop.recovered")";

std::string while_logging(const std::function<void()>& act) {
  testing::internal::CaptureStderr();
  act();
  return testing::internal::GetCapturedStderr();
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(RoundLog, SaysAFailureAtOnceThenOnceAMinuteAndItsEnd) {
  ManualClock clock(from_unix_ms(1'795'000'000'000));
  RoundLog rounds(clock);
  const auto failing = [&](Duration time) {
    clock.advance(time);
    return while_logging(
        [&] { EXPECT_FALSE(rounds.note("outbox.failed", Result<>(fail(ErrorCode::unavailable, "store.lost")))); });
  };
  const auto well = [&] { return while_logging([&] { EXPECT_TRUE(rounds.note("outbox.failed", Result<>())); }); };
  EXPECT_EQ(well(), "");
  const auto first = failing({});
  EXPECT_TRUE(says(first, kFailed) && says(first, "store.lost") && says(first, R"("rounds":1)")) << first;
  for (int n = 0; n < 239; ++n) EXPECT_EQ(failing(std::chrono::milliseconds(250)), "");
  const auto again = failing(std::chrono::milliseconds(250));
  EXPECT_TRUE(says(again, kFailed) && says(again, R"("rounds":241)")) << again;
  const auto over = well();
  EXPECT_TRUE(says(over, kRecovered) && says(over, R"("from":"outbox.failed")") && says(over, R"("rounds":241)")) << over;
  EXPECT_EQ(well(), "");
  EXPECT_TRUE(says(failing({}), R"("rounds":1)")) << "anew";
}

TEST(RoundLog, OneStepSaysNothingOfAnother) {
  ManualClock clock(from_unix_ms(1'795'000'000'000));
  RoundLog rounds(clock);
  const Result<> failed = fail(ErrorCode::unavailable, "store.lost");
  EXPECT_TRUE(says(while_logging([&] { rounds.note("outbox.failed", failed); }), kFailed));
  EXPECT_TRUE(says(while_logging([&] { rounds.note("notices.failed", failed); }), "notices.failed"));
  EXPECT_EQ(while_logging([&] { rounds.note("answers.failed", Result<>()); }), "");
  EXPECT_EQ(while_logging([&] { rounds.note("outbox.failed", failed); }), "");
}

TEST(RoundLog, AClockThatWentBackKeepsNothingSilent) {
  ManualClock clock(from_unix_ms(1'795'000'000'000));
  RoundLog rounds(clock);
  const Result<> failed = fail(ErrorCode::unavailable, "store.lost");
  while_logging([&] { rounds.note("outbox.failed", failed); });
  clock.advance(-std::chrono::hours(3));
  EXPECT_TRUE(says(while_logging([&] { rounds.note("outbox.failed", failed); }), kFailed));
}

}  // namespace
}  // namespace tutela::app
