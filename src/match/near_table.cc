#include "match/near_table.h"

#include <bit>
#include <limits>

#include "base/check.h"

namespace tutela::match {

namespace {

// Calls `each` with the codes of rows [first_row, end_row) in order.
template <class Each>
void for_each_code(const CodesView& codes, std::size_t first_row, std::size_t end_row, Each each) {
  const CodesView view = codes.first(end_row);
  for (std::size_t page = first_row / kRowsPerPage; page < view.page_count(); ++page) {
    const std::size_t skipped = page == first_row / kRowsPerPage ? first_row % kRowsPerPage : 0;
    for (const Bits256& code : view.page(page).subspan(skipped)) each(code);
  }
}

}  // namespace

NearTable NearTable::build(const CodesView& codes, std::size_t first_row, std::size_t end_row, std::size_t bucket_word,
                           std::optional<std::size_t> beside_word) {
  TUTELA_CHECK(first_row <= end_row && end_row <= codes.size());
  const std::size_t rows = end_row - first_row;
  TUTELA_CHECK(end_row <= std::numeric_limits<std::uint32_t>::max());

  NearTable table;
  table.first_row_ = first_row;
  table.end_row_ = end_row;
  table.page_count_ = (rows + kRowsPerPage - 1) / kRowsPerPage;
  table.begins_ = LargeArray<std::uint32_t>(kBuckets + 1);
  for_each_code(codes, first_row, end_row,
                [&](const Bits256& code) { ++table.begins_[word_of(code, bucket_word) + std::size_t{1}]; });
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) table.begins_[bucket + 1] += table.begins_[bucket];

  // One write to a random place a row; what it holds is taken apart afterwards, from front to back.
  LargeArray<std::uint64_t> scattered(rows);
  std::vector<std::uint32_t> next(table.begins_.data(), table.begins_.data() + kBuckets);
  std::uint64_t row = 0;
  for_each_code(codes, first_row, end_row, [&](const Bits256& code) {
    scattered[next[word_of(code, bucket_word)]++] = row++ << 16 | (beside_word ? word_of(code, *beside_word) : 0U);
  });

  if (beside_word) table.beside_ = LargeArray<std::uint16_t>(rows + kBucketPadding);
  table.places_ = LargeArray<std::uint16_t>(rows);
  table.pages_ = LargeArray<std::uint64_t>((rows + kBuckets * table.page_count_ + 63) / 64 + 1);
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    const std::size_t bits_before = bucket * table.page_count_;
    for (std::size_t place = table.begins_[bucket]; place < table.begins_[bucket + 1]; ++place) {
      const std::uint64_t entry = scattered[place];
      if (beside_word) table.beside_[place] = static_cast<std::uint16_t>(entry);
      table.places_[place] = static_cast<std::uint16_t>(entry >> 16);
      const std::size_t bit = place + bits_before + (entry >> 32);
      table.pages_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }
  return table;
}

void NearTable::prefetch_rows(std::uint16_t bucket, std::uint32_t position) const {
  __builtin_prefetch(places_.data() + begins_[bucket] + position);
  // The position's bit stands as far behind the bucket's first one as its rows are evenly spread over the pages.
  constexpr std::size_t kBitsPerLine = 512;
  const std::size_t first = first_bit(bucket);
  const std::size_t behind = position + std::size_t{position} * page_count_ / size(bucket);
  for (std::size_t bit = first; bit <= first + behind; bit += kBitsPerLine) __builtin_prefetch(pages_.data() + bit / 64);
}

void NearTable::append_rows(std::uint16_t bucket, std::span<const std::uint32_t> positions,
                            std::vector<std::uint32_t>& rows) const {
  const std::size_t first = first_bit(bucket);
  std::size_t word_index = first / 64;
  std::uint64_t word = pages_[word_index] & ~std::uint64_t{0} << (first % 64);
  std::size_t ones = 0;  // before `word`
  for (const std::uint32_t position : positions) {
    auto in_word = static_cast<std::size_t>(std::popcount(word));
    while (ones + in_word <= position) {
      ones += in_word;
      word = pages_[++word_index];
      in_word = static_cast<std::size_t>(std::popcount(word));
    }
    // The one that has `position` ones before it.
    std::uint64_t rest = word;
    for (std::size_t skip = position - ones; skip > 0; --skip) rest &= rest - 1;
    const std::size_t bit = word_index * 64 + static_cast<std::size_t>(std::countr_zero(rest)) - first;
    const std::size_t page = bit - position;
    rows.push_back(static_cast<std::uint32_t>(first_row_ + page * kRowsPerPage + places_[begins_[bucket] + position]));
  }
}

}  // namespace tutela::match
