#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "match_engine/merge_plan.h"
#include "match_engine/paged_column.h"

// Rows of equal values: digests, and the ids of entries.
namespace tutela::match_engine {

// For the upper half of a product; pedantic compilers know it by this word only.
__extension__ typedef unsigned __int128 Product;

// For one value of 16 bytes and more. Not secret and not keyed: values that collide cost time, never a wrong answer.
std::uint64_t hash_value(BytesView value);

// A chained hash table over rows [first, first + capacity): six bytes a row. One writer adds rows while others read. Equal
// values lengthen their own chain and no other.
class ExactTable {
 public:
  ExactTable(std::size_t first_row, std::size_t capacity);
  // Every row once. `row` inside the range.
  void insert(std::size_t row, std::uint64_t hash);
  template <class Visit>
  void visit(std::uint64_t hash, const Visit& visit) const {
    if (heads_.size() == 0) return;
    // std::atomic_ref wants a place it may write to, though this only reads.
    auto& head = const_cast<std::uint32_t&>(heads_[bucket(hash)]);
    for (std::uint32_t at = std::atomic_ref(head).load(std::memory_order_acquire); at != 0; at = next_[at - 1])
      visit(first_row_ + at - 1);
  }
  RowRange range() const { return {first_row_, first_row_ + next_.size()}; }
  std::size_t bytes() const { return heads_.bytes() + next_.bytes(); }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&heads_[bucket(hash)], 1); }

 private:
  std::size_t bucket(std::uint64_t hash) const {
    return static_cast<std::size_t>((static_cast<Product>(hash) * heads_.size()) >> 64);
  }
  std::size_t first_row_;
  LargeArray<std::uint32_t> heads_;  // row - first_row_ + 1; 0: none
  LargeArray<std::uint32_t> next_;   // the same, written once before its row is reached
};

// All values of an index at one moment.
class ExactView {
 public:
  // Calls visit(row) for each row with that value, in no particular order.
  template <class Visit>
  void find(BytesView value, const Visit& visit) const {
    const std::uint64_t hash = hash_value(value);
    const auto check = [&](std::size_t row, std::size_t first, std::size_t end) {
      if (row >= first && row < end && std::memcmp(values_.place(row), value.data(), value.size()) == 0) visit(row);
    };
    for (const auto& segment : segments_) segment->visit(hash, [&](std::size_t row) { check(row, 0, covered()); });
    for (const auto& table : tail_) table->visit(hash, [&](std::size_t row) { check(row, covered(), values_.size()); });
  }
  const PagedColumn::View& values() const { return values_; }
  std::size_t covered() const { return segments_.empty() ? 0 : segments_.back()->range().end; }
  std::vector<RowRange> ranges() const;
  std::size_t bytes() const;

 private:
  friend class ExactIndex;
  PagedColumn::View values_;
  std::vector<std::shared_ptr<const ExactTable>> segments_;  // adjoin from row 0
  std::vector<std::shared_ptr<ExactTable>> tail_;            // the rows behind them, and perhaps some that they cover
};

// The writer's side. Not thread-safe; the views are.
class ExactIndex {
 public:
  explicit ExactIndex(std::size_t value_bytes) : values_(value_bytes) { view_.values_ = values_.view(); }
  // Found from now on by views taken afterwards. Returns its row.
  std::size_t append(BytesView value);
  // The same, but found only after build() of its row: for many at once.
  void append_unindexed(BytesView value);
  std::size_t size() const { return values_.size(); }
  const ExactView& view() const { return view_; }

  // A table over rows of the view, for replace(). About 0.05 us a row. Any thread.
  static std::shared_ptr<const ExactTable> build(const PagedColumn::View& values, RowRange range);
  // Puts the table in the place of those that begin inside it.
  void replace(std::shared_ptr<const ExactTable> table);

 private:
  PagedColumn values_;
  ExactView view_;
};

}  // namespace tutela::match_engine
