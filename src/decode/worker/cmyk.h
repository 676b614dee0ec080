#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace tutela::decode {

// What the largest value of a channel says: all of the ink, or (as Adobe writes JPEG) all of the light.
enum class InkScale : std::uint8_t { ink, light };

// Four channels a pixel to red, green, blue and a byte that is left alone: each ink lets its share of the light through.
inline void cmyk_to_rgbx(BytesView cmyk, InkScale scale, std::span<std::uint8_t> rgbx) {
  for (std::size_t i = 0; i + 4 <= cmyk.size(); i += 4) {
    const auto light = [&](std::size_t channel) {
      return scale == InkScale::light ? std::uint32_t{cmyk[i + channel]} : 255U - cmyk[i + channel];
    };
    for (std::size_t c = 0; c < 3; ++c) rgbx[i + c] = static_cast<std::uint8_t>((light(c) * light(3) + 127) / 255);
  }
}

}  // namespace tutela::decode
