#include "match/flood_guard.h"

#include <gtest/gtest.h>

namespace tutela::match {
namespace {

using Seen = FloodGuard::Seen;

EntryId entry(std::uint8_t number) { return EntryId::from_bytes(Bytes(16, number)).value(); }
const Time kStart = from_unix_ms(1'795'348'800'000);

TEST(FloodGuard, AlarmsOnceAWindowAndStacksTheRest) {
  FloodGuard guard({.window = std::chrono::minutes{10}, .matches_max = 3, .entries_max = 10});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(guard.observe(entry(1), kStart), Seen::single);
  EXPECT_EQ(guard.observe(entry(1), kStart), Seen::alarm);
  EXPECT_EQ(guard.observe(entry(1), kStart + std::chrono::minutes{9}), Seen::stacked);
  EXPECT_EQ(guard.observe(entry(2), kStart), Seen::single) << "each entry by itself";
  EXPECT_EQ(guard.matches_in_window(entry(1)), 5);
  EXPECT_EQ(guard.observe(entry(1), kStart - std::chrono::hours{1}), Seen::stacked) << "a clock that goes back";
  EXPECT_EQ(guard.observe(entry(1), kStart + std::chrono::minutes{10}), Seen::single) << "a new window";
  for (int i = 0; i < 2; ++i) guard.observe(entry(1), kStart + std::chrono::minutes{11});
  EXPECT_EQ(guard.observe(entry(1), kStart + std::chrono::minutes{12}), Seen::alarm) << "and alarms again";
}

TEST(FloodGuard, ALookSaysWhatAMatchWouldBeAndCountsNothing) {
  FloodGuard guard({.window = std::chrono::minutes{10}, .matches_max = 2, .entries_max = 10});
  Time now = kStart;
  for (int i = 0; i < 40; ++i) {
    const auto looked = guard.look(entry(1), now);
    EXPECT_EQ(guard.look(entry(1), now), looked);
    EXPECT_EQ(guard.observe(entry(1), now), looked) << i;
    now += std::chrono::minutes{i % 7};
  }
  EXPECT_EQ(guard.look(entry(2), now), Seen::single);
  EXPECT_EQ(guard.entries(), 1U);
}

TEST(FloodGuard, ForgetsWhatMatchedLongestAgo) {
  FloodGuard guard({.matches_max = 1, .entries_max = 2});
  guard.observe(entry(1), kStart);
  guard.observe(entry(2), kStart);
  guard.observe(entry(1), kStart);
  guard.observe(entry(3), kStart);
  EXPECT_EQ(guard.entries(), 2U);
  EXPECT_EQ(guard.matches_in_window(entry(2)), 0);
  EXPECT_EQ(guard.matches_in_window(entry(1)), 2);
}

}  // namespace
}  // namespace tutela::match
