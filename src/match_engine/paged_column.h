#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/large_array.h"
#include "match/code_pages.h"

namespace tutela::match_engine {

// Values of one width by row number. Rows are only ever added, by one writer; their places never move, so that readers keep what
// they hold while it grows.
class PagedColumn {
  using Page = LargeArray<std::uint8_t>;
  using Pages = std::vector<std::shared_ptr<Page>>;

 public:
  // The first size() rows as they were at one moment. Cheap to copy; keeps its pages alive.
  class View {
   public:
    View() = default;
    std::size_t size() const { return size_; }
    std::size_t width() const { return width_; }
    // Writable, for values that change in place through std::atomic_ref.
    std::uint8_t* place(std::size_t row) const {
      return (*pages_)[row / match::kRowsPerPage]->data() + row % match::kRowsPerPage * width_;
    }
    BytesView value(std::size_t row) const { return {place(row), width_}; }
    std::uint32_t number(std::size_t row) const {
      std::uint32_t number = 0;
      std::memcpy(&number, place(row), sizeof number);
      return number;
    }
    std::size_t bytes() const { return pages_->size() * match::kRowsPerPage * width_; }

   private:
    friend class PagedColumn;
    std::shared_ptr<const Pages> pages_ = std::make_shared<const Pages>();
    std::size_t size_ = 0;
    std::size_t width_ = 1;
  };

  explicit PagedColumn(std::size_t width) { view_.width_ = width; }
  std::size_t size() const { return view_.size_; }
  const View& view() const { return view_; }
  // `value` is as wide as the column. Cost: O(1), and a list of all pages once a page.
  void append(BytesView value) {
    if (view_.size_ % match::kRowsPerPage == 0) {
      auto pages = std::make_shared<Pages>(*view_.pages_);
      pages->push_back(std::make_shared<Page>(match::kRowsPerPage * view_.width_));
      view_.pages_ = std::move(pages);
    }
    std::memcpy(view_.place(view_.size_), value.data(), view_.width_);
    ++view_.size_;
  }
  void append_number(std::uint32_t number) { append({reinterpret_cast<const std::uint8_t*>(&number), sizeof number}); }

 private:
  View view_;
};

}  // namespace tutela::match_engine
