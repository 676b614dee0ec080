#include "line/viewer_mark.h"

#include <gtest/gtest.h>

#include <string>

namespace tutela::line {
namespace {

constexpr std::uint32_t kWidth = 200, kHeight = 120;

std::string line_of(const Bytes& rgb, std::uint32_t y, std::uint32_t from, std::uint32_t count) {
  std::string line;
  for (std::uint32_t x = from; x < from + count; ++x) line += rgb[(y * kWidth + x) * 3] == 100 ? '.' : '#';
  return line;
}

TEST(ViewerMark, WritesTheViewersNameInDots) {
  Bytes rgb(kWidth * kHeight * 3, 100);
  mark_viewer(rgb, kWidth, kHeight, "h1");
  EXPECT_EQ(line_of(rgb, 0, 0, 16), "##..##....##....");
  EXPECT_EQ(line_of(rgb, 2, 0, 16), "##..##..####....");
  EXPECT_EQ(line_of(rgb, 4, 0, 16), "######....##....");
  EXPECT_EQ(line_of(rgb, 8, 0, 16), "##..##..######..");
  EXPECT_EQ(line_of(rgb, 20, 0, 16), "................");
}

TEST(ViewerMark, EveryPartOfThePictureIsMarkedAndTheRestIsUnchanged) {
  Bytes rgb(kWidth * kHeight * 3, 100);
  mark_viewer(rgb, kWidth, kHeight, "m-3f2a");
  std::size_t changed = 0;
  for (std::uint32_t part = 0; part < kWidth; part += 100) {
    std::size_t here = 0;
    for (std::uint32_t y = 0; y < kHeight; ++y)
      for (std::uint32_t x = part; x < part + 100; ++x) here += rgb[(y * kWidth + x) * 3] != 100 ? 1 : 0;
    EXPECT_GT(here, 50U);
    changed += here;
  }
  EXPECT_LT(changed, kWidth * kHeight / 10);
}

TEST(ViewerMark, LightGetsDarkerAndDarkLighterWithoutOverflow) {
  for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{127}, std::uint8_t{128}, std::uint8_t{255}}) {
    Bytes rgb(kWidth * kHeight * 3, value);
    mark_viewer(rgb, kWidth, kHeight, "a");
    const auto marked = rgb[(0 * kWidth + 2) * 3];
    EXPECT_EQ(marked, value > 127 ? value - 40 : value + 40);
  }
}

TEST(ViewerMark, ATinyPictureStaysAsItIs) {
  Bytes rgb(3 * 4 * 4, 9);
  mark_viewer(rgb, 4, 4, "m-1");
  EXPECT_EQ(rgb, Bytes(3 * 4 * 4, 9));
}

}  // namespace
}  // namespace tutela::line
