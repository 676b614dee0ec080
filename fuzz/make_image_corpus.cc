// Writes the seeds of the fuzz targets decode_* (of decode_media: what is rare) into the folder it is given: one drawing, by each
// library's own encoder.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "decode/worker/test_encoders.h"
#include "decode/worker/test_exif.h"
#include "decode/worker/test_pictures.h"
#include "fingerprint/drawn_picture.h"

namespace {

using tutela::Bytes;
namespace test = tutela::decode::test;

void write(const std::filesystem::path& folder, const std::string& name, const Bytes& bytes) {
  std::filesystem::create_directories((folder / name).parent_path());
  std::ofstream file(folder / name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_image_corpus FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const tutela::fingerprint::DrawnPicture drawn({.seed = 11, .width = 24, .height = 16, .shapes = 3, .noise = 2});
  const auto picture = drawn.view();
  const Bytes exif = test::some_exif({.orientation = 6});

  const std::string media = "decode_media/";
  Bytes deep, inks, few;
  for (std::size_t i = 0; i < drawn.rgb().size(); ++i) {
    deep.insert(deep.end(), {drawn.rgb()[i], static_cast<std::uint8_t>(i)});
    inks.push_back(drawn.rgb()[i]);
    if (i % 3 == 2) {
      inks.push_back(static_cast<std::uint8_t>(i));
      few.push_back(drawn.rgb()[i]);
    }
  }
  write(folder, media + "deep.png", test::to_png(deep, 24, 16, {.bits = 16}));
  write(folder, media + "deep_interlaced.png", test::to_png(deep, 24, 16, {.bits = 16, .interlaced = true}));
  for (const int bits : {1, 2, 4}) {
    Bytes indices = few, palette;
    for (auto& index : indices) index = static_cast<std::uint8_t>(index >> (8 - bits));
    for (int color = 0; color < 3 << bits; ++color) palette.push_back(static_cast<std::uint8_t>(color * 83));
    const std::string name = media + "palette_" + std::to_string(bits);
    write(folder, name + ".png",
          test::to_png(indices, 24, 16,
                       {.bits = bits, .color = PNG_COLOR_TYPE_PALETTE, .palette = palette, .palette_alpha = {0, 99}}));
    write(folder, media + "grey_" + std::to_string(bits) + ".png",
          test::to_png(indices, 24, 16,
                       {.bits = bits, .color = PNG_COLOR_TYPE_GRAY, .transparent_grey = 1, .interlaced = bits == 2}));
  }
  write(folder, media + "cmyk.jpg", test::to_cmyk_jpeg(inks, 24, 16, test::FourChannels::plain));
  write(folder, media + "cmyk_adobe.jpg", test::to_cmyk_jpeg(inks, 24, 16, test::FourChannels::adobe));
  write(folder, media + "ycck.jpg", test::to_cmyk_jpeg(inks, 24, 16, test::FourChannels::adobe_ycck, {.progressive = true}));

  const Bytes still = test::to_webp(picture);
  write(folder, "decode_webp/lossless.webp", still);
  write(folder, "decode_webp/lossy_alpha.webp", test::to_webp(picture, {.lossless = false, .alpha = test::striped}));
  write(folder, "decode_webp/exif.webp", test::to_webp_with_exif(test::to_webp(picture, {.lossless = false}), exif));
  write(folder, "decode_webp/animated.webp", test::to_animated_webp({{still, 2, 2}, {still, 0, 0}}, 30, 20));

  Bytes indices;
  for (std::size_t i = 0; i < drawn.rgb().size(); i += 3) indices.push_back(drawn.rgb()[i] >> 6);
  const Bytes palette = {0, 0, 0, 250, 20, 20, 20, 250, 20, 240, 240, 250};
  const test::GifFrame frame = {.indices = indices, .left = 1, .top = 1, .width = 24, .height = 16, .transparent = 2};
  test::GifFrame interlaced = frame;
  interlaced.interlaced = true;
  write(folder, "decode_gif/plain.gif", test::to_gif(26, 18, palette, {frame}));
  write(folder, "decode_gif/animated.gif", test::to_gif(26, 18, palette, {interlaced, frame}));

  for (const std::uint16_t compression :
       std::initializer_list<std::uint16_t>{COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS})
    write(folder, "decode_tiff/rgb_" + std::to_string(compression) + ".tif",
          test::to_tiff(picture, {.compression = compression}));
  write(folder, "decode_tiff/tiles.tif",
        test::to_tiff(picture, {.compression = COMPRESSION_LZW, .tile = 16, .big_endian = true}));
  write(folder, "decode_tiff/pages.tif", test::to_tiff(picture, {.make = "Invented", .pages = 2, .big = true}));
  write(folder, "decode_tiff/jpeg.tif",
        test::to_tiff(picture, {.photometric = PHOTOMETRIC_YCBCR, .compression = COMPRESSION_JPEG}));
  write(folder, "decode_tiff/palette.tif",
        test::to_tiff(indices, 24, 16, {.samples = 1, .photometric = PHOTOMETRIC_PALETTE, .palette = palette}));
  write(folder, "decode_tiff/deep.tif", test::to_tiff(Bytes(std::size_t{6} * 24 * 16, 77), 24, 16, {.bits = 16}));
  write(folder, "decode_tiff/planes.tif", test::to_tiff(drawn.rgb(), 24, 16, {.separate = true}));
  write(folder, "decode_tiff/cmyk.tif",
        test::to_tiff(Bytes(std::size_t{4} * 24 * 16, 99), 24, 16, {.samples = 4, .photometric = PHOTOMETRIC_SEPARATED}));
  for (const std::uint16_t compression :
       std::initializer_list<std::uint16_t>{COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4})
    write(folder, "decode_tiff/fax_" + std::to_string(compression) + ".tif",
          test::to_tiff(indices, 24, 16,
                        {.bits = 1, .samples = 1, .photometric = PHOTOMETRIC_MINISWHITE, .compression = compression}));

  for (const auto& [name, format] : {std::pair{"heic", heif_compression_HEVC}, std::pair{"avif", heif_compression_AV1}}) {
    const std::string base = std::string("decode_") + name + "/";
    write(folder, base + "lossless." + name, test::to_heif(picture, {.format = format}));
    write(folder, base + "lossy." + name, test::to_heif(picture, {.format = format, .quality = 40}));
    write(folder, base + "grey." + name, test::to_heif(picture, {.format = format, .quality = 40, .grey = true}));
    write(folder, base + "alpha." + name, test::to_heif(picture, {.format = format, .quality = 40, .alpha = true}));
    write(folder, base + "turned." + name,
          test::to_heif(
              picture,
              {.format = format, .quality = 40, .orientation = heif_orientation_rotate_90_cw, .exif = exif, .pictures = 2}));
  }
  // A picture that is no multiple of the coding blocks is wrapped into a grid.
  const tutela::fingerprint::DrawnPicture odd({.seed = 12, .width = 19, .height = 13, .shapes = 3, .noise = 2});
  tutela::Bytes grid = test::to_heif(odd.view(), {.quality = 40});
  write(folder, "decode_heic/grid.heic", grid);
  // The same made of itself: behind the type of the reference, its own number, how many, and the first, of two bytes each.
  const std::size_t own = tutela::as_text(grid).find("dimg") + 4;
  grid[own + 4] = grid[own];
  grid[own + 5] = grid[own + 1];
  write(folder, "decode_heic/circle.heic", grid);
  return 0;
}
