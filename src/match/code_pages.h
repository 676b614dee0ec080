#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/large_array.h"
#include "match/hamming_kernel.h"

// The 256-bit codes that are searched, by row number. Rows are only ever added; a row's number never changes.
namespace tutela::match {

// A page has as many rows as 16 bits can name, and is one huge page of memory (65,536 x 32 bytes = 2 MiB).
inline constexpr std::size_t kRowsPerPage = 65'536;
using CodePage = LargeArray<Bits256>;

// The first size() rows as they were at one moment. Cheap to copy; keeps its pages alive. Any number of threads may read it while
// the CodePages that it came from grow.
class CodesView {
 public:
  CodesView() = default;
  std::size_t size() const { return size_; }
  const Bits256& operator[](std::size_t row) const { return (*pages_)[row / kRowsPerPage]->data()[row % kRowsPerPage]; }
  std::size_t page_count() const { return (size_ + kRowsPerPage - 1) / kRowsPerPage; }
  // The rows of that page, fewer than kRowsPerPage in the last one.
  std::span<const Bits256> page(std::size_t page) const;
  // The same, of fewer rows.
  CodesView first(std::size_t rows) const;

 private:
  friend class CodePages;
  using Pages = std::vector<std::shared_ptr<CodePage>>;
  std::shared_ptr<const Pages> pages_ = std::make_shared<const Pages>();
  std::size_t size_ = 0;
};

// One writer. What it appends is seen by views that are taken afterwards and handed to the readers with a release (a
// shared_ptr, a mutex, an atomic).
class CodePages {
 public:
  // Cost: O(1), and a list of all pages once a page.
  void append(const Bits256& code);
  std::size_t size() const { return view_.size(); }
  const CodesView& view() const { return view_; }

 private:
  CodesView view_;
};

// Every row within the distance, by ascending row from `first_row` on: the truth that every index must give (I4). Appends to
// `hits`. Cost: 1.3 to 2 ns a row.
void scan_codes(const CodesView& codes, std::size_t first_row, const Bits256& query, std::uint32_t distance_bits_max,
                std::vector<HammingHit>& hits, const HammingKernel& kernel = best_hamming_kernel());

}  // namespace tutela::match
