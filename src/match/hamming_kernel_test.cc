#include "match/hamming_kernel.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "base/random.h"

namespace tutela::match {
namespace {

// The definition, bit by bit, sharing no code with the kernels.
std::uint32_t distance_by_bits(const Bits256& left, const Bits256& right) {
  std::uint32_t distance = 0;
  for (std::size_t bit = 0; bit < 256; ++bit)
    if (((left[bit / 64] >> (bit % 64)) & 1U) != ((right[bit / 64] >> (bit % 64)) & 1U)) ++distance;
  return distance;
}

std::vector<HammingHit> scan_by_bits(const std::vector<Bits256>& rows, const Bits256& query, std::uint32_t distance_bits_max) {
  std::vector<HammingHit> hits;
  for (std::size_t row = 0; row < rows.size(); ++row)
    if (const auto distance = distance_by_bits(rows[row], query); distance <= distance_bits_max)
      hits.push_back({static_cast<std::uint32_t>(row), distance});
  return hits;
}

Bits256 random_bits(SeededRandom& random) { return {random.next(), random.next(), random.next(), random.next()}; }

Bits256 with_flips(Bits256 bits, int flips, SeededRandom& random) {
  for (int flip = 0; flip < flips; ++flip) {
    const std::uint64_t bit = random.next() % 256;
    bits[bit / 64] ^= std::uint64_t{1} << (bit % 64);
  }
  return bits;
}

// Every test here runs once for every kernel; those that this processor lacks are skipped by name.
class HammingKernelTest : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    const auto found = find_hamming_kernel(GetParam());
    if (!found) {
      ASSERT_EQ(found.error().reason, Reason("match.kernel_not_supported"));
      GTEST_SKIP() << "this processor has no " << GetParam();
    }
    kernel_ = *found;
  }

  std::vector<HammingHit> scan(const std::vector<Bits256>& rows, const Bits256& query, std::uint32_t distance_bits_max) const {
    std::vector<HammingHit> hits;
    const std::string_view ran = kernel_->scan(rows, 0, query, distance_bits_max, hits);
    EXPECT_EQ(ran, GetParam()) << "another kernel ran";
    return hits;
  }

  const HammingKernel* kernel_ = nullptr;
};

// Every row count around the registers' sizes, so that half-filled ones are met; rows of few bits, so that ties and
// thresholds are met.
TEST_P(HammingKernelTest, ExhaustiveSmall) {
  for (std::size_t row_count = 0; row_count <= 17; ++row_count) {
    std::vector<Bits256> rows;
    for (std::size_t row = 0; row < row_count; ++row) {
      Bits256 bits{};
      for (std::size_t bit = 0; bit < row % 5; ++bit) bits[(row + bit) % 4] |= std::uint64_t{1} << ((row * 7 + bit * 13) % 64);
      rows.push_back(bits);
    }
    for (std::uint64_t pattern = 0; pattern < 16; ++pattern) {
      const Bits256 query = {pattern & 1, (pattern >> 1) & 1, (pattern >> 2) & 1, pattern >> 3};
      for (std::uint32_t limit = 0; limit <= 9; ++limit)
        ASSERT_EQ(scan(rows, query, limit), scan_by_bits(rows, query, limit)) << row_count << " rows, pattern " << pattern;
    }
  }
}

TEST_P(HammingKernelTest, EveryBitCounts) {
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Bits256 row{};
    row[bit / 64] = std::uint64_t{1} << (bit % 64);
    EXPECT_EQ(scan({row}, Bits256{}, 0).size(), 0U) << bit;
    EXPECT_EQ(scan({row}, Bits256{}, 1), (std::vector<HammingHit>{{0, 1}})) << bit;
  }
}

TEST_P(HammingKernelTest, EveryDistanceFrom0To256AndEveryThreshold) {
  std::vector<Bits256> rows;
  Bits256 bits{};
  rows.push_back(bits);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    bits[bit / 64] |= std::uint64_t{1} << (bit % 64);
    rows.push_back(bits);
  }
  for (std::uint32_t limit = 0; limit <= 256; ++limit) EXPECT_EQ(scan(rows, Bits256{}, limit).size(), limit + 1U);
}

TEST_P(HammingKernelTest, AgreesWithTheDefinitionOnRandomRows) {
  const std::uint64_t seed = 20'260'504;
  RecordProperty("seed", std::to_string(seed));
  SeededRandom random(seed);
  for (const std::size_t row_count : {1U, 7U, 8U, 9U, 100U, 1000U, 4099U}) {
    const Bits256 query = random_bits(random);
    std::vector<Bits256> rows;
    for (std::size_t row = 0; row < row_count; ++row)
      rows.push_back(row % 3 == 0 ? with_flips(query, static_cast<int>(random.next() % 64), random) : random_bits(random));
    for (const std::uint32_t limit : {0U, 1U, 30U, 31U, 32U, 63U, 128U, 255U, 256U})
      ASSERT_EQ(scan(rows, query, limit), scan_by_bits(rows, query, limit)) << "seed " << seed << ", rows " << row_count;
  }
}

TEST_P(HammingKernelTest, AllRowsEqualAndOneRow) {
  const std::vector<Bits256> rows(21, Bits256{1, 2, 3, 4});
  EXPECT_EQ(scan(rows, Bits256{1, 2, 3, 4}, 0).size(), 21U);
  EXPECT_EQ(scan({}, Bits256{}, 256).size(), 0U);
  // A kernel that forgets the row count reports more.
  EXPECT_EQ(scan({Bits256{}}, Bits256{}, 256).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(EveryKernel, HammingKernelTest, testing::ValuesIn([] {
                           std::vector<std::string_view> names;
                           for (const HammingKernel& kernel : hamming_kernels()) names.push_back(kernel.name);
                           return names;
                         }()),
                         [](const auto& instance) { return std::string(instance.param); });

TEST(HammingKernels, TheBestIsTheLastSupported) {
  EXPECT_TRUE(best_hamming_kernel().is_supported());
  bool after_best = false;
  for (const HammingKernel& kernel : hamming_kernels()) {
    EXPECT_FALSE(after_best && kernel.is_supported()) << kernel.name;
    after_best = after_best || kernel.name == best_hamming_kernel().name;
  }
  EXPECT_EQ(hamming_kernels().front().name, "portable");
  EXPECT_EQ(find_hamming_kernel("abacus").error().reason, Reason("match.unknown_kernel"));
}

TEST(HammingDistance, IsThatOfTheBytes) {
  Bytes left(32, 0x00);
  Bytes right(32, 0xff);
  EXPECT_EQ(hamming_distance(bits_from(left), bits_from(right)), 256);
  right = left;
  right[31] = 0x03;
  EXPECT_EQ(hamming_distance(bits_from(left), bits_from(right)), 2);
}

}  // namespace
}  // namespace tutela::match
