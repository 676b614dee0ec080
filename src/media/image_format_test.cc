#include "media/image_format.h"

#include <gtest/gtest.h>

namespace tutela::media {
namespace {

TEST(ImageFormat, WordsRoundTrip) {
  for (std::uint8_t number = 1; number <= kImageFormats; ++number) {
    const auto format = static_cast<ImageFormat>(number);
    EXPECT_EQ(parse_image_format(to_word(format)).value(), format);
    EXPECT_TRUE(content_type_allows(content_type_of(format), format));
  }
  for (const char* bad : {"", "JPEG", "bmp", "jpeg "})
    EXPECT_EQ(parse_image_format(bad).error().reason, Reason("media.unknown_format"));
}

TEST(ImageFormat, ClaimsAllowTheirFormatOnly) {
  EXPECT_TRUE(content_type_allows("image/jpeg", ImageFormat::jpeg));
  EXPECT_TRUE(content_type_allows("Image/JPEG ; q=1", ImageFormat::jpeg));
  EXPECT_TRUE(content_type_allows("", ImageFormat::png));
  EXPECT_TRUE(content_type_allows("application/octet-stream", ImageFormat::pnm));
  EXPECT_TRUE(content_type_allows("image/x-portable-pixmap", ImageFormat::pnm));
  EXPECT_TRUE(content_type_allows("image/heif", ImageFormat::heic));
  EXPECT_TRUE(content_type_allows("image/heif", ImageFormat::avif));
  EXPECT_TRUE(content_type_allows("image/heic-sequence", ImageFormat::heic));
  EXPECT_FALSE(content_type_allows("image/avif", ImageFormat::heic));
  EXPECT_FALSE(content_type_allows("image/gif-sequence", ImageFormat::gif));
  EXPECT_FALSE(content_type_allows("image/png", ImageFormat::jpeg));
  EXPECT_FALSE(content_type_allows("image/jpeg", ImageFormat::png));
  EXPECT_FALSE(content_type_allows("text/html", ImageFormat::png));
  EXPECT_FALSE(content_type_allows("image/", ImageFormat::png));
}

}  // namespace
}  // namespace tutela::media
