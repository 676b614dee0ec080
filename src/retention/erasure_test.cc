#include "retention/erasure.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::retention {
namespace {

const Time kNow = from_unix_ms(1'795'000'000'000);

class ErasureTest : public testing::Test {
 protected:
  SeededRandom random{6};
  const MemberId first = MemberId::make(kNow, random);
  const MemberId second = MemberId::make(kNow, random);
  const ErasureRow row{.id = ErasureId::make(kNow, random), .proposed_by = first, .proposed_at = kNow};
};

TEST_F(ErasureTest, OnlyTheStepsOfTheTableArePermitted) {
  using enum DestructionState;
  int permitted = 0;
  for (const auto from : kDestructionStates)
    for (const auto to : kDestructionStates) permitted += check_erasure_transition(from, to) ? 1 : 0;
  EXPECT_EQ(permitted, 7);
  EXPECT_FALSE(check_erasure_transition(proposed, intended)) << "never without a second member";
  EXPECT_FALSE(check_erasure_transition(approved, destroying)) << "never without an intent";
  EXPECT_TRUE(check_erasure_transition(intended, refused)) << "a hold came between";
  EXPECT_FALSE(check_erasure_transition(destroying, refused)) << "too late";
  for (const auto to : kDestructionStates) {
    EXPECT_FALSE(check_erasure_transition(destroyed, to)) << "for ever";
    EXPECT_FALSE(check_erasure_transition(refused, to)) << "another is proposed anew";
  }
}

TEST_F(ErasureTest, AnotherMemberApproves) {
  EXPECT_EQ(approve(row, first, kNow).error().reason, Reason("retention.same_member"));
  const auto approved = approve(row, second, kNow).value();
  EXPECT_EQ(approved.state, DestructionState::approved);
  EXPECT_EQ(approved.approved_by, second);
  EXPECT_EQ(approve(approved, second, kNow).error().reason, Reason("retention.not_waiting"));
}

TEST_F(ErasureTest, AnyMemberRefusesUntilItIsIntended) {
  for (const auto& member : {first, second}) {
    const auto refused = refuse(row, member, kNow).value();
    EXPECT_EQ(refused.state, DestructionState::refused);
    EXPECT_EQ(refused.refused_by, member);
    EXPECT_EQ(approve(refused, second, kNow).error().reason, Reason("retention.not_waiting"));
  }
  for (const auto state : {DestructionState::intended, DestructionState::destroying, DestructionState::destroyed}) {
    auto begun = row;
    begun.state = state;
    EXPECT_EQ(refuse(begun, first, kNow).error().reason, Reason("retention.not_waiting"));
  }
  EXPECT_TRUE(refuse(approve(row, second, kNow).value(), first, kNow));
}

TEST_F(ErasureTest, ReasonsAndSubjectsAreShortClosedLists) {
  for (const auto reason : kErasureReasons) EXPECT_EQ(parse_erasure_reason(to_word(reason)).value(), reason);
  EXPECT_FALSE(parse_erasure_reason("because"));
  for (const auto subject : kErasureSubjects) EXPECT_EQ(parse_erasure_subject(subject).value(), subject);
  for (const auto* other : {"concern", "authority", "outbox", "bank"})
    EXPECT_EQ(parse_erasure_subject(other).error().reason, Reason("erasure.unknown_subject"));
}

}  // namespace
}  // namespace tutela::retention
