#include "match_engine/table_state.h"

#include <gmock/gmock.h>

#include "match_engine/bank_test_support.h"

namespace tutela::match_engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace testing_banks;

TableState state_of(const std::vector<match::BankRow>& banks, const std::vector<match::ChangedEntry>& entries) {
  TableState state;
  EXPECT_TRUE(state.set_banks(banks).value());
  for (const auto& change : entries) EXPECT_TRUE(state.apply(change));
  return state;
}

match::MatchAnswer ask_of(const TableState& state, const std::vector<Fingerprint>& questions,
                          const BankChoice& choice = BankChoice::all()) {
  return ask(*state.make_generation(1), questions, choice);
}

std::vector<std::pair<std::string, int>> summary(const match::MatchAnswer& answer) {
  std::vector<std::pair<std::string, int>> lines;
  for (const auto& match : answer.matches) lines.emplace_back(match.why, match.distance_bits);
  return lines;
}

TEST(TableState, SaysWhichBankEntryDistanceThresholdAndWhy) {
  const auto answer = ask_of(state_of({bank_row(1)}, {entry(5, {pdq(12)})}), {pdq(0)});
  ASSERT_EQ(answer.matches.size(), 1U);
  const match::Match& match = answer.matches[0];
  EXPECT_EQ(match.bank, numbered<BankId>(1));
  EXPECT_EQ(match.entry, numbered<EntryId>(5));
  EXPECT_EQ(match.algorithm, Algorithm::pdq());
  EXPECT_EQ(match.distance_bits, 12);
  EXPECT_EQ(match.threshold_bits, 31);
  EXPECT_EQ(match.why, "pdq within 31");
  EXPECT_EQ(match.age_band, AgeBand::prepubescent);
  EXPECT_FALSE(match.is_byte_exact());
}

TEST(TableState, DigestsMatchByEqualityAlone) {
  const auto state = state_of(
      {bank_row(1)}, {entry(1, {digest(Algorithm::sha256(), 7), digest(Algorithm::md5(), 7), digest(Algorithm::sha1(), 7)})});
  EXPECT_THAT(summary(ask_of(state, {digest(Algorithm::sha256(), 7)})), ElementsAre(std::pair("exact sha256", 0)));
  EXPECT_THAT(summary(ask_of(state, {digest(Algorithm::md5(), 7)})), ElementsAre(std::pair("equal md5", 0)));
  EXPECT_THAT(summary(ask_of(state, {digest(Algorithm::sha256(), 6)})), IsEmpty());
  EXPECT_TRUE(ask_of(state, {digest(Algorithm::sha256(), 7)}).matches[0].is_byte_exact());
  EXPECT_FALSE(ask_of(state, {digest(Algorithm::md5(), 7)}).matches[0].is_byte_exact());
}

TEST(TableState, TheThresholdIsTheBanksOwnAndIncluded) {
  const auto state = state_of({bank_row(1, 10), bank_row(2, 40), bank_row(3, 31)},
                              {entry(1, {pdq(10)}), entry(2, {pdq(11)}), entry(3, {pdq(40)}, 2), entry(4, {pdq(41)}, 2)});
  EXPECT_THAT(summary(ask_of(state, {pdq(0)})), ElementsAre(std::pair("pdq within 10", 10), std::pair("pdq within 40", 40)));
}

TEST(TableState, AThresholdBelowThirtyTwoChangesInPlaceAndAboveMovesRows) {
  auto state = state_of({bank_row(1, 10)}, {entry(1, {pdq(11)})});
  EXPECT_THAT(summary(ask_of(state, {pdq(0)})), IsEmpty());
  ASSERT_TRUE(state.set_banks(std::vector{bank_row(1, 11)}).value());
  EXPECT_THAT(summary(ask_of(state, {pdq(0)})), ElementsAre(std::pair("pdq within 11", 11)));
  EXPECT_FALSE(state.set_banks(std::vector{bank_row(1, 32)}).value());
  EXPECT_THAT(summary(ask_of(state, {pdq(0)})), ElementsAre(std::pair("pdq within 11", 11)));
}

TEST(TableState, RefusesABankThatCannotBe) {
  TableState state;
  for (const std::int64_t distance : {-1, 257})
    EXPECT_EQ(state.set_banks(std::vector{bank_row(1, distance)}).error().reason, Reason("bank.bad_row"));
  EXPECT_EQ(state.apply(entry(1, {pdq(0)})).error().reason, Reason("bank.bad_row")) << "a bank that is not known";
}

TEST(TableState, ConventionsDoNotMix) {
  const auto state = state_of({bank_row(1)}, {entry(1, {pdq(0, 100, Algorithm::pdq_nearest512())})});
  EXPECT_THAT(summary(ask_of(state, {pdq(0)})), IsEmpty());
  EXPECT_THAT(summary(ask_of(state, {pdq(3, 100, Algorithm::pdq_nearest512())})),
              ElementsAre(std::pair("pdq_nearest512 within 31", 3)));
}

TEST(TableState, LowQualityNeverMatchesOnEitherSide) {
  const auto state = state_of({bank_row(1)}, {entry(1, {pdq(0, kPdqQualityMin - 1)}), entry(2, {pdq(0, kPdqQualityMin)})});
  const auto answer = ask_of(state, {pdq(0, kPdqQualityMin)});
  ASSERT_EQ(answer.matches.size(), 1U);
  EXPECT_EQ(answer.matches[0].entry, numbered<EntryId>(2));
  EXPECT_THAT(summary(ask_of(state, {pdq(0, kPdqQualityMin - 1)})), IsEmpty());
}

TEST(TableState, SafeBanksHoldProvingDigestsOnly) {
  const auto state = state_of({bank_row(1, 31, match::BankPurpose::safe)},
                              {entry(1, {digest(Algorithm::sha256(), 1), digest(Algorithm::md5(), 1), pdq(0)})});
  EXPECT_THAT(summary(ask_of(state, {digest(Algorithm::sha256(), 1), digest(Algorithm::md5(), 1), pdq(0)})),
              ElementsAre(std::pair("exact sha256", 0)));
}

TEST(TableState, CarriedAlgorithmsNeverMatchAndPhotoDnaOnlyByEquality) {
  const auto carried = Fingerprint::make(*Algorithm::parse("vpdq"), Bytes(40, 1)).value();
  const auto photo = Fingerprint::make(*Algorithm::parse("photodna"), Bytes(144, 1)).value();
  const auto state = state_of({bank_row(1)}, {entry(1, {carried, photo})});
  EXPECT_THAT(summary(ask_of(state, {carried, photo})), ElementsAre(std::pair("equal photodna", 0)));
}

TEST(TableState, OrderIsDistanceThenEntryThenProofThenAlgorithm) {
  const std::vector<Fingerprint> all = {pdq(0), digest(Algorithm::md5(), 1), digest(Algorithm::sha256(), 1)};
  const auto state =
      state_of({bank_row(1), bank_row(2)}, {entry(9, {pdq(5)}, 2), entry(8, all, 2), entry(3, {pdq(5)}), entry(7, {pdq(0)})});
  std::vector<std::pair<EntryId, std::string>> order;
  for (const auto& match : ask_of(state, all).matches) order.emplace_back(match.entry, match.why);
  EXPECT_THAT(order,
              ElementsAre(std::pair(numbered<EntryId>(7), "pdq within 31"), std::pair(numbered<EntryId>(8), "exact sha256"),
                          std::pair(numbered<EntryId>(8), "equal md5"), std::pair(numbered<EntryId>(8), "pdq within 31"),
                          std::pair(numbered<EntryId>(3), "pdq within 31"), std::pair(numbered<EntryId>(9), "pdq within 31")));
}

TEST(TableState, OnlyTheBanksThatWereChosen) {
  const auto state = state_of({bank_row(1), bank_row(2), bank_row(3, 60)}, {entry(1, {pdq(0), digest(Algorithm::sha256(), 1)}),
                                                                            entry(2, {pdq(0)}, 2), entry(3, {pdq(50)}, 3)});
  const auto choose = [](std::vector<std::uint64_t> numbers) {
    std::vector<BankId> banks;
    for (const auto number : numbers) banks.push_back(numbered<BankId>(number));
    return BankChoice::only(std::move(banks));
  };
  const std::vector<Fingerprint> questions = {pdq(0), digest(Algorithm::sha256(), 1)};
  EXPECT_EQ(ask_of(state, questions).matches.size(), 4U);
  EXPECT_EQ(ask_of(state, questions, choose({1})).matches.size(), 2U);
  EXPECT_EQ(ask_of(state, questions, choose({2, 3})).matches.size(), 2U);
  EXPECT_THAT(ask_of(state, questions, choose({4})).matches, IsEmpty());
  EXPECT_THAT(ask_of(state, questions, choose({})).matches, IsEmpty());
}

TEST(TableState, EmptyBanksAndEmptyQuestion) {
  EXPECT_THAT(ask_of(TableState(), {pdq(0), digest(Algorithm::md5(), 1)}).matches, IsEmpty());
  EXPECT_THAT(ask_of(state_of({bank_row(1)}, {entry(1, {pdq(0)})}), {}).matches, IsEmpty());
}

// I5: also for whoever took an older generation before.
TEST(TableState, AWithdrawalIsSeenByEveryGeneration) {
  auto state = state_of({bank_row(1)}, {entry(1, {pdq(0), digest(Algorithm::sha256(), 1)})});
  const auto before = state.make_generation(1);
  const std::vector<Fingerprint> questions = {pdq(3), digest(Algorithm::sha256(), 1)};
  ASSERT_EQ(ask(*before, questions).matches.size(), 2U);
  auto withdrawn = entry(1, {pdq(0), digest(Algorithm::sha256(), 1)});
  withdrawn.entry.status = match::EntryStatus::withdrawn;
  ASSERT_TRUE(state.apply(withdrawn));
  EXPECT_THAT(ask(*before, questions).matches, IsEmpty());
  EXPECT_THAT(ask_of(state, questions).matches, IsEmpty());
  EXPECT_EQ(state.withdrawn_count(), 1U);
}

TEST(TableState, AnEntryTakenOverTwiceHasItsRowsOnce) {
  auto state =
      state_of({bank_row(1), bank_row(2, 60)}, {entry(1, {pdq(0), digest(Algorithm::sha256(), 1)}), entry(2, {pdq(1)}, 2)});
  const auto rows = state.row_count();
  ASSERT_TRUE(state.apply(entry(1, {pdq(0), digest(Algorithm::sha256(), 1)})));
  ASSERT_TRUE(state.apply(entry(2, {pdq(1)}, 2)));
  EXPECT_EQ(state.row_count(), rows);
  // A fingerprint that came later is a new row.
  ASSERT_TRUE(state.apply(entry(1, {pdq(0), digest(Algorithm::sha256(), 1), digest(Algorithm::md5(), 2)})));
  EXPECT_EQ(state.row_count(), rows + 1);
}

TEST(TableState, ManyEqualRowsAreFoundAndMerged) {
  TableState state;
  ASSERT_TRUE(state.set_banks(std::vector{bank_row(1)}).value());
  constexpr std::uint64_t kEntries = 200'000;
  for (std::uint64_t number = 0; number < kEntries; ++number)
    ASSERT_TRUE(state.apply_new(entry(number, {pdq(0), digest(Algorithm::md5(), 1)})));
  state.index_all(2);
  EXPECT_EQ(ask_of(state, {pdq(0)}).matches.size(), kEntries);
  EXPECT_EQ(ask_of(state, {digest(Algorithm::md5(), 1)}).matches.size(), kEntries);
  EXPECT_THAT(ask_of(state, {digest(Algorithm::md5(), 2), pdq(40)}).matches, IsEmpty());
}

// I4: the answer is the definition's after every order of additions, changes, withdrawals and merges.
TEST(TableState, AgreesWithTheDefinition) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Drawn drawn(seed);
    PlainBanks plain;
    TableState state;
    std::vector<match::BankRow> banks;
    for (std::uint64_t number = 1; number <= 5; ++number) {
      banks.push_back(bank_row(number, static_cast<std::int64_t>(number == 5 ? 32 + drawn.below(20) : drawn.below(32)),
                               match::kBankPurposes[drawn.below(match::kBankPurposes.size())]));
      plain.put(banks.back());
    }
    ASSERT_TRUE(state.set_banks(banks).value());
    std::uint64_t entries = 0;
    const auto fresh = [&] {
      auto change = entry(++entries, drawn.fingerprints(), 1 + drawn.below(5));
      change.entry.status = match::kEntryStatuses[drawn.below(2)];
      change.entry.act = kActs[drawn.below(kActs.size())];
      change.entry.age_band = kAgeBands[drawn.below(kAgeBands.size())];
      change.entry.source = match::kEntrySources[drawn.below(2)];
      plain.put(change);
      return change;
    };
    // Some seeds begin with many rows, so that there are segments.
    for (int count = 0; seed % 3 == 0 && count < 40'000; ++count) {
      ASSERT_TRUE(state.apply_new(fresh()));
    }
    state.index_all(1 + seed % 2);
    for (int step = 0; step < 400; ++step) {
      switch (drawn.below(6)) {
        case 0: {  // a change of one that is there
          if (entries == 0) break;
          auto change = plain.entries().at(numbered<EntryId>(1 + drawn.below(entries)));
          change.entry.status = match::kEntryStatuses[drawn.below(3)];
          change.entry.act = kActs[drawn.below(kActs.size())];
          plain.put(change);
          ASSERT_TRUE(state.apply(change));
          break;
        }
        case 1:
          if (auto task = state.next_merge()) {
            if (task->base) {
              // As the engine does it.
              for (std::size_t part = 0; part < task->base->part_count(); ++part) {
                task->base = match::NearSegment::with_table(*task->base, task->codes, part, task->range.end);
                state.replace_base(*task, task->base);
              }
            } else {
              task->run();
              state.finish(*std::move(task));
            }
          }
          break;
        case 2:  // a threshold within its class
          banks[static_cast<std::size_t>(step) % 4].threshold = static_cast<std::int64_t>(drawn.below(32));
          plain.put(banks[static_cast<std::size_t>(step) % 4]);
          ASSERT_TRUE(state.set_banks(banks).value());
          break;
        default:
          for (auto count = drawn.below(seed % 4 == 0 ? 400 : 4); count > 0; --count) {
            ASSERT_TRUE(state.apply(fresh()));
          }
      }
      if (step % (seed % 3 == 0 ? 40 : 4) != 0) continue;
      const auto generation = state.make_generation(step);
      for (int asked = 0; asked < 3; ++asked) {
        const auto question = drawn.fingerprint();
        ASSERT_EQ(lines_of(ask(*generation, {question})), lines_of(plain.find(question))) << "step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace tutela::match_engine
