#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

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

inline Bytes to_jpeg(const media::RgbView& picture, const JpegOptions& options = {}) {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long length = 0;
  jpeg_mem_dest(&info, &memory, &length);
  info.image_width = picture.width;
  info.image_height = picture.height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  if (options.grey) jpeg_set_colorspace(&info, JCS_GRAYSCALE);
  jpeg_set_quality(&info, options.quality, TRUE);
  if (options.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  if (!options.exif.empty()) {
    Bytes block = to_bytes(std::string_view("Exif\0\0", 6));
    append_bytes(block, options.exif);
    jpeg_write_marker(&info, JPEG_APP0 + 1, block.data(), static_cast<unsigned>(block.size()));
  }
  for (std::uint32_t y = 0; y < picture.height; ++y) {
    auto* row = const_cast<JSAMPROW>(picture.row(y).data());
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  Bytes file(memory, memory + length);
  jpeg_destroy_compress(&info);
  std::free(memory);
  return file;
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
inline Bytes to_png(const media::RgbView& picture) { return to_png(picture.bytes, picture.width, picture.height); }

// A photograph from mate-backgrounds, which `./dev setup` installs. Its absence is a failure, never a reason to skip.
inline Bytes photograph(const std::string& name) {
  const std::string path = "/usr/share/backgrounds/mate/nature/" + name;
  std::ifstream file(path, std::ios::binary);
  if (!file) ADD_FAILURE() << path << " is missing: install Debian's package mate-backgrounds (./dev setup does)";
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

}  // namespace tutela::decode::test
