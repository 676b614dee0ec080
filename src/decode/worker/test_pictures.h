#pragma once

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <jpeglib.h>
#include <png.h>

#include "base/bytes.h"
#include "media/rgb_view.h"

// Files for tests: drawn pictures as JPEG and PNG, and the photographs of Debian's mate-backgrounds.
namespace tutela::decode::test {

struct JpegOptions {
  int quality = 90;
  bool progressive = false;
  bool grey = false;
  Bytes exif = {};  // a TIFF structure
};

// How a JPEG of four channels says what they are: not at all (values are ink), or with Adobe's marker (values are light, as they
// stand or turned into brightness, two differences and black).
enum class FourChannels : std::uint8_t { plain, adobe, adobe_ycck };

struct JpegPixels {
  BytesView bytes;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::size_t row_bytes = 0;
  std::size_t channels = 3;
};

inline Bytes to_jpeg(const JpegPixels& picture, const JpegOptions& options, FourChannels four = FourChannels::plain) {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long length = 0;
  jpeg_mem_dest(&info, &memory, &length);
  info.image_width = picture.width;
  info.image_height = picture.height;
  info.input_components = static_cast<int>(picture.channels);
  info.in_color_space = picture.channels == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&info);
  if (options.grey) jpeg_set_colorspace(&info, JCS_GRAYSCALE);
  if (picture.channels == 4) {
    jpeg_set_colorspace(&info, four == FourChannels::adobe_ycck ? JCS_YCCK : JCS_CMYK);
    info.write_Adobe_marker = four == FourChannels::plain ? FALSE : TRUE;
    // Every value where it was drawn.
    for (int channel = 0; channel < 4; ++channel)
      info.comp_info[channel].h_samp_factor = info.comp_info[channel].v_samp_factor = 1;
  }
  jpeg_set_quality(&info, options.quality, TRUE);
  if (options.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  if (!options.exif.empty()) {
    Bytes block = to_bytes(std::string_view("Exif\0\0", 6));
    append_bytes(block, options.exif);
    jpeg_write_marker(&info, JPEG_APP0 + 1, block.data(), static_cast<unsigned>(block.size()));
  }
  for (std::uint32_t y = 0; y < picture.height; ++y) {
    auto* row = const_cast<JSAMPROW>(picture.bytes.data() + y * picture.row_bytes);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  Bytes file(memory, memory + length);
  jpeg_destroy_compress(&info);
  std::free(memory);
  return file;
}

inline Bytes to_jpeg(const media::RgbView& picture, const JpegOptions& options = {}) {
  return to_jpeg(JpegPixels{picture.bytes, picture.width, picture.height, picture.stride_bytes}, options);
}
// `inks`: 4 bytes a pixel, written as they are.
inline Bytes to_cmyk_jpeg(BytesView inks, std::uint32_t width, std::uint32_t height, FourChannels four,
                          const JpegOptions& options = {}) {
  return to_jpeg(JpegPixels{inks, width, height, std::size_t{4} * width, 4}, options, four);
}

// `format` is one of png.h's simplified formats; `pixels` are laid out accordingly.
inline Bytes to_png(BytesView pixels, std::uint32_t width, std::uint32_t height, std::uint32_t format = PNG_FORMAT_RGB) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  png_alloc_size_t length = 0;
  png_image_write_to_memory(&image, nullptr, &length, 0, pixels.data(), 0, nullptr);
  Bytes file(length);
  png_image_write_to_memory(&image, file.data(), &length, 0, pixels.data(), 0, nullptr);
  file.resize(length);
  return file;
}

struct PngOptions {
  int bits = 8;  // a sample
  int color = PNG_COLOR_TYPE_RGB;
  Bytes palette = {};         // 3 bytes a colour
  Bytes palette_alpha = {};   // tRNS of a palette: a byte for each of the first colours
  int transparent_grey = -1;  // tRNS of a grey picture: the value that is not there; -1: none
  bool interlaced = false;
};

// `samples`: a byte each, or two with the higher first where there are 16 bits; below 8 bits libpng packs them.
inline Bytes to_png(BytesView samples, std::uint32_t width, std::uint32_t height, const PngOptions& options) {
  Bytes file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp to, png_bytep bytes, std::size_t length) {
        append_bytes(*static_cast<Bytes*>(png_get_io_ptr(to)), BytesView(bytes, length));
      },
      [](png_structp) {});
  // libpng would not write an index that the palette does not have.
  png_set_check_for_invalid_index(png, -1);
  png_set_IHDR(png, info, width, height, options.bits, options.color,
               options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> colors;
  for (std::size_t i = 0; i + 3 <= options.palette.size(); i += 3)
    colors.push_back({options.palette[i], options.palette[i + 1], options.palette[i + 2]});
  if (!colors.empty()) png_set_PLTE(png, info, colors.data(), static_cast<int>(colors.size()));
  png_color_16 value = {};
  value.gray = static_cast<png_uint_16>(std::max(options.transparent_grey, 0));
  if (!options.palette_alpha.empty())
    png_set_tRNS(png, info, options.palette_alpha.data(), static_cast<int>(options.palette_alpha.size()), nullptr);
  else if (options.transparent_grey >= 0)
    png_set_tRNS(png, info, nullptr, 0, &value);
  png_write_info(png, info);
  png_set_packing(png);
  std::vector<png_bytep> rows(height);
  for (std::uint32_t y = 0; y < height; ++y) rows[y] = const_cast<png_bytep>(samples.data() + y * (samples.size() / height));
  png_write_image(png, rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

inline Bytes to_png(const media::RgbView& picture) { return to_png(picture.bytes, picture.width, picture.height); }

// A photograph from mate-backgrounds, which `./dev setup` installs. Its absence is a failure, never a reason to skip.
inline Bytes photograph(const std::string& name) {
  const std::string path = "/usr/share/backgrounds/mate/nature/" + name;
  std::ifstream file(path, std::ios::binary);
  if (!file) ADD_FAILURE() << path << " is missing: install Debian's package mate-backgrounds (./dev setup does)";
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

}  // namespace tutela::decode::test
