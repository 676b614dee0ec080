#include "casework/concern.h"

#include <gtest/gtest.h>

#include <set>

namespace tutela::casework {
namespace {

const Time kNow = from_unix_ms(1'790'000'000'000);

TEST(Concern, WordsReadBackAndLabelsDiffer) {
  std::set<std::string_view> labels;
  for (const auto kind : kConcernKinds) {
    EXPECT_EQ(parse_concern_kind(to_word(kind)).value(), kind);
    EXPECT_TRUE(labels.insert(label(kind)).second);
  }
  for (const auto assessment : kConcernAssessments) EXPECT_EQ(parse_concern_assessment(to_word(assessment)).value(), assessment);
  EXPECT_FALSE(parse_concern_kind("Grooming"));
  EXPECT_FALSE(parse_concern_assessment(""));
}

TEST(Concern, DangerNowOrALiveStreamIsLookedAtWithinTheHour) {
  using std::chrono::hours;
  for (const auto kind : kConcernKinds) {
    EXPECT_EQ(assess_due_at(kind, DangerSaid::now, kNow), kNow + hours(1));
    EXPECT_EQ(assess_due_at(kind, DangerSaid::not_said, kNow), kNow + hours(kind == ConcernKind::live_stream ? 1 : 24));
  }
}

TEST(Concern, FilingClockFollowsTheAssessment) {
  EXPECT_EQ(file_due_at(ConcernAssessment::urgent, kNow), kNow + std::chrono::hours(1));
  EXPECT_EQ(file_due_at(ConcernAssessment::credible, kNow), kNow + std::chrono::hours(72));
  EXPECT_FALSE(file_due_at(ConcernAssessment::out_of_remit, kNow));
}

}  // namespace
}  // namespace tutela::casework
