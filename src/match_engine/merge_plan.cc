#include "match_engine/merge_plan.h"

#include <algorithm>

namespace tutela::match_engine {

std::optional<RowRange> next_merge(std::span<const RowRange> segments, std::size_t rows, std::size_t alignment) {
  const std::size_t covered = segments.empty() ? 0 : segments.back().end;
  // So large that it is worth building the base anew; from two pages on rounding down still leaves a longer base.
  const std::size_t base_step = segments.empty() ? 0 : std::max(kLastSegmentRowsMax, segments.front().rows() / kBaseShares);
  // Halves that were built side by side at the start, or a middle that has grown.
  const bool is_base_due = segments.size() > 1 && segments[1].rows() >= base_step;
  if (rows - covered < kTailRowsMax && !is_base_due) return std::nullopt;

  std::size_t place = segments.size();
  std::size_t first = covered;
  const auto take_one_more = [&] { first = segments[--place].first; };
  if (place > 0 && segments.back().rows() < kLastSegmentRowsMax) take_one_more();
  while (place > 1 && (is_base_due || rows - first >= kLastSegmentRowsMax)) take_one_more();
  if (place == 1 && (is_base_due || rows - first >= base_step)) take_one_more();
  RowRange merged{first, rows};
  if (merged.rows() >= kLastSegmentRowsMax) merged.end = rows / alignment * alignment;
  return merged;
}

}  // namespace tutela::match_engine
