#include "media/image_format.h"

#include <gtest/gtest.h>

namespace tutela::media {
namespace {

TEST(ImageFormat, WordsRoundTrip) {
  for (const ImageFormat format : {ImageFormat::jpeg, ImageFormat::png, ImageFormat::pnm})
    EXPECT_EQ(parse_image_format(to_word(format)).value(), format);
  for (const char* bad : {"", "JPEG", "gif", "jpeg "})
    EXPECT_EQ(parse_image_format(bad).error().reason, Reason("media.unknown_format"));
}

TEST(ImageFormat, ClaimsAllowTheirFormatOnly) {
  EXPECT_TRUE(content_type_allows("image/jpeg", ImageFormat::jpeg));
  EXPECT_TRUE(content_type_allows("Image/JPEG ; q=1", ImageFormat::jpeg));
  EXPECT_TRUE(content_type_allows("", ImageFormat::png));
  EXPECT_TRUE(content_type_allows("application/octet-stream", ImageFormat::pnm));
  EXPECT_TRUE(content_type_allows("image/x-portable-pixmap", ImageFormat::pnm));
  EXPECT_FALSE(content_type_allows("image/png", ImageFormat::jpeg));
  EXPECT_FALSE(content_type_allows("image/jpeg", ImageFormat::png));
  EXPECT_FALSE(content_type_allows("text/html", ImageFormat::png));
  EXPECT_FALSE(content_type_allows("image/", ImageFormat::png));
}

}  // namespace
}  // namespace tutela::media
