#pragma once

#include <cstddef>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace tutela::decode {

// A file descriptor, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int descriptor = -1) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Descriptor();

  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

// Memory to hand to another process (memfd). It is only ever read back by copying (pread), so nothing the other side does to it
// can raise a signal here; the seals keep it from growing or shrinking all the same.
//
// Both: unavailable, "decoder.no_memory".
Result<Descriptor> make_sealed_input(BytesView content);   // content and size are final
Result<Descriptor> make_sealed_output(std::size_t bytes);  // zero-filled; the size is final
Result<Bytes> copy_from(const Descriptor& memory, std::size_t offset, std::size_t bytes);

}  // namespace tutela::decode
