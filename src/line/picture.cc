#include "line/picture.h"

#include <png.h>

#include <algorithm>

#include "base/check.h"
#include "line/viewer_mark.h"

namespace tutela::line {
namespace {

struct Pixels {
  Bytes rgb;
  std::uint32_t width;
  std::uint32_t height;
};

// `scale` times as wide and high, each pixel mixed of its four neighbours.
Pixels enlarged(const Pixels& from, std::uint32_t scale) {
  Pixels to{{}, from.width * scale, from.height * scale};
  to.rgb.resize(std::size_t{to.width} * to.height * 3);
  const auto at = [&](std::uint32_t x, std::uint32_t y, std::size_t channel) -> std::uint32_t {
    return from.rgb[(std::size_t{std::min(y, from.height - 1)} * from.width + std::min(x, from.width - 1)) * 3 + channel];
  };
  for (std::uint32_t y = 0; y < to.height; ++y)
    for (std::uint32_t x = 0; x < to.width; ++x) {
      const std::uint32_t left = x / scale, top = y / scale, right_part = x % scale, low_part = y % scale;
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const auto mixed = [&](std::uint32_t row) {
          return at(left, row, channel) * (scale - right_part) + at(left + 1, row, channel) * right_part;
        };
        to.rgb[(std::size_t{y} * to.width + x) * 3 + channel] =
            static_cast<std::uint8_t>((mixed(top) * (scale - low_part) + mixed(top + 1) * low_part) / (scale * scale));
      }
    }
  return to;
}

}  // namespace

Bytes encode_png(const Bytes& pixels, std::uint32_t width, std::uint32_t height, PixelFormat format) {
  const std::size_t channels = format == PixelFormat::rgb ? 3 : 1;
  TUTELA_CHECK(width > 0 && height > 0 && pixels.size() == std::size_t{width} * height * channels);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format == PixelFormat::rgb ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = 0;
  TUTELA_CHECK(png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr) != 0);
  Bytes out(size);
  TUTELA_CHECK(png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, nullptr) != 0);
  out.resize(size);
  return out;
}

Result<Bytes> draw_preview(decode::Decoder& decoder, BytesView file, review::ViewMode mode, std::string_view viewer) {
  const std::uint32_t side = mode == review::ViewMode::full   ? kFullSideMax
                             : mode == review::ViewMode::grey ? kGreySideMax
                                                              : kBlurredSideMax;
  TUTELA_ASSIGN(const auto decoded, decoder.decode(file, {.preview_side_px_max = side, .conventions = {}}));
  if (!decoded.preview) return fail(ErrorCode::internal, "decoder.no_preview");
  Pixels picture{decoded.preview->rgb.reveal(), decoded.preview->width, decoded.preview->height};
  if (mode == review::ViewMode::blurred) picture = enlarged(picture, kBlurredScale);
  Bytes& rgb = picture.rgb;
  mark_viewer(rgb, picture.width, picture.height, viewer);
  if (mode == review::ViewMode::full) return encode_png(rgb, picture.width, picture.height, PixelFormat::rgb);
  Bytes grey(rgb.size() / 3);
  for (std::size_t i = 0; i < grey.size(); ++i)
    grey[i] =
        static_cast<std::uint8_t>((rgb[3 * i] * 77 + rgb[3 * i + 1] * 150 + rgb[3 * i + 2] * 29) >> 8);  // ITU-R BT.601 luma
  return encode_png(grey, picture.width, picture.height, PixelFormat::grey);
}

}  // namespace tutela::line
