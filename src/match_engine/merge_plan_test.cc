#include "match_engine/merge_plan.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "match/code_pages.h"

namespace tutela::match_engine {
namespace {

// As the indexes replace their segments.
void carry_out(std::vector<RowRange>& segments, const RowRange& merged) {
  std::erase_if(segments, [&](const RowRange& segment) { return segment.first >= merged.first; });
  ASSERT_EQ(segments.empty() ? 0 : segments.back().end, merged.first);
  segments.push_back(merged);
}

TEST(MergePlan, FewRowsAreOnlyScanned) {
  EXPECT_EQ(next_merge({}, 0, 1), std::nullopt);
  EXPECT_EQ(next_merge({}, kTailRowsMax - 1, 1), std::nullopt);
  EXPECT_EQ(next_merge({}, kTailRowsMax, 1), (RowRange{0, kTailRowsMax}));
}

TEST(MergePlan, TheLastSegmentGrowsUntilItJoinsTheMiddle) {
  const std::vector<RowRange> segments = {{0, 10'027'008}, {10'027'008, 10'158'080}, {10'158'080, 10'200'000}};
  EXPECT_EQ(next_merge(segments, 10'216'384, 65'536), (RowRange{10'158'080, 10'216'384}));
  EXPECT_EQ(next_merge(segments, 10'300'000, 65'536), (RowRange{10'027'008, 10'289'152}));
}

TEST(MergePlan, HalvesOfAStartAreJoined) {
  const std::vector<RowRange> segments = {{0, 5'046'272}, {5'046'272, 10'027'008}, {10'027'008, 10'030'000}};
  EXPECT_EQ(next_merge(segments, 10'030'000, 65'536), (RowRange{0, 10'027'008}));
}

// Whatever arrives in whatever portions: it ends, leaves a short tail, few segments, and builds a row few times.
TEST(MergePlan, ComesToRestWithFewSegments) {
  for (const std::size_t alignment : {std::size_t{1}, match::kRowsPerPage}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", alignment " << alignment);
      SeededRandom random(seed);
      std::vector<RowRange> segments;
      std::size_t rows = 0;
      std::size_t built = 0;
      const std::size_t portion_max = std::size_t{1} << (10 + seed % 12);
      while (rows < 4'000'000) {
        rows += random.next() % portion_max;
        int steps = 0;
        for (auto next = next_merge(segments, rows, alignment); next; next = next_merge(segments, rows, alignment)) {
          ASSERT_LT(++steps, 10);
          ASSERT_LE(next->end, rows);
          ASSERT_NO_FATAL_FAILURE(carry_out(segments, *next));
          built += next->rows();
          ASSERT_LE(segments.size(), 3U);
          for (std::size_t place = 0; place + 1 < segments.size(); ++place) ASSERT_EQ(segments[place].end % alignment, 0U);
        }
        ASSERT_LT(rows - (segments.empty() ? 0 : segments.back().end), kTailRowsMax);
      }
      EXPECT_LT(built, rows * 40);
    }
  }
}

}  // namespace
}  // namespace tutela::match_engine
