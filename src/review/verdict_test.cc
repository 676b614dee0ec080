#include "review/verdict.h"

#include <type_traits>

#include <gmock/gmock.h>

#include "base/limits.h"
#include "review/testing.h"

namespace tutela::review {
namespace {

using namespace testing;

// I1, as far as the type system says it; the must-not-compile tests say the same to somebody who tries.
static_assert(!std::is_default_constructible_v<Assessment> && !std::is_aggregate_v<Assessment>);
static_assert(!std::is_default_constructible_v<Verdict> && !std::is_aggregate_v<Verdict>);
static_assert(!std::is_default_constructible_v<accounts::MemberPresence> && !std::is_aggregate_v<accounts::MemberPresence>);
static_assert(!std::is_default_constructible_v<match::FinalEntryReference> && !std::is_aggregate_v<match::FinalEntryReference>);
static_assert(!std::is_constructible_v<InheritedVerdict, ItemId, match::Match, Time>);
static_assert(!std::is_constructible_v<Verdict, match::FinalEntryReference>);

std::string_view claim(Viewed viewed, std::int64_t declared_seconds, const std::vector<std::string>& modes) {
  std::vector<ViewRow> views;
  for (const std::string& mode : modes) views.push_back(view_row(numbered<ViewId>(1), mode));
  const auto viewing = Viewing::check(viewed, declared_seconds, views);
  return viewing ? "taken" : viewing.error().reason.text();
}

TEST(Viewing, HereNeedsAViewOfThePicture) {
  EXPECT_EQ(claim(Viewed::here, 0, {}), "review.not_viewed_here");
  EXPECT_EQ(claim(Viewed::here, 0, {"blurred"}), "review.not_viewed_here");
  EXPECT_EQ(claim(Viewed::here, 0, {"address"}), "review.not_viewed_here");
  EXPECT_EQ(claim(Viewed::here, 0, {"grey"}), "taken");
  EXPECT_EQ(claim(Viewed::here, 0, {"blurred", "full"}), "taken");
  EXPECT_EQ(claim(Viewed::here, 5, {"full"}), "review.declared_seconds");
}

TEST(Viewing, OffNodeNeedsAHandOutAndDeclaredSeconds) {
  EXPECT_EQ(claim(Viewed::off_node, 30, {}), "review.address_not_handed_out");
  EXPECT_EQ(claim(Viewed::off_node, 30, {"blurred"}), "review.address_not_handed_out");
  EXPECT_EQ(claim(Viewed::off_node, 30, {"address"}), "taken");
  EXPECT_EQ(claim(Viewed::off_node, 0, {"address"}), "review.declared_seconds");
  EXPECT_EQ(claim(Viewed::off_node, -1, {"address"}), "review.declared_seconds");
  EXPECT_EQ(claim(Viewed::off_node, kDeclaredSecondsMax, {"address"}), "taken");
  EXPECT_EQ(claim(Viewed::off_node, kDeclaredSecondsMax + 1, {"address"}), "review.declared_seconds");
  EXPECT_EQ(claim(Viewed::off_node, 30, {"address", "full"}), "review.viewed_here");
}

TEST(Viewing, NotViewedMeansNotViewed) {
  EXPECT_EQ(claim(Viewed::not_viewed, 0, {}), "taken");
  EXPECT_EQ(claim(Viewed::not_viewed, 0, {"blurred", "address"}), "taken");
  EXPECT_EQ(claim(Viewed::not_viewed, 0, {"grey"}), "review.viewed_here");
  EXPECT_EQ(claim(Viewed::not_viewed, 1, {}), "review.declared_seconds");
}

TEST(Assessment, IsByTheMemberPresentAtThatTime) {
  const auto assessment = assessment_by(3, {Act::b, AgeBand::pubescent});
  EXPECT_EQ(assessment.member(), numbered<MemberId>(3));
  EXPECT_EQ(assessment.assessed_at(), kNow + std::chrono::minutes{3});
  EXPECT_EQ(assessment.judgement(), (Classification{Act::b, AgeBand::pubescent}));
  EXPECT_EQ(assessment.viewing().viewed(), Viewed::not_viewed);
}

TEST(Assessment, NeedsAReason) {
  const auto with_reason = [](const std::string& reason) {
    const auto made = Assessment::make(numbered<AssessmentId>(1), numbered<ItemId>(1), presence_of(1), {Act::a, AgeBand::unknown},
                                       not_viewed(), Sensitive<std::string>(reason));
    return made ? std::string_view("made") : made.error().reason.text();
  };
  EXPECT_EQ(with_reason(""), "review.reason_missing");
  EXPECT_EQ(with_reason(" \n"), "review.reason_missing");
  EXPECT_EQ(with_reason(std::string(limits::kReasonBytesMax, 'x')), "made");
  EXPECT_EQ(with_reason(std::string(limits::kReasonBytesMax + 1, 'x')), "review.reason_too_long");
  EXPECT_EQ(with_reason("\xff"), "review.bad_reason");
}

TEST(Assessment, ComesBackFromItsRow) {
  const auto assessment = assessment_by(3, {Act::b, AgeBand::pubescent}, viewed_here());
  const AssessmentRow row = assessment.to_row(Bytes{1, 2});
  EXPECT_EQ(row.act, "b");
  EXPECT_EQ(row.viewed, "here");
  EXPECT_EQ(row.sealed_reason, (Bytes{1, 2}));
  const auto restored = Assessment::restore(row);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->to_row(Bytes{1, 2}).member_id, row.member_id);
  EXPECT_EQ(restored->judgement(), assessment.judgement());
  EXPECT_EQ(restored->viewing().viewed(), Viewed::here);
  for (const auto& spoil : std::vector<void (*)(AssessmentRow&)>{[](AssessmentRow& bad) { bad.act = "z"; },
                                                                 [](AssessmentRow& bad) { bad.age_band = ""; },
                                                                 [](AssessmentRow& bad) { bad.viewed = "seen"; }}) {
    AssessmentRow bad = row;
    spoil(bad);
    EXPECT_EQ(Assessment::restore(bad).error().reason, Reason("review.bad_assessments"));
  }
}

TEST(InheritedVerdict, SaysFromWhomAndNeverThatItWasViewedHere) {
  const match::Match match{.bank = numbered<BankId>(1),
                           .entry = numbered<EntryId>(7),
                           .algorithm = Algorithm::sha256(),
                           .source = match::EntrySource::final_verdict_adopted,
                           .act = Act::b,
                           .age_band = AgeBand::prepubescent};
  const InheritedVerdict verdict(numbered<ItemId>(2), match::FinalEntryReference::from(match).value(), kNow);
  EXPECT_FALSE(verdict.is_viewed_here());
  const VerdictRow row = to_row(verdict, numbered<VerdictId>(1));
  EXPECT_EQ(row.inherited_entry, numbered<EntryId>(7));
  EXPECT_FALSE(row.viewed_here);
  EXPECT_EQ(row.act, "b");
  EXPECT_EQ(row.age_band, "prepubescent");
  EXPECT_EQ(row.item_id, numbered<ItemId>(2));
}

TEST(Viewed, WordsRoundTrip) {
  for (const Viewed viewed : {Viewed::here, Viewed::off_node, Viewed::not_viewed})
    EXPECT_EQ(*parse_viewed(to_word(viewed)), viewed);
  EXPECT_EQ(parse_viewed("seen").error().reason, Reason("review.unknown_viewed"));
}

}  // namespace
}  // namespace tutela::review
