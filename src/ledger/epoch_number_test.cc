#include "ledger/epoch_number.h"

#include <gtest/gtest.h>

#include <set>

#include "ledger/checkpoint.h"

namespace tutela::ledger {
namespace {

constexpr std::uint64_t kNow = 1'795'348'800;

TEST(EpochNumber, IsOfTheSecondAndAnotherEachTime) {
  SeededRandom random(5);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) {
    const auto drawn = draw_epoch(1, from_unix_ms(kNow * 1'000 + 999), random);
    EXPECT_EQ(drawn / 1'000'000, kNow);
    seen.insert(drawn);
  }
  EXPECT_GE(seen.size(), 99U);
}

TEST(EpochNumber, IsBehindEveryOneKnownWhateverTheClock) {
  SeededRandom random(5);
  const auto known = draw_epoch(1, from_unix_ms(kNow * 1'000), random);
  EXPECT_GT(draw_epoch(known, from_unix_ms((kNow + 1) * 1'000), random), known);
  for (const std::int64_t now : {std::int64_t{-5'000}, std::int64_t{0}, std::int64_t{kNow * 1'000}}) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 100; ++i) seen.insert(draw_epoch(known, from_unix_ms(now), random));
    EXPECT_GT(*seen.begin(), known) << now;
    EXPECT_GE(seen.size(), 99U) << now;
  }
}

TEST(EpochNumber, IsExactInJsonForTwoCenturies) {
  SeededRandom random(5);
  const auto in_2250 = parse_rfc3339("2250-01-01T00:00:00Z").value();
  for (int i = 0; i < 100; ++i) EXPECT_LE(draw_epoch(1, in_2250, random), kEpochMax);
}

}  // namespace
}  // namespace tutela::ledger
