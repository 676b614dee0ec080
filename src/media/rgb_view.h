#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"

namespace tutela::media {

// A picture somewhere in memory: rows of `width` pixels, 3 bytes (red, green, blue) a pixel. Owns nothing.
struct RgbView {
  BytesView bytes;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::size_t stride_bytes = 0;  // from one row to the next, at least 3 * width

  BytesView row(std::uint32_t y) const {
    TUTELA_CHECK(y < height && stride_bytes >= std::size_t{3} * width);
    return bytes.subspan(y * stride_bytes, std::size_t{3} * width);
  }
};

}  // namespace tutela::media
