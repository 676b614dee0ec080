#include "match_engine/merge_plan.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::match_engine {
namespace {

// As the indexes replace their segments.
void carry_out(std::vector<RowRange>& segments, const RowRange& merged) {
  std::erase_if(segments, [&](const RowRange& segment) { return segment.first >= merged.first; });
  ASSERT_EQ(segments.empty() ? 0 : segments.back().end, merged.first);
  segments.push_back(merged);
}

TEST(MergePlan, FewRowsAreOnlyScanned) {
  EXPECT_EQ(next_merge({}, 0), std::nullopt);
  EXPECT_EQ(next_merge({}, kTailRowsMax - 1), std::nullopt);
  EXPECT_EQ(next_merge({}, kTailRowsMax), (RowRange{0, kTailRowsMax}));
}

TEST(MergePlan, TheLastSegmentGrowsUntilItJoinsTheMiddle) {
  const std::vector<RowRange> segments = {{0, 10'000'000}, {10'000'000, 10'140'000}, {10'140'000, 10'200'000}};
  EXPECT_EQ(next_merge(segments, 10'216'383), std::nullopt);
  EXPECT_EQ(next_merge(segments, 10'216'384), (RowRange{10'140'000, 10'216'384}));
  EXPECT_EQ(next_merge(segments, 10'300'000), (RowRange{10'000'000, 10'300'000}));
  EXPECT_EQ(next_merge(segments, 11'250'000), (RowRange{0, 11'250'000}));
}

// Whatever arrives in whatever portions: it ends, leaves a short tail, few segments, and builds a row few times.
TEST(MergePlan, ComesToRestWithFewSegments) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    std::vector<RowRange> segments;
    std::size_t rows = 0;
    std::size_t built = 0;
    const std::size_t portion_max = std::size_t{1} << (10 + seed % 12);
    while (rows < 4'000'000) {
      rows += random.next() % portion_max;
      if (const auto next = next_merge(segments, rows)) {
        ASSERT_EQ(next->end, rows);
        ASSERT_NO_FATAL_FAILURE(carry_out(segments, *next));
        built += next->rows();
        ASSERT_LE(segments.size(), 3U);
        // What was merged needs no second step.
        ASSERT_EQ(next_merge(segments, rows), std::nullopt);
      }
      ASSERT_LT(rows - (segments.empty() ? 0 : segments.back().end), kTailRowsMax);
    }
    EXPECT_LT(built, rows * 40);
  }
}

}  // namespace
}  // namespace tutela::match_engine
