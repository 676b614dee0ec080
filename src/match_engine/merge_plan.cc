#include "match_engine/merge_plan.h"

#include <algorithm>

namespace tutela::match_engine {

std::optional<RowRange> next_merge(std::span<const RowRange> segments, std::size_t rows) {
  const std::size_t covered = segments.empty() ? 0 : segments.back().end;
  if (rows - covered < kTailRowsMax) return std::nullopt;
  // So large that it is worth building the base anew.
  const std::size_t base_step = segments.empty() ? 0 : std::max(kLastSegmentRowsMax, segments.front().rows() / kBaseShares);

  std::size_t place = segments.size();
  std::size_t first = covered;
  const auto take_one_more = [&] { first = segments[--place].first; };
  if (place > 0 && segments.back().rows() < kLastSegmentRowsMax) take_one_more();
  while (place > 1 && rows - first >= kLastSegmentRowsMax) take_one_more();
  if (place == 1 && rows - first >= base_step) take_one_more();
  return RowRange{first, rows};
}

}  // namespace tutela::match_engine
