#include "review/quorum.h"

#include <gmock/gmock.h>

#include "review/testing.h"

namespace tutela::review {
namespace {

using namespace testing;
using ::testing::ElementsAre;

constexpr Classification kFirst{Act::a, AgeBand::prepubescent};
constexpr Classification kOtherBand{Act::a, AgeBand::pubescent};
constexpr Classification kOtherAct{Act::b, AgeBand::prepubescent};
constexpr Classification kDismissed{Act::not_illegal, AgeBand::unknown};

std::vector<Assessment> by_members(const std::vector<Classification>& judgements) {
  std::vector<Assessment> assessments;
  for (const Classification& judgement : judgements)
    assessments.push_back(assessment_by(static_cast<std::uint8_t>(assessments.size() + 1), judgement));
  return assessments;
}

QuorumStep step_of(const std::vector<Classification>& judgements) { return decide_quorum(by_members(judgements))->step; }

TEST(Quorum, TwoWhoAgreeDecide) {
  EXPECT_EQ(step_of({}), QuorumStep::needs_first);
  EXPECT_EQ(step_of({kFirst}), QuorumStep::needs_second);
  const auto decision = decide_quorum(by_members({kFirst, kFirst}));
  ASSERT_TRUE(decision && decision->verdict);
  EXPECT_EQ(decision->step, QuorumStep::decided);
  EXPECT_TRUE(decision->verdict->is_upheld());
  EXPECT_THAT(decision->verdict->rests_on(), ElementsAre(numbered<AssessmentId>(1), numbered<AssessmentId>(2)));
  EXPECT_EQ(decision->verdict->decided_at(), kNow + std::chrono::minutes{2});
  EXPECT_EQ(decision->verdict->item(), numbered<ItemId>(1));
  const auto dismissed = decide_quorum(by_members({kDismissed, kDismissed}));
  EXPECT_FALSE(dismissed->verdict->is_upheld());
}

TEST(Quorum, AgreementIsOfActAndAgeBand) {
  EXPECT_EQ(step_of({kFirst, kOtherBand}), QuorumStep::needs_third);
  EXPECT_EQ(step_of({kFirst, kOtherAct}), QuorumStep::needs_third);
  EXPECT_EQ(step_of({kFirst, kDismissed}), QuorumStep::needs_third);
}

TEST(Quorum, TheThirdDecidesByMajority) {
  for (const Classification& third : {kFirst, kOtherAct}) {
    const auto decision = decide_quorum(by_members({kFirst, kOtherAct, third}));
    ASSERT_TRUE(decision->verdict);
    EXPECT_EQ(decision->verdict->judgement(), third);
    EXPECT_EQ(decision->verdict->rests_on().back(), numbered<AssessmentId>(3));
  }
  EXPECT_EQ(step_of({kFirst, kOtherAct, kDismissed}), QuorumStep::needs_manager);
}

// Every sequence of up to four judgements out of four: a verdict rests on exactly two that agree, and nothing else gives one.
TEST(Quorum, EveryVerdictRestsOnTwoWhoAgree) {
  const std::vector<Classification> all = {kFirst, kOtherBand, kOtherAct, kDismissed};
  for (std::size_t code = 0; code < 256; ++code) {
    for (std::size_t length = 0; length <= 4; ++length) {
      std::vector<Classification> judgements;
      for (std::size_t place = 0; place < length; ++place) judgements.push_back(all[(code >> (2 * place)) & 3U]);
      const auto assessments = by_members(judgements);
      const auto decision = decide_quorum(assessments);
      if (!decision) {
        EXPECT_EQ(decision.error().reason, Reason("review.bad_assessments"));
        continue;
      }
      EXPECT_EQ(decision->verdict.has_value(), decision->step == QuorumStep::decided);
      if (!decision->verdict) continue;
      std::size_t agreeing = 0;
      for (const auto& given : assessments)
        if (given.judgement() == decision->verdict->judgement()) ++agreeing;
      EXPECT_EQ(agreeing, 2U);
      EXPECT_EQ(decision->verdict->rests_on().size(), 2U);
      EXPECT_EQ(assessments.back().judgement(), decision->verdict->judgement());
    }
  }
}

TEST(Quorum, ViewedHereIsSaidOnlyIfOneOfTheTwoViewedItHere) {
  const auto viewed_in = [](const Viewing& first, const Viewing& second, const Viewing& third) {
    const std::vector assessments = {assessment_by(1, kFirst, first), assessment_by(2, kOtherAct, second),
                                     assessment_by(3, kFirst, third)};
    return decide_quorum(assessments)->verdict->is_viewed_here();
  };
  EXPECT_FALSE(viewed_in(not_viewed(), not_viewed(), not_viewed()));
  EXPECT_TRUE(viewed_in(viewed_here(), not_viewed(), not_viewed()));
  EXPECT_TRUE(viewed_in(not_viewed(), not_viewed(), viewed_here()));
  EXPECT_FALSE(viewed_in(not_viewed(), viewed_here(), not_viewed())) << "the verdict does not rest on the second";
}

TEST(Quorum, RefusesRecordsThatCannotBe) {
  const auto reason_of = [](const std::vector<Assessment>& assessments) { return decide_quorum(assessments).error().reason; };
  EXPECT_EQ(reason_of({assessment_by(1, kFirst), assessment_by(1, kOtherAct)}), Reason("review.bad_assessments"));
  EXPECT_EQ(reason_of({assessment_by(1, kFirst), assessment_by(2, kFirst, not_viewed(), 2)}), Reason("review.bad_assessments"));
  EXPECT_EQ(reason_of(by_members({kFirst, kFirst, kOtherAct})), Reason("review.bad_assessments"));
  EXPECT_EQ(reason_of(by_members({kFirst, kOtherBand, kOtherAct, kDismissed})), Reason("review.bad_assessments"));
}

std::string_view next_by(const std::vector<Assessment>& assessments, std::uint8_t member, RoleSet roles) {
  const auto checked = check_next_assessor(assessments, presence_of(member, roles));
  return checked ? "may" : checked.error().reason.text();
}

TEST(NextAssessor, NeverTheSameMemberTwice) {
  const auto one = by_members({kFirst});
  EXPECT_EQ(next_by(one, 1, {Role::analyst}), "review.same_member");
  EXPECT_EQ(next_by(one, 1, {Role::assessor, Role::manager}), "review.same_member");
  EXPECT_EQ(next_by(one, 2, {Role::analyst}), "may");
  const auto three = by_members({kFirst, kOtherAct, kDismissed});
  for (const std::uint8_t member : std::initializer_list<std::uint8_t>{1, 2, 3})
    EXPECT_EQ(next_by(three, member, {Role::manager}), "review.same_member");
}

TEST(NextAssessor, FirstThreeReviewAndTheFourthIsAManager) {
  for (const auto& judgements : std::vector<std::vector<Classification>>{{}, {kFirst}, {kFirst, kOtherAct}}) {
    for (const Role role : kRoles) {
      const bool reviews = role == Role::analyst || role == Role::assessor;
      EXPECT_EQ(next_by(by_members(judgements), 9, {role}), reviews ? "may" : "review.assessor_needed") << to_word(role);
    }
  }
  for (const Role role : kRoles)
    EXPECT_EQ(next_by(by_members({kFirst, kOtherAct, kDismissed}), 9, {role}),
              role == Role::manager ? "may" : "review.manager_needed");
}

TEST(NextAssessor, NobodyAfterTheDecision) {
  EXPECT_EQ(next_by(by_members({kFirst, kFirst}), 9, RoleSet::all()), "review.already_decided");
}

TEST(AddAssessment, TheManagerChoosesOneOfThree) {
  const auto three = by_members({kFirst, kOtherAct, kDismissed});
  const auto manager = presence_of(4, {Role::manager}, kNow + std::chrono::minutes{4});
  const auto chosen = add_assessment(three, assessment_by(4, kOtherAct), manager);
  ASSERT_TRUE(chosen && chosen->verdict);
  EXPECT_EQ(chosen->verdict->judgement(), kOtherAct);
  EXPECT_THAT(chosen->verdict->rests_on(), ElementsAre(numbered<AssessmentId>(2), numbered<AssessmentId>(4)));
  EXPECT_EQ(add_assessment(three, assessment_by(4, kOtherBand), manager).error().reason, Reason("review.manager_must_choose"));
}

TEST(AddAssessment, IsByTheMemberPresent) {
  EXPECT_EQ(add_assessment({}, assessment_by(1, kFirst), presence_of(2)).error().reason, Reason("review.other_member"));
  EXPECT_EQ(add_assessment({}, assessment_by(1, kFirst), presence_of(1))->step, QuorumStep::needs_second);
  EXPECT_EQ(add_assessment(by_members({kFirst}), assessment_by(1, kFirst), presence_of(1)).error().reason,
            Reason("review.same_member"));
}

TEST(Blindness, TheNextAssessorSeesNothingOfTheOthers) {
  const auto seen_by = [](const std::vector<Assessment>& assessments, std::uint8_t member, RoleSet roles) {
    return visible_assessments(assessments, presence_of(member, roles)).size();
  };
  EXPECT_EQ(seen_by(by_members({kFirst}), 2, RoleSet::all()), 0U);
  EXPECT_EQ(seen_by(by_members({kFirst, kOtherAct}), 3, RoleSet::all()), 0U);
  EXPECT_EQ(seen_by(by_members({kFirst, kOtherAct}), 2, {Role::analyst}), 1U) << "one's own";
  EXPECT_EQ(seen_by(by_members({kFirst, kOtherAct, kDismissed}), 4, {Role::manager}), 3U) << "who must choose sees the choice";
  EXPECT_EQ(seen_by(by_members({kFirst, kOtherAct, kDismissed}), 4, {Role::analyst}), 0U);
  EXPECT_EQ(seen_by(by_members({kFirst, kOtherAct, kDismissed}), 3, {Role::manager}), 1U) << "has assessed: cannot choose";
  EXPECT_EQ(seen_by(by_members({kFirst, kFirst}), 9, {Role::auditor}), 2U) << "decided";
}

TEST(QuorumStep, WordsRoundTrip) {
  for (const QuorumStep step : {QuorumStep::needs_first, QuorumStep::needs_second, QuorumStep::needs_third,
                                QuorumStep::needs_manager, QuorumStep::decided})
    EXPECT_EQ(*parse_quorum_step(to_word(step)), step);
  EXPECT_EQ(parse_quorum_step("").error().reason, Reason("review.unknown_step"));
}

}  // namespace
}  // namespace tutela::review
