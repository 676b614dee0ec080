#include "match/answer.h"

#include <algorithm>

#include <gmock/gmock.h>

namespace tutela::match {
namespace {

EntryId entry_id(std::uint8_t number) {
  Bytes bytes(16, 0);
  bytes[15] = number;
  return EntryId::from_bytes(bytes).value();
}

// Byte-exact, active, adopted, actionable: the only kind that may be inherited.
Match inheritable(std::uint8_t number = 1) {
  return {.bank = BankId::from_bytes(Bytes(16, 1)).value(),
          .entry = entry_id(number),
          .algorithm = Algorithm::sha256(),
          .distance_bits = 0,
          .threshold_bits = 0,
          .why = "exact sha256",
          .purpose = BankPurpose::match,
          .status = EntryStatus::active,
          .source = EntrySource::final_verdict_adopted,
          .act = Act::a,
          .age_band = AgeBand::prepubescent};
}

Match near(int distance_bits, std::uint8_t number = 2) {
  Match match = inheritable(number);
  match.algorithm = Algorithm::pdq();
  match.distance_bits = distance_bits;
  match.threshold_bits = 31;
  return match;
}

ItemDisposition decide(std::vector<Match> matches) { return decide_disposition({std::move(matches)}); }

TEST(Disposition, NothingMatchesIsNew) {
  const auto disposition = decide({});
  EXPECT_EQ(disposition.kind, DispositionKind::new_item);
  EXPECT_EQ(disposition.entry, std::nullopt);
  EXPECT_TRUE(disposition.is_new());
}

TEST(Disposition, SameBytesAsAnAdoptedFinalEntryInherit) {
  const auto disposition = decide({inheritable(3)});
  EXPECT_EQ(disposition.kind, DispositionKind::block_inherited);
  ASSERT_TRUE(disposition.inherited);
  EXPECT_EQ(disposition.inherited->entry(), entry_id(3));
  EXPECT_EQ(disposition.inherited->act(), Act::a);
  EXPECT_EQ(disposition.inherited->age_band(), AgeBand::prepubescent);
  EXPECT_FALSE(disposition.is_new());
}

// I1: every single condition is needed.
TEST(Disposition, AnythingLessOnlyHolds) {
  std::vector<std::pair<std::string_view, Match>> cases;
  cases.emplace_back("near", near(1));
  cases.emplace_back("near at distance 0", near(0));
  Match changed = inheritable();
  changed.algorithm = Algorithm::md5();
  cases.emplace_back("md5", changed);
  changed.algorithm = Algorithm::sha1();
  cases.emplace_back("sha1", changed);
  changed = inheritable();
  changed.source = EntrySource::listed;
  cases.emplace_back("listed", changed);
  changed = inheritable();
  changed.status = EntryStatus::disputed;
  cases.emplace_back("disputed", changed);
  for (const auto& [name, match] : cases) {
    EXPECT_EQ(decide({match}).kind, DispositionKind::hold) << name;
    EXPECT_FALSE(decide({match}).inherited) << name;
    EXPECT_FALSE(decide({match}).is_new()) << name;
    EXPECT_EQ(FinalEntryReference::from(match).error().reason, Reason("match.not_inheritable")) << name;
  }
}

TEST(Disposition, SelfReportedOnlyAsksWhateverTheDistance) {
  for (Match match : {inheritable(), near(0), near(31)}) {
    match.purpose = BankPurpose::self_reported;
    const auto disposition = decide({match});
    EXPECT_EQ(disposition.kind, DispositionKind::ask_member);
    EXPECT_FALSE(disposition.inherited);
    EXPECT_TRUE(disposition.is_new());
    EXPECT_FALSE(FinalEntryReference::from(match));
  }
}

TEST(Disposition, SafeAnnotatesAndHidesNothing) {
  Match safe = inheritable(9);
  safe.purpose = BankPurpose::safe;
  const auto alone = decide({safe});
  EXPECT_EQ(alone.kind, DispositionKind::annotate_safe);
  EXPECT_EQ(alone.safe_entry, entry_id(9));
  EXPECT_FALSE(alone.inherited);

  const auto beside = decide({safe, near(4, 2)});
  EXPECT_EQ(beside.kind, DispositionKind::hold);
  EXPECT_EQ(beside.entry, entry_id(2));
  EXPECT_EQ(beside.safe_entry, entry_id(9));
}

TEST(Disposition, AnEntryThatIsNotActionableOnlyAsks) {
  for (const Act act : {Act::indicative, Act::not_illegal, Act::out_of_remit}) {
    Match match = inheritable();
    match.act = act;
    EXPECT_EQ(decide({match}).kind, DispositionKind::ask_member) << to_word(act);
    EXPECT_FALSE(FinalEntryReference::from(match));
  }
  Match adult = inheritable();
  adult.age_band = AgeBand::adult;
  EXPECT_EQ(decide({adult}).kind, DispositionKind::ask_member);
}

TEST(Disposition, AContradictionOnTheSameBytesHolds) {
  Match disputed = inheritable(5);
  disputed.status = EntryStatus::disputed;
  Match dismissed = inheritable(6);
  dismissed.act = Act::not_illegal;
  for (const Match& other : {disputed, dismissed}) {
    const auto disposition = decide({inheritable(1), other});
    EXPECT_EQ(disposition.kind, DispositionKind::hold);
    EXPECT_FALSE(disposition.inherited);
  }
  // A near one says nothing about these bytes.
  Match near_disputed = near(2);
  near_disputed.status = EntryStatus::disputed;
  EXPECT_EQ(decide({inheritable(1), near_disputed}).kind, DispositionKind::block_inherited);
}

TEST(Disposition, WithdrawnCountsForNothing) {
  for (Match match : {inheritable(), near(0)}) {
    match.status = EntryStatus::withdrawn;
    EXPECT_EQ(decide({match}).kind, DispositionKind::new_item);
    EXPECT_FALSE(FinalEntryReference::from(match));
  }
}

// Every subset of five different matches in every order gives one answer: the strongest effect.
TEST(Disposition, DoesNotDependOnTheOrder) {
  Match safe = inheritable(4);
  safe.purpose = BankPurpose::safe;
  Match self_reported = near(3, 5);
  self_reported.purpose = BankPurpose::self_reported;
  const std::vector<Match> all = {inheritable(1), near(7, 2), near(7, 3), safe, self_reported};
  for (unsigned subset = 0; subset < 32; ++subset) {
    std::vector<std::size_t> order;
    for (std::size_t place = 0; place < all.size(); ++place)
      if (((subset >> place) & 1U) != 0) order.push_back(place);
    std::optional<ItemDisposition> first;
    do {
      std::vector<Match> matches;
      for (const std::size_t place : order) matches.push_back(all[place]);
      const auto disposition = decide(std::move(matches));
      if (!first) first = disposition;
      ASSERT_EQ(disposition.kind, first->kind) << subset;
      ASSERT_EQ(disposition.entry, first->entry) << subset;
      ASSERT_EQ(disposition.safe_entry, first->safe_entry) << subset;
    } while (std::ranges::next_permutation(order).found);
    const DispositionKind expected = (subset & 1U) != 0    ? DispositionKind::block_inherited
                                     : (subset & 6U) != 0  ? DispositionKind::hold
                                     : (subset & 16U) != 0 ? DispositionKind::ask_member
                                     : (subset & 8U) != 0  ? DispositionKind::annotate_safe
                                                           : DispositionKind::new_item;
    EXPECT_EQ(first->kind, expected) << subset;
  }
}

TEST(MatchWords, RoundTrip) {
  for (const auto purpose : kBankPurposes) EXPECT_EQ(*parse_bank_purpose(to_word(purpose)), purpose);
  for (const auto status : kEntryStatuses) EXPECT_EQ(*parse_entry_status(to_word(status)), status);
  for (const auto source : kEntrySources) EXPECT_EQ(*parse_entry_source(to_word(source)), source);
  for (const auto effect : kMatchEffects) EXPECT_EQ(*parse_match_effect(to_word(effect)), effect);
  for (const auto kind : kDispositionKinds) EXPECT_EQ(*parse_disposition_kind(to_word(kind)), kind);
  EXPECT_EQ(parse_bank_purpose("").error().reason, Reason("bank.unknown_purpose"));
  EXPECT_EQ(parse_entry_status("Active").error().reason, Reason("bank.unknown_entry_status"));
  EXPECT_EQ(parse_entry_source("x").error().reason, Reason("bank.unknown_entry_source"));
  EXPECT_EQ(parse_match_effect("x").error().reason, Reason("match.unknown_effect"));
  EXPECT_EQ(parse_disposition_kind("x").error().reason, Reason("match.unknown_disposition"));
}

TEST(MergeForms, EachEntryAndAlgorithmStandsOnceByItsNearestForm) {
  const EntryId first = entry_id(1);
  const EntryId second = entry_id(2);
  const auto found = [](const EntryId& entry, int distance, const Algorithm& algorithm) {
    Match match = inheritable();
    match.entry = entry;
    match.distance_bits = distance;
    match.algorithm = algorithm;
    return match;
  };
  const std::vector<std::string_view> forms = {"", "rotate90", "flip_x"};
  const auto merged = merge_forms({{{found(first, 20, Algorithm::pdq()), found(second, 4, Algorithm::pdq())}},
                                   {{found(first, 6, Algorithm::pdq()), found(first, 30, Algorithm::pdq_nearest512())}},
                                   {{found(second, 4, Algorithm::pdq()), found(first, 6, Algorithm::pdq())}}},
                                  forms);
  std::vector<std::tuple<EntryId, int, std::string_view>> rows;
  for (const auto& one : merged) rows.emplace_back(one.match.entry, one.match.distance_bits, one.form);
  EXPECT_EQ(rows, (std::vector<std::tuple<EntryId, int, std::string_view>>{
                      {second, 4, ""}, {first, 6, "rotate90"}, {first, 30, "rotate90"}}));
  EXPECT_TRUE(merge_forms({}, {}).empty());
}

}  // namespace
}  // namespace tutela::match
