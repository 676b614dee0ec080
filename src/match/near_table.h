#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/large_array.h"
#include "match/bucket_kernel.h"
#include "match/code_pages.h"

namespace tutela::match {

// A 256-bit code is cut into 16 words of 16 bits; word w holds the bits 16 w to 16 w + 15.
inline constexpr std::size_t kWordsPerCode = 16;
inline std::uint16_t word_of(const Bits256& code, std::size_t word) {
  return static_cast<std::uint16_t>(code[word / 4] >> (16 * (word % 4)));
}

// The rows of a segment in 65,536 buckets by one word of their code, ascending by row within a bucket. Beside each row stands a
// second word of its code, or 12 bits of it, by which nearly all rows of a bucket are passed over without being looked at.
//
// A row's number, counted from the segment's first row, is kept in 18 bits (Elias 1974, Fano 1971): its lower 16 as they are; and
// for each bucket a row of bits with a one for every row and a zero wherever the upper part grows by one. 4.25 bytes a row in
// all.
class NearTable {
 public:
  static constexpr std::size_t kBuckets = 65'536;

  // How much of the word beside is kept.
  enum class Beside : std::uint8_t { whole, twelve_bits };

  struct Words {
    std::size_t bucket;
    std::size_t beside;
    Beside kept = Beside::whole;
  };
  // Rows [first_row, end_row). Needs 8 bytes a row more while it works.
  static NearTable build(const CodesView& codes, std::size_t first_row, std::size_t end_row, const Words& words);

  std::size_t end_row() const { return end_row_; }
  std::uint32_t begin(std::uint16_t bucket) const { return begins_[bucket]; }
  std::uint32_t size(std::uint16_t bucket) const { return begins_[std::size_t{bucket} + 1] - begins_[bucket]; }

  // Writes the positions in a bucket, ascending, of the rows whose word beside differs from `beside` in at most `bits_max` bits,
  // and with twelve bits of it some others; returns how many. `positions` has room for size(bucket) + kBucketPadding.
  std::size_t scan(std::uint16_t bucket, std::uint16_t beside, unsigned bits_max, const BucketKernel& kernel,
                   std::uint32_t* positions) const;
  // Asks the processor for the memory that scan() will read; of a long bucket for its beginning, since the processor goes on by
  // itself. Returns how many lines of memory.
  std::size_t prefetch(std::uint16_t bucket) const;
  // What prefetch() returns.
  std::size_t lines(std::uint16_t bucket) const;

  // Asks the processor for the memory that append_rows() will read.
  void prefetch_rows(std::uint16_t bucket, std::uint32_t position) const;
  // Appends the rows at these ascending positions of a bucket. Cost: one pass over the bucket's bits, 1 ns a 64 of them.
  void append_rows(std::uint16_t bucket, std::span<const std::uint32_t> positions, std::vector<std::uint32_t>& rows) const;

  std::size_t bytes() const {
    return begins_.bytes() + beside_.bytes() + beside_packed_.bytes() + places_.bytes() + pages_.bytes();
  }

 private:
  bool is_packed() const { return beside_packed_.size() != 0; }
  std::size_t first_bit(std::uint16_t bucket) const { return begins_[bucket] + bucket * page_count_; }

  std::size_t first_row_ = 0;
  std::size_t end_row_ = 0;
  std::size_t page_count_ = 0;
  LargeArray<std::uint32_t> begins_;        // one more than buckets
  LargeArray<std::uint16_t> beside_;        // whole words, and kBucketPadding values that mean nothing
  LargeArray<std::uint8_t> beside_packed_;  // or the lower 12 bits of each, two in three bytes
  LargeArray<std::uint16_t> places_;
  LargeArray<std::uint64_t> pages_;
};

}  // namespace tutela::match
