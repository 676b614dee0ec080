#include "match/match_index.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "base/random.h"

namespace tutela::match {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Time kNow = Time{std::chrono::milliseconds{1'700'000'000'000}};

template <class IdType>
IdType numbered(std::uint8_t number) {
  Bytes bytes(16, 0);
  bytes[15] = number;
  return IdType::from_bytes(bytes).value();
}

Fingerprint digest(const Algorithm& algorithm, std::uint8_t fill) {
  return Fingerprint::make(algorithm, Bytes(*algorithm.value_bytes(), fill)).value();
}

// A PDQ value that differs from zero in exactly `bits` bits.
Fingerprint pdq(int bits, std::optional<std::int64_t> quality = 100, const Algorithm& algorithm = Algorithm::pdq()) {
  Bytes value(32, 0);
  for (int bit = 0; bit < bits; ++bit) value[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(1 << (bit % 8));
  return Fingerprint::make(algorithm, std::move(value), quality).value();
}

BankEntry entry(std::uint8_t number, std::vector<Fingerprint> fingerprints) {
  return {.id = numbered<EntryId>(number),
          .status = EntryStatus::active,
          .source = EntrySource::final_verdict_adopted,
          .act = Act::a,
          .age_band = AgeBand::prepubescent,
          .fingerprints = std::move(fingerprints)};
}

BankSnapshot bank(std::uint8_t number, std::vector<BankEntry> entries) {
  return {.id = numbered<BankId>(number),
          .name = "bank",
          .purpose = BankPurpose::match,
          .distance_bits_max = 31,
          .entries = std::move(entries)};
}

MatchAnswer ask(const std::vector<BankSnapshot>& banks, const std::vector<Fingerprint>& queries) {
  return MatchIndex::build(banks).value().find(queries);
}

std::vector<std::pair<std::string, int>> summary(const MatchAnswer& answer) {
  std::vector<std::pair<std::string, int>> lines;
  for (const Match& match : answer.matches) lines.emplace_back(match.why, match.distance_bits);
  return lines;
}

TEST(MatchIndex, SaysWhichBankEntryDistanceThresholdAndWhy) {
  const auto answer = ask({bank(1, {entry(5, {pdq(12)})})}, {pdq(0)});
  ASSERT_EQ(answer.matches.size(), 1U);
  const Match& match = answer.matches[0];
  EXPECT_EQ(match.bank, numbered<BankId>(1));
  EXPECT_EQ(match.entry, numbered<EntryId>(5));
  EXPECT_EQ(match.algorithm, Algorithm::pdq());
  EXPECT_EQ(match.distance_bits, 12);
  EXPECT_EQ(match.threshold_bits, 31);
  EXPECT_EQ(match.why, "pdq within 31");
  EXPECT_FALSE(match.is_byte_exact());
}

TEST(MatchIndex, DigestsMatchByEqualityAlone) {
  const std::vector banks = {
      bank(1, {entry(1, {digest(Algorithm::sha256(), 7), digest(Algorithm::md5(), 7), digest(Algorithm::sha1(), 7)})})};
  EXPECT_THAT(summary(ask(banks, {digest(Algorithm::sha256(), 7)})), ElementsAre(std::pair("exact sha256", 0)));
  EXPECT_THAT(summary(ask(banks, {digest(Algorithm::md5(), 7)})), ElementsAre(std::pair("equal md5", 0)));
  EXPECT_THAT(summary(ask(banks, {digest(Algorithm::sha256(), 6)})), IsEmpty());
  EXPECT_TRUE(ask(banks, {digest(Algorithm::sha256(), 7)}).matches[0].is_byte_exact());
  EXPECT_FALSE(ask(banks, {digest(Algorithm::md5(), 7)}).matches[0].is_byte_exact());
}

TEST(MatchIndex, TheThresholdIsTheBanksOwnAndIncluded) {
  BankSnapshot narrow = bank(1, {entry(1, {pdq(10)}), entry(2, {pdq(11)})});
  narrow.distance_bits_max = 10;
  BankSnapshot wide = bank(2, {entry(3, {pdq(40)}), entry(4, {pdq(41)})});
  wide.distance_bits_max = 40;
  const auto answer = ask({narrow, wide}, {pdq(0)});
  ASSERT_EQ(answer.matches.size(), 2U);
  EXPECT_EQ(answer.matches[0].entry, numbered<EntryId>(1));
  EXPECT_EQ(answer.matches[0].why, "pdq within 10");
  EXPECT_EQ(answer.matches[1].entry, numbered<EntryId>(3));
  EXPECT_EQ(answer.matches[1].why, "pdq within 40");
}

TEST(MatchIndex, RefusesAThresholdThatIsNone) {
  BankSnapshot wrong = bank(1, {});
  for (const int distance : {-1, 257}) {
    wrong.distance_bits_max = distance;
    EXPECT_EQ(MatchIndex::build(std::vector{wrong}).error().reason, Reason("match.distance_out_of_range"));
  }
}

TEST(MatchIndex, ConventionsDoNotMix) {
  const std::vector banks = {bank(1, {entry(1, {pdq(0, 100, Algorithm::pdq_nearest512())})})};
  EXPECT_THAT(summary(ask(banks, {pdq(0)})), IsEmpty());
  EXPECT_THAT(summary(ask(banks, {pdq(3, 100, Algorithm::pdq_nearest512())})),
              ElementsAre(std::pair("pdq_nearest512 within 31", 3)));
}

TEST(MatchIndex, LowQualityNeverMatchesOnEitherSide) {
  const std::vector banks = {bank(1, {entry(1, {pdq(0, kPdqQualityMin - 1)}), entry(2, {pdq(0, kPdqQualityMin)})})};
  const auto answer = ask(banks, {pdq(0, kPdqQualityMin)});
  ASSERT_EQ(answer.matches.size(), 1U);
  EXPECT_EQ(answer.matches[0].entry, numbered<EntryId>(2));
  EXPECT_THAT(summary(ask(banks, {pdq(0, kPdqQualityMin - 1)})), IsEmpty());
}

TEST(MatchIndex, WithdrawnNeverMatches) {
  BankSnapshot known = bank(1, {entry(1, {digest(Algorithm::sha256(), 1), pdq(0)})});
  ASSERT_EQ(ask({known}, {digest(Algorithm::sha256(), 1), pdq(0)}).matches.size(), 2U);
  known.entries[0].status = EntryStatus::withdrawn;
  EXPECT_THAT(summary(ask({known}, {digest(Algorithm::sha256(), 1), pdq(0)})), IsEmpty());
}

TEST(MatchIndex, SafeBanksHoldProvingDigestsOnly) {
  BankSnapshot safe = bank(1, {entry(1, {digest(Algorithm::sha256(), 1), digest(Algorithm::md5(), 1), pdq(0)})});
  safe.purpose = BankPurpose::safe;
  EXPECT_THAT(summary(ask({safe}, {digest(Algorithm::sha256(), 1), digest(Algorithm::md5(), 1), pdq(0)})),
              ElementsAre(std::pair("exact sha256", 0)));
}

TEST(MatchIndex, CarriedAlgorithmsNeverMatchAndPhotoDnaOnlyByEquality) {
  const Algorithm vpdq = *Algorithm::parse("vpdq");
  const Algorithm photodna = *Algorithm::parse("photodna");
  const auto carried = Fingerprint::make(vpdq, Bytes(40, 1)).value();
  const auto photo = Fingerprint::make(photodna, Bytes(144, 1)).value();
  const std::vector banks = {bank(1, {entry(1, {carried, photo})})};
  EXPECT_THAT(summary(ask(banks, {carried, photo})), ElementsAre(std::pair("equal photodna", 0)));
  EXPECT_FALSE(ask(banks, {photo}).matches[0].is_byte_exact());
}

TEST(MatchIndex, OrderIsDistanceThenEntryThenProofThenAlgorithm) {
  const std::vector<Fingerprint> all = {pdq(0), digest(Algorithm::md5(), 1), digest(Algorithm::sha256(), 1)};
  const std::vector banks = {bank(2, {entry(9, {pdq(5)}), entry(8, all)}), bank(1, {entry(3, {pdq(5)}), entry(7, {pdq(0)})})};
  const auto answer = ask(banks, all);
  std::vector<std::pair<EntryId, std::string>> order;
  for (const Match& match : answer.matches) order.emplace_back(match.entry, match.why);
  EXPECT_THAT(order,
              ElementsAre(std::pair(numbered<EntryId>(7), "pdq within 31"), std::pair(numbered<EntryId>(8), "exact sha256"),
                          std::pair(numbered<EntryId>(8), "equal md5"), std::pair(numbered<EntryId>(8), "pdq within 31"),
                          std::pair(numbered<EntryId>(3), "pdq within 31"), std::pair(numbered<EntryId>(9), "pdq within 31")));
}

TEST(MatchIndex, EmptyIndexAndEmptyQuestion) {
  EXPECT_THAT(ask({}, {pdq(0)}).matches, IsEmpty());
  EXPECT_THAT(ask({bank(1, {entry(1, {pdq(0)})})}, {}).matches, IsEmpty());
}

// What the index must give, from its definition: every pair of a query and a banked fingerprint, compared one by one.
MatchAnswer find_by_definition(const std::vector<BankSnapshot>& banks, const std::vector<Fingerprint>& queries) {
  MatchAnswer answer;
  for (const auto& query : queries) {
    for (const auto& known : banks) {
      for (const auto& candidate : known.entries) {
        if (candidate.status == EntryStatus::withdrawn) continue;
        for (const auto& fingerprint : candidate.fingerprints) {
          if (fingerprint.algorithm() != query.algorithm() || !fingerprint.is_comparable() || !query.is_comparable()) continue;
          const bool near = query.algorithm().comparison() == Comparison::hamming_256;
          if (known.purpose == BankPurpose::safe && query.algorithm().comparison() != Comparison::digest) continue;
          const int distance = near ? hamming_distance(bits_from(query.reveal_value()), bits_from(fingerprint.reveal_value()))
                                    : (query.reveal_value() == fingerprint.reveal_value() ? 0 : 1);
          if (distance > (near ? known.distance_bits_max : 0)) continue;
          answer.matches.push_back({.bank = known.id,
                                    .entry = candidate.id,
                                    .algorithm = query.algorithm(),
                                    .distance_bits = distance,
                                    .threshold_bits = near ? known.distance_bits_max : 0});
        }
      }
    }
  }
  sort_matches(answer.matches);
  return answer;
}

class MatchIndexOnEveryKernel : public testing::TestWithParam<std::string_view> {};

// I4: the answer is the definition's, whatever the kernel and whatever the order in which banks and entries were given.
TEST_P(MatchIndexOnEveryKernel, AgreesWithTheDefinition) {
  const auto kernel = find_hamming_kernel(GetParam());
  if (!kernel) GTEST_SKIP() << "this processor has no " << GetParam();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random(seed);
    const std::vector<Algorithm> algorithms = {Algorithm::pdq(), Algorithm::pdq_nearest512(), Algorithm::sha256(),
                                               Algorithm::md5(), *Algorithm::parse("vpdq")};
    const auto draw = [&]() {
      const Algorithm& algorithm = algorithms[random.next() % algorithms.size()];
      if (algorithm.comparison() == Comparison::hamming_256)
        return pdq(static_cast<int>(random.next() % 80), static_cast<std::int64_t>(random.next() % 101), algorithm);
      return Fingerprint::make(algorithm,
                               Bytes(algorithm.value_bytes().value_or(20), static_cast<std::uint8_t>(random.next() % 6)))
          .value();
    };
    std::vector<BankSnapshot> banks;
    for (std::uint8_t number = 0; number < 4; ++number) {
      BankSnapshot fresh = bank(number, {});
      fresh.purpose = kBankPurposes[random.next() % kBankPurposes.size()];
      fresh.distance_bits_max = static_cast<int>(random.next() % 64);
      for (int count = 0; count < 30; ++count) {
        BankEntry candidate = entry(0, {});
        candidate.id = EntryId::make(kNow, random);
        candidate.status = kEntryStatuses[random.next() % kEntryStatuses.size()];
        for (std::uint64_t fingerprints = random.next() % 3; fingerprints > 0; --fingerprints)
          candidate.fingerprints.push_back(draw());
        fresh.entries.push_back(std::move(candidate));
      }
      banks.push_back(std::move(fresh));
    }
    std::vector<Fingerprint> queries;
    for (int count = 0; count < 8; ++count) queries.push_back(draw());

    const auto expected = find_by_definition(banks, queries);
    for (int order = 0; order < 2; ++order) {
      const auto index = MatchIndex::build(banks, **kernel).value();
      ASSERT_EQ(index.kernel_name(), GetParam());
      const auto answer = index.find(queries);
      ASSERT_EQ(answer.matches.size(), expected.matches.size()) << "seed " << seed;
      for (std::size_t place = 0; place < expected.matches.size(); ++place) {
        EXPECT_EQ(answer.matches[place].entry, expected.matches[place].entry) << "seed " << seed;
        EXPECT_EQ(answer.matches[place].distance_bits, expected.matches[place].distance_bits) << "seed " << seed;
        EXPECT_EQ(answer.matches[place].algorithm, expected.matches[place].algorithm) << "seed " << seed;
      }
      std::ranges::reverse(banks);
      for (auto& known : banks) std::ranges::reverse(known.entries);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryKernel, MatchIndexOnEveryKernel, testing::ValuesIn([] {
                           std::vector<std::string_view> names;
                           for (const HammingKernel& kernel : hamming_kernels()) names.push_back(kernel.name);
                           return names;
                         }()),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace tutela::match
