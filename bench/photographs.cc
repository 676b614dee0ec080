#include "photographs.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <jpeglib.h>

namespace tutela::bench {
namespace {

constexpr const char* kFolders[] = {"/usr/share/backgrounds/mate/nature", "/usr/share/backgrounds"};

struct Pixels {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Bytes rgb;
};

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

// libjpeg ends the program on a damaged file; these are Debian's own.
Pixels reduced(const Bytes& file, std::uint64_t pixels) {
  jpeg_decompress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, file.data(), static_cast<unsigned long>(file.size()));
  jpeg_read_header(&info, TRUE);
  const double whole = static_cast<double>(info.image_width) * info.image_height;
  const double eighths = std::round(8 * std::sqrt(static_cast<double>(pixels) / whole));
  info.scale_num = static_cast<unsigned>(std::clamp(eighths, 1.0, 8.0));
  info.scale_denom = 8;
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  Pixels result{info.output_width, info.output_height, Bytes(std::size_t{3} * info.output_width * info.output_height)};
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = result.rgb.data() + std::size_t{3} * info.output_width * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_destroy_decompress(&info);
  return result;
}

Bytes to_jpeg(const Pixels& pixels) {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long length = 0;
  jpeg_mem_dest(&info, &memory, &length);
  info.image_width = pixels.width;
  info.image_height = pixels.height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 90, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(pixels.rgb.data() + std::size_t{3} * pixels.width * info.next_scanline);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  Bytes file(memory, memory + length);
  jpeg_destroy_compress(&info);
  std::free(memory);
  return file;
}

}  // namespace

std::vector<Photograph> photographs_of_about(std::uint64_t pixels, const std::string& folder) {
  std::filesystem::create_directories(folder);
  std::vector<std::filesystem::path> sources;
  for (const char* from : kFolders) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(from, missing))
      if (entry.path().extension() == ".jpg") sources.push_back(entry.path());
  }
  std::sort(sources.begin(), sources.end());
  std::vector<Photograph> photographs;
  for (const auto& source : sources) {
    const Pixels picture = reduced(read_file(source), pixels);
    const double share = static_cast<double>(picture.width) * picture.height / static_cast<double>(pixels);
    if (share < 2.0 / 3 || share > 4.0 / 3) continue;
    Photograph photograph{.path = folder + "/" + source.filename().string(),
                          .file = to_jpeg(picture),
                          .width = picture.width,
                          .height = picture.height};
    std::ofstream(photograph.path, std::ios::binary) << as_text(photograph.file);
    photographs.push_back(std::move(photograph));
  }
  return photographs;
}

}  // namespace tutela::bench
