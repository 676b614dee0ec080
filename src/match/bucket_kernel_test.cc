#include "match/bucket_kernel.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::match {
namespace {

std::vector<std::uint32_t> by_definition(const std::vector<std::uint16_t>& values, std::size_t count, std::uint16_t query,
                                         unsigned bits_max) {
  std::vector<std::uint32_t> positions;
  for (std::size_t position = 0; position < count; ++position) {
    unsigned differing = 0;
    for (unsigned bit = 0; bit < 16; ++bit) differing += (values[position] >> bit & 1U) != (query >> bit & 1U) ? 1U : 0U;
    if (differing <= bits_max) positions.push_back(static_cast<std::uint32_t>(position));
  }
  return positions;
}

// Every length around the registers' sizes, every limit; what stands behind the bucket is near enough and must not be reported.
TEST(BucketKernels, AllAgreeWithTheDefinition) {
  const std::uint64_t seed = 11;
  SeededRandom random(seed);
  for (const BucketKernel& kernel : bucket_kernels()) {
    if (!kernel.is_supported()) continue;
    for (std::size_t count = 0; count <= 100; ++count)
      for (unsigned bits_max = 0; bits_max <= 16; ++bits_max) {
        const auto query = static_cast<std::uint16_t>(random.next());
        std::vector<std::uint16_t> values(count + kBucketPadding, query);
        for (std::size_t position = 0; position < count; ++position)
          values[position] = static_cast<std::uint16_t>(position % 3 == 0 ? query ^ 1U << position % 16 : random.next());
        std::vector<std::uint32_t> positions(count + kBucketPadding);
        positions.resize(kernel.scan(values.data(), count, query, bits_max, positions.data()));
        ASSERT_EQ(positions, by_definition(values, count, query, bits_max))
            << kernel.name << ", " << count << " values, " << bits_max << " bits, seed " << seed;
      }
  }
}

TEST(BucketKernels, TheBestIsTheLastSupported) {
  EXPECT_EQ(bucket_kernels().front().name, "portable");
  EXPECT_TRUE(best_bucket_kernel().is_supported());
}

}  // namespace
}  // namespace tutela::match
