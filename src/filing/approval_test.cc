#include "filing/approval.h"

#include <gtest/gtest.h>

namespace tutela::filing {
namespace {

class ApprovalRules : public ::testing::Test {
 protected:
  SeededRandom random_{5};
  const Time now_ = from_unix_ms(1'790'000'000'000);
  const MemberId first_ = MemberId::make(now_, random_);
  const MemberId second_ = MemberId::make(now_, random_);
  const MemberId third_ = MemberId::make(now_, random_);
  const Approval draft_{first_, {}, {}, {}, {}};
};

// I9: all combinations of what it is about, how urgent and who approves.
TEST_F(ApprovalRules, TwoMembersForAPersonExceptUrgentWithAClock) {
  for (const auto about : {About::person, About::content})
    for (const auto urgency : {Urgency::urgent, Urgency::normal})
      for (const auto& member : {first_, second_}) {
        const bool alone = member == first_;
        const auto after = approve(draft_, member, about, urgency, now_);
        const bool refused = about == About::person && urgency == Urgency::normal && alone;
        ASSERT_EQ(after.has_value(), !refused);
        if (refused) {
          EXPECT_EQ(after.error().reason, Reason("approval.second_member_needed"));
          EXPECT_EQ(after.error().code, ErrorCode::denied);
          continue;
        }
        EXPECT_EQ(after->approved_by, member);
        const bool awaits = about == About::person && alone;
        EXPECT_EQ(after->confirm_due_at.has_value(), awaits);
        if (awaits) {
          EXPECT_EQ(*after->confirm_due_at, now_ + std::chrono::hours(24));
        }
      }
}

TEST_F(ApprovalRules, IsGivenOnce) {
  const auto after = approve(draft_, second_, About::person, Urgency::normal, now_);
  EXPECT_EQ(approve(*after, third_, About::person, Urgency::normal, now_).error().reason, Reason("approval.already_given"));
}

TEST_F(ApprovalRules, OnlyAnotherMemberConfirms) {
  const auto urgent = approve(draft_, first_, About::person, Urgency::urgent, now_);
  EXPECT_EQ(confirm(*urgent, first_).error().reason, Reason("approval.same_member"));
  const auto confirmed = confirm(*urgent, second_);
  ASSERT_TRUE(confirmed);
  EXPECT_EQ(confirmed->confirmed_by, second_);
  EXPECT_EQ(confirm(*confirmed, third_).error().reason, Reason("approval.not_awaited"));
  EXPECT_EQ(confirm(draft_, second_).error().reason, Reason("approval.not_awaited"));
}

TEST_F(ApprovalRules, TheBreachIsRecordedOnceAndStaysAfterALateConfirmation) {
  const auto urgent = approve(draft_, first_, About::person, Urgency::urgent, now_);
  const Time due = *urgent->confirm_due_at;
  EXPECT_FALSE(record_breach(*urgent, due - Duration{1}));
  const auto breached = record_breach(*urgent, due + std::chrono::hours(5));
  ASSERT_TRUE(breached);
  EXPECT_EQ(breached->breached_at, due);
  EXPECT_FALSE(record_breach(*breached, due + std::chrono::hours(6)));
  const auto late = confirm(*breached, second_);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->breached_at, due);
  EXPECT_FALSE(record_breach(*confirm(*urgent, second_), due + std::chrono::hours(1)));
  EXPECT_FALSE(record_breach(draft_, due));
}

}  // namespace
}  // namespace tutela::filing
