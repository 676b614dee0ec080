#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace tutela::match_engine {

// Rows [first, end).
struct RowRange {
  std::size_t first = 0;
  std::size_t end = 0;
  std::size_t rows() const { return end - first; }
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

// So many rows may wait behind the last segment before they get one: scanning them costs about 20 us.
inline constexpr std::size_t kTailRowsMax = 16'384;
// A last segment that reaches this is merged with the one before it.
inline constexpr std::size_t kLastSegmentRowsMax = 131'072;
// The segment behind the base is merged into it when it reaches an eighth of it.
inline constexpr std::size_t kBaseShares = 8;

// The segment to build next over the first `rows` rows, or nothing. `segments` adjoin from row 0; those that begin inside the
// answer are replaced by it. There are never more than three: a base, a middle that grows to an eighth of it, and a last one. So
// a row is built into about twenty segments in its life, at any number of rows.
std::optional<RowRange> next_merge(std::span<const RowRange> segments, std::size_t rows);

}  // namespace tutela::match_engine
