#include "match_engine/exact_index.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace tutela::match_engine {

std::uint64_t hash_value(BytesView value) {
  // Multiply and fold; the constants are the fraction of the golden ratio and of the square root of two.
  std::uint64_t hash = 0x9e3779b97f4a7c15U ^ value.size();
  const auto mix = [&](std::uint64_t word) {
    const auto product = static_cast<Product>(hash ^ word) * 0x6a09e667f3bcc909U;
    hash = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^ (word << 1);
  };
  for (std::size_t at = 0; at < value.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, value.data() + at, std::min<std::size_t>(8, value.size() - at));
    mix(word);
  }
  mix(0);
  return hash;
}

ExactTable::ExactTable(std::size_t first_row, std::size_t capacity)
    : first_row_(first_row), heads_(capacity == 0 ? 0 : capacity / 2 + 1), next_(capacity) {}

void ExactTable::insert(std::size_t row, std::uint64_t hash) {
  const auto at = static_cast<std::uint32_t>(row - first_row_);
  std::uint32_t& head = heads_[bucket(hash)];
  next_[at] = head;
  std::atomic_ref(head).store(at + 1, std::memory_order_release);
}

std::vector<RowRange> ExactView::ranges() const {
  std::vector<RowRange> ranges;
  for (const auto& segment : segments_) ranges.push_back(segment->range());
  return ranges;
}

std::size_t ExactView::bytes() const {
  std::size_t bytes = values_.bytes();
  for (const auto& segment : segments_) bytes += segment->bytes();
  for (const auto& table : tail_) bytes += table->bytes();
  return bytes;
}

std::size_t ExactIndex::append(BytesView value) {
  const std::size_t row = values_.size();
  values_.append(value);
  view_.values_ = values_.view();
  auto& tail = view_.tail_;
  // Each table as large as all before it: without anybody to merge them they stay few.
  if (tail.empty() || tail.back()->range().end <= row)
    tail.push_back(std::make_shared<ExactTable>(row, std::max(kTailRowsMax, row - view_.covered())));
  tail.back()->insert(row, hash_value(value));
  return row;
}

void ExactIndex::append_unindexed(BytesView value) {
  values_.append(value);
  view_.values_ = values_.view();
}

std::shared_ptr<const ExactTable> ExactIndex::build(const PagedColumn::View& values, RowRange range) {
  TUTELA_CHECK(range.end <= values.size());
  auto table = std::make_shared<ExactTable>(range.first, range.rows());
  // Hashes first, so that the places of the next rows are on their way while one is written.
  constexpr std::size_t kBatch = 32;
  std::array<std::uint64_t, kBatch> hashes{};
  for (std::size_t row = range.first; row < range.end; row += kBatch) {
    const std::size_t count = std::min(kBatch, range.end - row);
    for (std::size_t place = 0; place < count; ++place) {
      hashes[place] = hash_value(values.value(row + place));
      table->prefetch(hashes[place]);
    }
    for (std::size_t place = 0; place < count; ++place) table->insert(row + place, hashes[place]);
  }
  return table;
}

void ExactIndex::replace(std::shared_ptr<const ExactTable> table) {
  const RowRange range = table->range();
  auto& segments = view_.segments_;
  std::erase_if(segments, [&](const auto& segment) { return segment->range().first >= range.first; });
  TUTELA_CHECK(view_.covered() == range.first);
  segments.push_back(std::move(table));
  std::erase_if(view_.tail_, [&](const auto& tail) { return tail->range().end <= range.end; });
}

}  // namespace tutela::match_engine
