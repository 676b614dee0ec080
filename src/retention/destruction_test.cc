#include "retention/destruction.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::retention {
namespace {

const Time kNow = from_unix_ms(1'795'000'000'000);  // 2026-11-18

class DestructionTest : public testing::Test {
 protected:
  SeededRandom random{5};
  const MemberId first = MemberId::make(kNow, random);
  const MemberId second = MemberId::make(kNow, random);
  const DestructionRow row{.id = DestructionId::make(kNow, random), .class_name = "report-2026-10", .proposed_at = kNow};
  const ScheduleRow schedule{ScheduleId::make(kNow, random), "report", first, kNow};
};

TEST_F(DestructionTest, OnlyTheStepsOfTheTableArePermitted) {
  int permitted = 0;
  for (const auto from : kDestructionStates) {
    EXPECT_EQ(parse_destruction_state(to_word(from)).value(), from);
    for (const auto to : kDestructionStates) permitted += check_transition(from, to) ? 1 : 0;
  }
  EXPECT_EQ(permitted, 7);
  EXPECT_FALSE(check_transition(DestructionState::proposed, DestructionState::intended)) << "never without members";
  EXPECT_FALSE(check_transition(DestructionState::approved, DestructionState::destroying)) << "never without an intent";
  for (const auto to : kDestructionStates) EXPECT_FALSE(check_transition(DestructionState::destroyed, to)) << "for ever";
  EXPECT_FALSE(parse_destruction_state("done"));
}

TEST_F(DestructionTest, TwoDifferentMembersApprove) {
  const auto once = approve(row, first, kNow).value();
  EXPECT_EQ(once.state, DestructionState::proposed);
  EXPECT_EQ(approve(once, first, kNow).error().reason, Reason("retention.same_member"));
  const auto twice = approve(once, second, kNow).value();
  EXPECT_EQ(twice.state, DestructionState::approved);
  EXPECT_EQ(approve(twice, second, kNow).error().reason, Reason("retention.not_waiting"));
}

TEST_F(DestructionTest, ARefusalForgetsWhoHadApproved) {
  const auto once = approve(row, first, kNow).value();
  const auto refused = refuse(once, kNow).value();
  EXPECT_EQ(refused.state, DestructionState::refused);
  EXPECT_FALSE(refused.first_member);
  EXPECT_EQ(refuse(refused, kNow).error().reason, Reason("retention.not_waiting"));
  auto begun = row;
  begun.state = DestructionState::intended;
  EXPECT_EQ(refuse(begun, kNow).error().reason, Reason("retention.not_waiting"));
}

TEST_F(DestructionTest, AScheduleStandsForItsTwoMembersAndItsClassOnly) {
  EXPECT_FALSE(approve_by_schedule(row, schedule, kNow)) << "one member is none";
  EXPECT_EQ(approve(schedule, first, kNow).error().reason, Reason("retention.same_member"));
  const auto standing = approve(schedule, second, kNow).value();
  EXPECT_EQ(approve_by_schedule(row, standing, kNow).value().state, DestructionState::approved);
  auto other = row;
  other.class_name = "item-2026-10";
  EXPECT_FALSE(approve_by_schedule(other, standing, kNow));
  auto ended = standing;
  ended.ended_at = kNow;
  EXPECT_FALSE(approve_by_schedule(row, ended, kNow));
}

TEST_F(DestructionTest, AMonthIsDueWhenItIsOver) {
  using namespace std::chrono;
  const Time end = sys_days{year{2026} / 12 / 1};
  EXPECT_FALSE(is_due(year{2026} / 11, end - milliseconds(1)));
  EXPECT_TRUE(is_due(year{2026} / 11, end));
  EXPECT_FALSE(is_due(year{2026} / 12, end));
  EXPECT_TRUE(is_due(year{2025} / 12, end));
}

TEST_F(DestructionTest, AHoldIsInForceUntilLiftedOrOver) {
  HoldRow hold{HoldId::make(kNow, random), "report", {}, first, kNow};
  EXPECT_TRUE(hold.is_in_force(kNow));
  hold.ends_at = kNow + Duration(1);
  EXPECT_TRUE(hold.is_in_force(kNow));
  EXPECT_FALSE(hold.is_in_force(kNow + Duration(1)));
  hold.ends_at.reset();
  hold.lifted_at = kNow;
  EXPECT_FALSE(hold.is_in_force(kNow));
  EXPECT_FALSE(parse_hold_subject("bank"));
  EXPECT_EQ(parse_hold_subject("item").value(), "item");
}

}  // namespace
}  // namespace tutela::retention
