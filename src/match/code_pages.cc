#include "match/code_pages.h"

#include <algorithm>

#include "base/check.h"

namespace tutela::match {

std::span<const Bits256> CodesView::page(std::size_t page) const {
  TUTELA_CHECK(page < page_count());
  return {(*pages_)[page]->data(), std::min(kRowsPerPage, size_ - page * kRowsPerPage)};
}

CodesView CodesView::first(std::size_t rows) const {
  TUTELA_CHECK(rows <= size_);
  CodesView view = *this;
  view.size_ = rows;
  return view;
}

void CodePages::append(const Bits256& code) {
  if (view_.size_ % kRowsPerPage == 0) {
    auto pages = std::make_shared<CodesView::Pages>(*view_.pages_);
    pages->push_back(std::make_shared<CodePage>(kRowsPerPage));
    view_.pages_ = std::move(pages);
  }
  // Readers of older views do not look at this row: it is beyond their size.
  (*view_.pages_->back())[view_.size_ % kRowsPerPage] = code;
  ++view_.size_;
}

void scan_codes(const CodesView& codes, std::size_t first_row, const Bits256& query, std::uint32_t distance_bits_max,
                std::vector<HammingHit>& hits, const HammingKernel& kernel) {
  TUTELA_CHECK(first_row <= codes.size());
  for (std::size_t page = first_row / kRowsPerPage; page < codes.page_count(); ++page) {
    const auto rows = codes.page(page);
    const std::size_t skipped = page == first_row / kRowsPerPage ? first_row % kRowsPerPage : 0;
    const auto number = static_cast<std::uint32_t>(page * kRowsPerPage + skipped);
    TUTELA_CHECK(kernel.scan(rows.subspan(skipped), number, query, distance_bits_max, hits) == kernel.name);
  }
}

}  // namespace tutela::match
