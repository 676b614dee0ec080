#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "decode/decoder_broker.h"
#include "decode/worker/test_encoders.h"

// HEIC and AVIF files of some kilobytes that unfold to far more: through the real decoder process, with a clock that would end
// it.
namespace tutela::decode {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Decoder> open_patient_decoder() {
  auto decoder = open_decoder({.program = TUTELA_BINARY_DIR "/tutela-decoder", .time_max = 20s});
  if (!decoder) {
    ADD_FAILURE() << to_string(decoder.error()) << ": these tests need bubblewrap and seccomp";
    std::abort();
  }
  return *std::move(decoder);
}

void put(Bytes& file, std::size_t at, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) file.at(at + i) = static_cast<std::uint8_t>(value >> 8 * (bytes - 1 - i));
}

void add(Bytes& file, std::size_t at, std::uint32_t more) {
  const std::uint32_t value = std::uint32_t{file.at(at)} << 24 | std::uint32_t{file.at(at + 1)} << 16 |
                              std::uint32_t{file.at(at + 2)} << 8 | file.at(at + 3);
  put(file, at, value + more, 4);
}

struct Grid {
  std::uint32_t rows;
  std::uint32_t columns;
  std::uint32_t width;
  std::uint32_t height;
};

// The grid of one tile of 64 x 64 in the corpus as a grid that names this tile again and again (ISO/IEC 23008-12, 6.6.2.3).
Bytes grid_of_one_tile(const Grid& grid) {
  std::ifstream in(TUTELA_SOURCE_DIR "/fuzz/corpus/decode_heic/grid.heic", std::ios::binary);
  Bytes file(std::istreambuf_iterator<char>(in), {});
  const auto place_of = [&](std::string_view type) {
    const auto at = as_text(file).find(type);
    EXPECT_NE(at, std::string_view::npos) << type;
    return at;
  };
  const std::size_t data = place_of("idat") + 4;  // version, flags, rows - 1, columns - 1, width, height
  put(file, data + 2, grid.rows - 1, 1);
  put(file, data + 3, grid.columns - 1, 1);
  put(file, data + 4, grid.width, 2);
  put(file, data + 6, grid.height, 2);
  const std::size_t extent = as_text(file).rfind("ispe") + 8;  // of the grid: the second
  put(file, extent, grid.width, 4);
  put(file, extent + 4, grid.height, 4);
  const std::uint32_t tiles = grid.rows * grid.columns;
  const std::uint32_t more = 2 * (tiles - 1);
  const std::size_t references = place_of("dimg") + 4;  // from, count, the tile
  put(file, references + 2, tiles, 2);
  for (const std::string_view grown : {"meta", "iref", "dimg"}) add(file, place_of(grown) - 4, more);
  const std::size_t place = place_of("iloc") + 4;
  for (std::size_t at = place; at < place + 30; ++at)  // where the tile's bytes lie: behind all of this
    if (as_text(file).substr(at, 4) == std::string_view("\0\0\1\xD2", 4)) {
      add(file, at, more);
      break;
    }
  Bytes again;
  for (std::uint32_t tile = 1; tile < tiles; ++tile) again.insert(again.end(), {0, 1});
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(references + 6), again.begin(), again.end());
  return file;
}

std::string outcome(Decoder& decoder, const Bytes& file) {
  const auto decoded = decoder.decode(file, {});
  if (!decoded) return std::string(decoded.error().reason.text());
  return std::to_string(decoded->width) + " x " + std::to_string(decoded->height);
}

TEST(HeifBombs, OneTileNamedThousandsOfTimes) {
  const auto decoder = open_patient_decoder();
  EXPECT_EQ(outcome(*decoder, grid_of_one_tile({1, 1, 19, 13})), "19 x 13") << "as it lies in the corpus";
  EXPECT_EQ(outcome(*decoder, grid_of_one_tile({2, 3, 190, 120})), "190 x 120");
  // 15,625 times, to the most that is taken on.
  const Bytes large = grid_of_one_tile({125, 125, 8000, 8000});
  EXPECT_LT(large.size(), 33'000U);
  EXPECT_EQ(outcome(*decoder, large), "8000 x 8000");
  EXPECT_EQ(outcome(*decoder, grid_of_one_tile({255, 255, 16'320, 16'320})), "media.too_many_pixels");
  // 65,025 tiles for a picture of one.
  EXPECT_EQ(outcome(*decoder, grid_of_one_tile({255, 255, 19, 13})), "media.damaged");
  EXPECT_EQ(outcome(*decoder, grid_of_one_tile({1, 1, 19, 13})), "19 x 13") << "and the next one is answered";
}

TEST(HeifBombs, OneColourToTheMostThatIsTakenOn) {
  const auto decoder = open_patient_decoder();
  constexpr std::uint32_t side = 8000;
  const Bytes white(std::size_t{3} * side * side, 255);
  for (const auto format : {heif_compression_HEVC, heif_compression_AV1}) {
    const Bytes file = test::to_heif({white, side, side, std::size_t{3} * side}, {.format = format, .quality = 20, .grey = true});
    EXPECT_LT(file.size(), white.size() / 200) << format;
    EXPECT_EQ(outcome(*decoder, file), "8000 x 8000") << format;
  }
}

}  // namespace
}  // namespace tutela::decode
