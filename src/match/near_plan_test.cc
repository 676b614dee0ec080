#include "match/near_plan.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::match {
namespace {

using Differing = std::array<int, kTablesPerSegment>;

// What the index does, said in one line: a row that differs so from the query is in some bucket that is looked into, and passes
// the comparison of the word beside.
bool is_found(const Radii& radii, const Differing& differing) {
  for (std::size_t table = 0; table < kTablesPerSegment; ++table)
    if (differing[table] <= radii[table] &&
        static_cast<unsigned>(differing[(table + 1) % kTablesPerSegment]) <= beside_bits_max(radii, table, differing[table]))
      return true;
  return false;
}

Radii drawn_radii(SeededRandom& random, std::uint32_t distance_bits_max) {
  std::array<RadiusCosts, kTablesPerSegment> costs;
  for (RadiusCosts& cost : costs)
    for (std::uint64_t& step : cost) step = random.next() % 1000;
  return choose_radii(costs, distance_bits_max);
}

TEST(ChooseRadii, AddUpToTheDistanceAndOneForEveryCost) {
  SeededRandom random(1);
  for (int round = 0; round < 200; ++round)
    for (std::uint32_t distance = 0; distance <= 31; ++distance) {
      const Radii radii = drawn_radii(random, distance);
      int sum = 0;
      for (const int radius : radii) {
        EXPECT_GE(radius, -1);
        EXPECT_LE(radius, kRadiusMax);
        sum += radius + 1;
      }
      ASSERT_EQ(sum, static_cast<int>(distance) + 1);
    }
}

TEST(ChooseRadii, WidensWhereItIsCheap) {
  std::array<RadiusCosts, kTablesPerSegment> costs;
  costs.fill({1, 16, 120, 560});
  costs[3] = {10'000, 10'000, 10'000, 10'000};
  const Radii radii = choose_radii(costs, 31);
  EXPECT_EQ(radii[3], -1);
  EXPECT_EQ(std::ranges::count(radii, 2), 2);
  EXPECT_EQ(std::ranges::count(radii, 1), 13);
}

// Two words differ; all others do not. Every pair of words, every number of bits.
TEST(Plan, EscapesNobodyWhoDiffersInTwoWords) {
  SeededRandom random(2);
  const Radii radii = drawn_radii(random, 31);
  for (std::size_t one = 0; one < kTablesPerSegment; ++one)
    for (std::size_t other = 0; other < kTablesPerSegment; ++other)
      for (int bits = 0; bits <= 16; ++bits)
        for (int more = 0; more <= 16 && bits + more <= 31; ++more) {
          Differing differing{};
          differing[one] = bits;
          if (other != one) differing[other] = more;
          ASSERT_TRUE(is_found(radii, differing)) << one << ' ' << bits << ' ' << other << ' ' << more;
        }
}

// Differences of exactly the distance, spread so that they stay just outside of as many tables as they can.
TEST(Plan, EscapesNobodyAtTheVeryDistance) {
  const std::uint64_t seed = 3;
  SeededRandom random(seed);
  for (int round = 0; round < 300'000; ++round) {
    const auto distance = static_cast<std::uint32_t>(random.next() % 32);
    const Radii radii = drawn_radii(random, distance);
    Differing differing;
    int left = static_cast<int>(distance);
    for (std::size_t table = 0; table < kTablesPerSegment; ++table) {
      differing[table] = std::min(left, radii[table] + 1);
      left -= differing[table];
    }
    // All but one bit is spent on staying outside; then some are moved about.
    for (int move = 0; move < 6; ++move) {
      const auto from = random.next() % kTablesPerSegment;
      const auto to = random.next() % kTablesPerSegment;
      if (differing[from] == 0 || differing[to] == 16) continue;
      --differing[from];
      ++differing[to];
    }
    ASSERT_TRUE(is_found(radii, differing)) << "seed " << seed << ", round " << round;
  }
}

// The test above can fail: with one step less somewhere, somebody escapes.
TEST(Plan, LosesWithOneStepLess) {
  SeededRandom random(4);
  for (int round = 0; round < 100; ++round) {
    Radii radii = drawn_radii(random, 31);
    for (int& radius : radii)
      if (radius >= 0) {
        --radius;
        break;
      }
    Differing differing;
    for (std::size_t table = 0; table < kTablesPerSegment; ++table) differing[table] = radii[table] + 1;
    ASSERT_EQ(std::accumulate(differing.begin(), differing.end(), 0), 31);
    ASSERT_FALSE(is_found(radii, differing));
  }
}

TEST(Masks, AreAllOfThem) {
  EXPECT_EQ(masks_of(0).size(), 1U);
  EXPECT_EQ(masks_of(1).size(), 16U);
  EXPECT_EQ(masks_of(2).size(), 120U);
  EXPECT_EQ(masks_of(3).size(), 560U);
  for (int bits = 0; bits <= kRadiusMax; ++bits)
    for (const std::uint16_t mask : masks_of(bits)) EXPECT_EQ(std::popcount(mask), bits);
  // Each once: the sizes alone would be right with one mask twice and another missing.
  for (int bits = 0; bits <= kRadiusMax; ++bits) {
    const auto masks = masks_of(bits);
    EXPECT_EQ(std::set<std::uint16_t>(masks.begin(), masks.end()).size(), masks.size()) << bits;
  }
}

}  // namespace
}  // namespace tutela::match
