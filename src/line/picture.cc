#include "line/picture.h"

#include <png.h>

#include "base/check.h"
#include "line/viewer_mark.h"

namespace tutela::line {

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
  const auto& preview = *decoded.preview;
  Bytes rgb = preview.rgb.reveal();
  if (mode != review::ViewMode::blurred) mark_viewer(rgb, preview.width, preview.height, viewer);
  if (mode == review::ViewMode::full) return encode_png(rgb, preview.width, preview.height, PixelFormat::rgb);
  Bytes grey(rgb.size() / 3);
  for (std::size_t i = 0; i < grey.size(); ++i)
    grey[i] =
        static_cast<std::uint8_t>((rgb[3 * i] * 77 + rgb[3 * i + 1] * 150 + rgb[3 * i + 2] * 29) >> 8);  // ITU-R BT.601 luma
  return encode_png(grey, preview.width, preview.height, PixelFormat::grey);
}

}  // namespace tutela::line
