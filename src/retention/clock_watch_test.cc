#include "retention/clock_watch.h"

#include <gtest/gtest.h>

namespace tutela::retention {
namespace {

using namespace std::chrono_literals;

// One machine with both clocks; the wall clock can be set.
class ClockWatchTest : public testing::Test {
 protected:
  void pass(Duration time) {
    reading.wall += time;
    reading.since_boot += time;
  }
  void set_wall_clock(Duration by) { reading.wall += by; }
  void start_machine(Duration absence) {
    reading.wall += absence;
    reading.boot += "'";
    reading.since_boot = 10s;
  }
  bool settled() {
    row = observe(row, reading);
    return check_settled(*row).has_value();
  }
  // Looks once a minute, as a node does.
  bool settled_after(Duration time) {
    for (Duration done{0}; done < time; done += 1min) {
      pass(1min);
      settled();
    }
    return settled();
  }
  void settle() {
    settled();
    ASSERT_TRUE(settled_after(72h));
  }

  ClockReading reading{from_unix_ms(1'795'000'000'000), "boot", 1h};
  std::optional<ClockRow> row;
};

TEST_F(ClockWatchTest, ANewNodeWaitsThreeDays) {
  EXPECT_FALSE(settled());
  EXPECT_FALSE(settled_after(71h + 59min));
  EXPECT_EQ(row->why, "new");
  EXPECT_TRUE(settled_after(1min));
  EXPECT_EQ(row->why, "");
}

TEST_F(ClockWatchTest, AJumpInEitherDirectionStartsTheWaitAnew) {
  for (const Duration jump : {Duration(6min), Duration(24h * 400), Duration(-6min), Duration(-24h * 400)}) {
    settle();
    set_wall_clock(jump);
    EXPECT_FALSE(settled()) << jump.count();
    EXPECT_EQ(row->why, "jump");
    EXPECT_FALSE(settled_after(71h + 59min)) << jump.count();
    EXPECT_TRUE(settled_after(1min)) << jump.count();
  }
}

TEST_F(ClockWatchTest, SettingTheClockForwardDoesNotShortenTheWait) {
  settled();
  set_wall_clock(72h);
  EXPECT_FALSE(settled());
  set_wall_clock(-72h);
  EXPECT_FALSE(settled());
  EXPECT_FALSE(settled_after(71h));
}

TEST_F(ClockWatchTest, SmallCorrectionsAreNoJump) {
  settle();
  set_wall_clock(5min);
  EXPECT_TRUE(settled());
  set_wall_clock(-5min);
  EXPECT_TRUE(settled());
}

TEST_F(ClockWatchTest, AnAbsenceOfTheNodeAloneIsNoJump) {
  settle();
  pass(24h * 30);
  EXPECT_TRUE(settled());
}

TEST_F(ClockWatchTest, AStartOfTheMachineIsNoJumpIfItWasShort) {
  settle();
  start_machine(1h);
  EXPECT_TRUE(settled());
  start_machine(1h + 1s);
  EXPECT_FALSE(settled());
  settle();
  start_machine(-6min);
  EXPECT_FALSE(settled());
}

TEST_F(ClockWatchTest, TwoMachinesThatLookInTurnSettle) {
  ClockReading other{reading.wall, "other", 5h};
  bool last = false;
  for (Duration done{0}; done <= 73h; done += 1min) {
    pass(30s);
    settled();
    other.wall = reading.wall + 30s;
    pass(30s);
    row = observe(row, other);
    last = check_settled(*row).has_value();
  }
  EXPECT_TRUE(last);
}

TEST_F(ClockWatchTest, ARestoreWaitsToo) {
  settle();
  row = after_restore(reading);
  EXPECT_FALSE(settled_after(71h + 59min));
  EXPECT_EQ(row->why, "restore");
  EXPECT_TRUE(settled_after(1min));
}

}  // namespace
}  // namespace tutela::retention
