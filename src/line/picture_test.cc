#include "line/picture.h"

#include <gtest/gtest.h>
#include <png.h>

#include <algorithm>

#include "fingerprint/drawn_picture.h"

namespace tutela::line {
namespace {

// Answers with a picture of the size that was asked for: red, so that grey can be told from colour.
class RedDecoder final : public decode::Decoder {
 public:
  Result<decode::Decoded> decode(BytesView, const decode::DecodeRequest& request) override {
    side_asked = request.preview_side_px_max;
    if (failure) return std::unexpected(*failure);
    Bytes rgb;
    const auto height = std::min(side_asked, 40U);
    for (std::uint32_t i = 0; i < side_asked * height; ++i) rgb.insert(rgb.end(), {200, 10, 10});
    decode::Decoded decoded;
    decoded.preview = decode::Preview{side_asked, height, Sensitive<Bytes>(std::move(rgb))};
    return decoded;
  }
  std::uint32_t side_asked = 0;
  std::optional<Error> failure;
};

struct Read {
  png_uint_32 width;
  png_uint_32 height;
  bool colour;
  Bytes rgb;
};
Read read_png(const Bytes& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, file.data(), file.size()), 0);
  const bool colour = (image.format & PNG_FORMAT_FLAG_COLOR) != 0;
  image.format = PNG_FORMAT_RGB;
  Bytes rgb(PNG_IMAGE_SIZE(image));
  EXPECT_NE(png_image_finish_read(&image, nullptr, rgb.data(), 0, nullptr), 0);
  return {image.width, image.height, colour, rgb};
}

TEST(Picture, AnEncodedPictureIsThePixels) {
  const fingerprint::DrawnPicture picture({.seed = 5, .width = 33, .height = 17, .shapes = 6});
  const auto read = read_png(encode_png(picture.rgb(), 33, 17, PixelFormat::rgb));
  EXPECT_EQ(read.width, 33U);
  EXPECT_EQ(read.height, 17U);
  EXPECT_EQ(read.rgb, picture.rgb());
  EXPECT_FALSE(read_png(encode_png(Bytes(6, 128), 3, 2, PixelFormat::grey)).colour);
}

TEST(Picture, EachModeShowsNoMoreThanItsSize) {
  RedDecoder decoder;
  const std::array expected{std::tuple(review::ViewMode::blurred, kBlurredSideMax, false),
                            std::tuple(review::ViewMode::grey, kGreySideMax, false),
                            std::tuple(review::ViewMode::full, kFullSideMax, true)};
  for (const auto& [mode, side, colour] : expected) {
    const auto file = draw_preview(decoder, {}, mode, "");
    ASSERT_TRUE(file);
    EXPECT_EQ(decoder.side_asked, side);
    const auto read = read_png(*file);
    EXPECT_LE(read.width, mode == review::ViewMode::blurred ? side * kBlurredScale : side);
    EXPECT_EQ(read.colour, colour) << review::to_word(mode);
    if (!colour) {
      EXPECT_EQ(read.rgb[0], (200 * 77 + 10 * 150 + 10 * 29) >> 8);
    }
  }
}

TEST(Picture, EveryModeBearsTheMarkOfItsViewer) {
  RedDecoder decoder;
  for (const auto mode : {review::ViewMode::blurred, review::ViewMode::grey, review::ViewMode::full}) {
    const auto of = [&](std::string_view viewer) { return read_png(*draw_preview(decoder, {}, mode, viewer)).rgb; };
    const auto bare = of("");
    const auto one = of("m-3f2a");
    EXPECT_NE(one, bare) << review::to_word(mode);
    EXPECT_NE(one, of("m-77c1")) << review::to_word(mode) << ": two viewers cannot be told apart";
    EXPECT_EQ(one, of("m-3f2a"));
  }
}

// Enlarging adds nothing: between two pixels lies only what is between their values.
TEST(Picture, ABlurredPictureIsTheSixteenPixelsDrawnSmoothly) {
  RedDecoder decoder;
  const auto read = read_png(*draw_preview(decoder, {}, review::ViewMode::blurred, ""));
  EXPECT_EQ(read.width % kBlurredScale, 0U);
  for (const auto value : read.rgb) ASSERT_EQ(value, (200 * 77 + 10 * 150 + 10 * 29) >> 8);
}

TEST(Picture, WhatTheDecoderRefusesIsRefused) {
  RedDecoder decoder;
  decoder.failure = Error{ErrorCode::unavailable, "decoder.died"};
  EXPECT_EQ(draw_preview(decoder, {}, review::ViewMode::full, "").error().reason, Reason("decoder.died"));
}

}  // namespace
}  // namespace tutela::line
