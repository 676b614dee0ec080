#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "media/rgb_view.h"

namespace tutela::fingerprint {

// A picture of coloured shapes over a gradient, drawn by integer arithmetic alone, so that every machine draws the same bytes
// (spec/vectors/README.md has the recipe). For vectors, tests and the demo.
struct DrawingRecipe {
  std::uint64_t seed = 0;
  std::uint32_t width = 0;   // 1..16384
  std::uint32_t height = 0;  // 1..16384
  std::uint32_t shapes = 0;
  std::uint32_t noise = 0;  // largest change of a byte, 0..255
};

class DrawnPicture {
 public:
  explicit DrawnPicture(const DrawingRecipe& recipe);

  media::RgbView view() const { return {rgb_, width_, height_, std::size_t{3} * width_}; }
  const Bytes& rgb() const { return rgb_; }
  // The picture as a PNM file (P6): what an upload of it can look like.
  Bytes to_pnm() const;

 private:
  std::uint32_t width_;
  std::uint32_t height_;
  Bytes rgb_;
};

}  // namespace tutela::fingerprint
