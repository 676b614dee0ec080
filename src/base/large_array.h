#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace tutela {

// A fixed number of zeroed values in memory of their own, on huge pages where the system grants them: tables of hundreds of
// megabytes that are read at random places cost a page walk less a read. For small arrays use std::vector.
template <class T>
class LargeArray {
  static_assert(std::is_trivial_v<T>);

 public:
  LargeArray() = default;
  // The program ends when there is no memory, as with new.
  explicit LargeArray(std::size_t size) : size_(size) {
    if (size == 0) return;
    void* place = ::mmap(nullptr, mapped_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TUTELA_CHECK(place != MAP_FAILED);
    // Advice: a refusal changes the speed only. Fingerprints do not belong into a core dump.
    ::madvise(place, mapped_bytes(), MADV_HUGEPAGE);
    ::madvise(place, mapped_bytes(), MADV_DONTDUMP);
    values_ = static_cast<T*>(place);
  }
  ~LargeArray() {
    if (values_ != nullptr) ::munmap(values_, mapped_bytes());
  }
  LargeArray(LargeArray&& other) noexcept
      : values_(std::exchange(other.values_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  LargeArray& operator=(LargeArray&& other) noexcept {
    std::swap(values_, other.values_);
    std::swap(size_, other.size_);
    return *this;
  }

  // When it is written: asks once more for huge pages, since what was written while the system had none at hand lies on small
  // ones, and would for minutes. A refusal changes the speed only. Cost: copies what lies on small ones.
  void settle() {
    if (values_ != nullptr) ::madvise(values_, mapped_bytes(), kCollapse);
  }

  T* data() { return values_; }
  const T* data() const { return values_; }
  T& operator[](std::size_t index) { return values_[index]; }
  const T& operator[](std::size_t index) const { return values_[index]; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return size_ * sizeof(T); }
  std::span<const T> span() const { return {values_, size_}; }

 private:
  // MADV_COLLAPSE, of Linux 6.1; glibc 2.36 has no name for it.
  static constexpr int kCollapse = 25;

  std::size_t mapped_bytes() const { return (bytes() + 4095) / 4096 * 4096; }

  T* values_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tutela
