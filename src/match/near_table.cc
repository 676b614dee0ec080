#include "match/near_table.h"

#include <algorithm>
#include <array>
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

constexpr unsigned kTwelveBits = 0xFFF;
constexpr std::size_t kBytesPerLine = 64;
constexpr std::size_t kLinesAskedForMax = 16;

// Value `index` stands in the 12 bits from bit 12 * index on.
unsigned read_packed(const std::uint8_t* values, std::size_t index) {
  const std::size_t byte = index + index / 2;
  const unsigned two = values[byte] | static_cast<unsigned>(values[byte + 1]) << 8U;
  return two >> (4 * (index % 2)) & kTwelveBits;
}

void write_packed(std::uint8_t* values, std::size_t index, unsigned value) {
  const std::size_t byte = index + index / 2;
  const unsigned bits = (value & kTwelveBits) << (4 * (index % 2));
  values[byte] |= static_cast<std::uint8_t>(bits);
  values[byte + 1] |= static_cast<std::uint8_t>(bits >> 8U);
}

// How many bits of 12 are set; small enough to stay in the nearest cache.
const std::array<std::uint8_t, kTwelveBits + 1> kOnes = [] {
  std::array<std::uint8_t, kTwelveBits + 1> ones{};
  for (unsigned value = 0; value <= kTwelveBits; ++value) ones[value] = static_cast<std::uint8_t>(std::popcount(value));
  return ones;
}();

}  // namespace

NearTable NearTable::build(const CodesView& codes, std::size_t first_row, std::size_t end_row, const Words& words) {
  TUTELA_CHECK(first_row <= end_row && end_row <= codes.size());
  const std::size_t rows = end_row - first_row;
  TUTELA_CHECK(end_row <= std::numeric_limits<std::uint32_t>::max());

  NearTable table;
  table.first_row_ = first_row;
  table.end_row_ = end_row;
  table.page_count_ = (rows + kRowsPerPage - 1) / kRowsPerPage;
  table.begins_ = LargeArray<std::uint32_t>(kBuckets + 1);
  for_each_code(codes, first_row, end_row,
                [&](const Bits256& code) { ++table.begins_[word_of(code, words.bucket) + std::size_t{1}]; });
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) table.begins_[bucket + 1] += table.begins_[bucket];

  // One write to a random place a row; what it holds is taken apart afterwards, from front to back.
  LargeArray<std::uint64_t> scattered(rows);
  std::vector<std::uint32_t> next(table.begins_.data(), table.begins_.data() + kBuckets);
  std::uint64_t row = 0;
  for_each_code(codes, first_row, end_row, [&](const Bits256& code) {
    scattered[next[word_of(code, words.bucket)]++] = row++ << 16 | word_of(code, words.beside);
  });

  const bool is_packed = words.kept == Beside::twelve_bits;
  if (is_packed)
    table.beside_packed_ = LargeArray<std::uint8_t>(rows + rows / 2 + 2);
  else
    table.beside_ = LargeArray<std::uint16_t>(rows + kBucketPadding);
  table.places_ = LargeArray<std::uint16_t>(rows);
  table.pages_ = LargeArray<std::uint64_t>((rows + kBuckets * table.page_count_ + 63) / 64 + 1);
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    const std::size_t bits_before = bucket * table.page_count_;
    for (std::size_t place = table.begins_[bucket]; place < table.begins_[bucket + 1]; ++place) {
      const std::uint64_t entry = scattered[place];
      if (is_packed)
        write_packed(table.beside_packed_.data(), place, static_cast<std::uint16_t>(entry));
      else
        table.beside_[place] = static_cast<std::uint16_t>(entry);
      table.places_[place] = static_cast<std::uint16_t>(entry >> 16);
      const std::size_t bit = place + bits_before + (entry >> 32);
      table.pages_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }
  table.begins_.settle();
  table.beside_.settle();
  table.beside_packed_.settle();
  table.places_.settle();
  table.pages_.settle();
  return table;
}

std::size_t NearTable::scan(std::uint16_t bucket, std::uint16_t beside, unsigned bits_max, const BucketKernel& kernel,
                            std::uint32_t* positions) const {
  const std::size_t first = begins_[bucket];
  const std::uint32_t count = size(bucket);
  if (!is_packed()) return kernel.scan(beside_.data() + first, count, beside, bits_max, positions);
  std::size_t found = 0;
  for (std::uint32_t position = 0; position < count; ++position) {
    const unsigned differing = kOnes[read_packed(beside_packed_.data(), first + position) ^ (beside & kTwelveBits)];
    positions[found] = position;
    found += differing <= bits_max ? 1U : 0U;
  }
  return found;
}

std::size_t NearTable::lines(std::uint16_t bucket) const {
  const std::size_t bits = is_packed() ? 12 : 16;
  const std::size_t begin = begins_[bucket] * bits / 8 % kBytesPerLine;
  const std::size_t bytes = size(bucket) * bits / 8;
  return std::min((begin + bytes + kBytesPerLine - 1) / kBytesPerLine, kLinesAskedForMax);
}

std::size_t NearTable::prefetch(std::uint16_t bucket) const {
  const std::size_t count = lines(bucket);
  const std::size_t first = begins_[bucket];
  const std::uint8_t* from =
      is_packed() ? beside_packed_.data() + first * 3 / 2 : reinterpret_cast<const std::uint8_t*>(beside_.data() + first);
  for (std::size_t line = 0; line < count; ++line) __builtin_prefetch(from + line * kBytesPerLine, 0, 2);
  return count;
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
