#include "fingerprint/drawn_picture.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/check.h"

namespace tutela::fingerprint {
namespace {

std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27) * 0x94D049BB133111EBU;
  return x ^ x >> 31;
}

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : next_(seed * 0x100000001B3U) {}
  std::uint64_t up_to(std::uint64_t n) { return mix(next_++) % n; }

 private:
  std::uint64_t next_;
};

struct Shape {
  std::uint64_t kind, center_x, center_y, radius_x, radius_y;
  std::array<std::uint64_t, 3> color;
  std::uint64_t alpha;

  Shape(Draws& draws, std::uint64_t width, std::uint64_t height)
      : kind(draws.up_to(2)),
        center_x(draws.up_to(width)),
        center_y(draws.up_to(height)),
        radius_x(1 + draws.up_to(width / 2 + 1)),
        radius_y(1 + draws.up_to(height / 2 + 1)),
        color{draws.up_to(256), draws.up_to(256), draws.up_to(256)},
        alpha(64 + draws.up_to(192)) {}

  bool contains(std::uint64_t x, std::uint64_t y) const {
    const std::uint64_t dx = x > center_x ? x - center_x : center_x - x;
    const std::uint64_t dy = y > center_y ? y - center_y : center_y - y;
    if (kind == 0) return dx <= radius_x && dy <= radius_y;
    const std::uint64_t rx2 = radius_x * radius_x;
    const std::uint64_t ry2 = radius_y * radius_y;
    return dx * dx * ry2 + dy * dy * rx2 <= rx2 * ry2;
  }
};

}  // namespace

DrawnPicture::DrawnPicture(const DrawingRecipe& recipe) : width_(recipe.width), height_(recipe.height) {
  TUTELA_CHECK(width_ >= 1 && width_ <= 16384 && height_ >= 1 && height_ <= 16384 && recipe.noise <= 255);
  Draws draws(recipe.seed);
  rgb_.resize(std::size_t{3} * width_ * height_);

  std::array<std::uint64_t, 3> slope_x, slope_y, start;
  for (std::size_t c = 0; c < 3; ++c) {
    slope_x[c] = draws.up_to(256);
    slope_y[c] = draws.up_to(256);
    start[c] = draws.up_to(256);
  }
  for (std::uint64_t y = 0; y < height_; ++y)
    for (std::uint64_t x = 0; x < width_; ++x)
      for (std::size_t c = 0; c < 3; ++c)
        rgb_[(y * width_ + x) * 3 + c] =
            static_cast<std::uint8_t>((slope_x[c] * x / width_ + slope_y[c] * y / height_ + start[c]) / 3);

  for (std::uint32_t i = 0; i < recipe.shapes; ++i) {
    const Shape shape(draws, width_, height_);
    const auto low = [](std::uint64_t center, std::uint64_t radius) { return center > radius ? center - radius : 0; };
    const std::uint64_t bottom = std::min<std::uint64_t>(height_ - 1, shape.center_y + shape.radius_y);
    const std::uint64_t right = std::min<std::uint64_t>(width_ - 1, shape.center_x + shape.radius_x);
    for (std::uint64_t y = low(shape.center_y, shape.radius_y); y <= bottom; ++y) {
      for (std::uint64_t x = low(shape.center_x, shape.radius_x); x <= right; ++x) {
        if (!shape.contains(x, y)) continue;
        for (std::size_t c = 0; c < 3; ++c) {
          std::uint8_t& p = rgb_[(y * width_ + x) * 3 + c];
          p = static_cast<std::uint8_t>((p * (255 - shape.alpha) + shape.color[c] * shape.alpha) / 255);
        }
      }
    }
  }

  if (recipe.noise == 0) return;
  const std::int64_t noise = recipe.noise;
  for (std::uint64_t i = 0; i < rgb_.size(); ++i) {
    const auto change = static_cast<std::int64_t>(mix(recipe.seed ^ (std::uint64_t{0xA5A5} << 32) ^ i) %
                                                  static_cast<std::uint64_t>(2 * noise + 1));
    rgb_[i] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(rgb_[i] + change - noise, 0, 255));
  }
}

Bytes DrawnPicture::to_pnm() const {
  Bytes out = to_bytes(fmt::format("P6\n{} {}\n255\n", width_, height_));
  append_bytes(out, rgb_);
  return out;
}

}  // namespace tutela::fingerprint
