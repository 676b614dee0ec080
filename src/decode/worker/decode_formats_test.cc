#include <array>
#include <functional>

#include <gtest/gtest.h>

#include "base/random.h"
#include "decode/worker/decode_picture.h"
#include "decode/worker/test_encoders.h"
#include "decode/worker/test_exif.h"
#include "decode/worker/test_pictures.h"
#include "fingerprint/drawn_picture.h"
#include "fingerprint/pdq_hash.h"

// WebP, GIF, TIFF, HEIC and AVIF: the decoder's own function in this process. decoder_broker_test.cc sends the same kinds of file
// through the sandbox.
namespace tutela::decode {
namespace {

using fingerprint::DrawnPicture;
using fingerprint::PdqHash;
using media::ImageFormat;
using media::JobResult;
using media::JobStatus;
using media::Orientation;
using Shorts = std::initializer_list<std::uint16_t>;

// Decodes as the child process does, and checks that the server would believe the answer.
JobResult decode(BytesView file, Bytes* preview = nullptr) {
  media::JobStart job;
  job.preview_side_px_max = preview != nullptr ? limits::kPreviewSideMax : 0;
  job.output_bytes = media::output_bytes_for(job.preview_side_px_max);
  job.pixels_max = limits::kMediaPixelsMax;
  job.side_px_max = limits::kMediaSideMax;
  Bytes pixels(job.output_bytes - media::kPreviewOffsetBytes);
  const JobResult result = decode_picture(file, job, pixels);
  EXPECT_TRUE(media::parse_result(media::message_bytes(result), job)) << "the server would refuse this answer";
  if (preview != nullptr) {
    pixels.resize(std::size_t{3} * result.preview_width * result.preview_height);
    *preview = pixels;
  }
  return result;
}

// The pixels themselves: of a picture that is not larger than a preview may be.
Bytes pixels_of(BytesView file) {
  Bytes pixels;
  const JobResult result = decode(file, &pixels);
  EXPECT_EQ(result.status, JobStatus::decoded);
  return pixels;
}

DrawnPicture some_picture(std::uint32_t width = 203, std::uint32_t height = 151) {
  return DrawnPicture({.seed = 31, .width = width, .height = height, .shapes = 8, .noise = 6});
}

// A drawing in a few colours, as indices and palette.
struct Paletted {
  Bytes indices;
  Bytes palette;
  Bytes rgb;
};
Paletted some_paletted(std::size_t colors, std::uint32_t width, std::uint32_t height) {
  const DrawnPicture picture({.seed = 77, .width = width, .height = height, .shapes = 9, .noise = 0});
  Paletted made;
  for (std::size_t i = 0; i < colors; ++i)
    for (const std::size_t value : {i * 255 / (colors - 1), 255 - i * 200 / (colors - 1), i * 37 % 256})
      made.palette.push_back(static_cast<std::uint8_t>(value));
  for (std::size_t i = 0; i < picture.rgb().size(); i += 3) {
    const std::size_t index = picture.rgb()[i] * colors / 256;
    made.indices.push_back(static_cast<std::uint8_t>(index));
    for (std::size_t c = 0; c < 3; ++c) made.rgb.push_back(made.palette[3 * index + c]);
  }
  return made;
}

Bytes gif_of(const Paletted& made, int width, int height, bool interlaced = false) {
  return test::to_gif(width, height, made.palette,
                      {{.indices = made.indices, .width = width, .height = height, .interlaced = interlaced}});
}

struct Named {
  std::string name;
  ImageFormat format;
  Bytes file;
};

// The picture in every lossless coding of 8-bit colours that the five formats have.
std::vector<Named> lossless_files(const media::RgbView& picture) {
  std::vector<Named> files = {
      {"webp", ImageFormat::webp, test::to_webp(picture)},
      {"webp alpha", ImageFormat::webp, test::to_webp(picture, {.alpha = test::striped})},
      {"tiff", ImageFormat::tiff, test::to_tiff(picture)},
      {"tiff big-endian", ImageFormat::tiff, test::to_tiff(picture, {.big_endian = true})},
      {"BigTIFF", ImageFormat::tiff, test::to_tiff(picture, {.big = true})},
      {"tiff tiles", ImageFormat::tiff, test::to_tiff(picture, {.tile = 64})},
      {"tiff alpha", ImageFormat::tiff,
       test::to_tiff(test::with_alpha(picture.bytes, test::striped), picture.width, picture.height,
                     {.samples = 4, .compression = COMPRESSION_LZW, .extra = {EXTRASAMPLE_UNASSALPHA}})},
      {"heic", ImageFormat::heic, test::to_heif(picture)},
      {"avif", ImageFormat::avif, test::to_heif(picture, {.format = heif_compression_AV1})},
  };
  for (const std::uint16_t compression :
       Shorts{COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE, COMPRESSION_PACKBITS})
    files.push_back({"tiff compression " + std::to_string(compression), ImageFormat::tiff,
                     test::to_tiff(picture, {.compression = compression})});
  return files;
}

TEST(DecodeFormats, LosslessFilesHashAsThePngOfTheSamePicture) {
  const DrawnPicture picture = some_picture();
  const JobResult png = decode(test::to_png(picture.view()));
  for (const Named& named : lossless_files(picture.view())) {
    const JobResult result = decode(named.file);
    ASSERT_EQ(result.status, JobStatus::decoded) << named.name;
    EXPECT_EQ(result.format, static_cast<std::uint8_t>(named.format)) << named.name;
    EXPECT_EQ(result.width, 203U);
    EXPECT_EQ(result.height, 151U);
    EXPECT_EQ(result.pdq, png.pdq) << named.name;
    EXPECT_EQ(result.pdq_quality, png.pdq_quality) << named.name;
    EXPECT_EQ(result.pdq_nearest512, png.pdq_nearest512) << named.name;
    EXPECT_EQ(result.has_more_pictures, 0) << named.name;
    EXPECT_EQ(pixels_of(named.file), picture.rgb()) << named.name;
  }
}

TEST(DecodeFormats, AReducedPhotographHashesAlikeInEveryFormat) {
  Bytes rgb;
  const JobResult original = decode(test::photograph("Storm.jpg"), &rgb);
  ASSERT_EQ(original.status, JobStatus::decoded);
  const media::RgbView photograph{rgb, original.preview_width, original.preview_height, std::size_t{3} * original.preview_width};
  const JobResult png = decode(test::to_png(photograph));
  for (const Named& named : lossless_files(photograph)) EXPECT_EQ(decode(named.file).pdq, png.pdq) << named.name;
  const Named lossy[] = {
      {"webp", ImageFormat::webp, test::to_webp(photograph, {.lossless = false})},
      {"tiff", ImageFormat::tiff, test::to_tiff(photograph, {.photometric = PHOTOMETRIC_YCBCR, .compression = COMPRESSION_JPEG})},
      {"heic", ImageFormat::heic, test::to_heif(photograph, {.quality = 80})},
      {"avif", ImageFormat::avif, test::to_heif(photograph, {.format = heif_compression_AV1, .quality = 80})},
  };
  for (const Named& named : lossy) {
    const JobResult result = decode(named.file);
    ASSERT_EQ(result.status, JobStatus::decoded) << named.name;
    EXPECT_LE(hamming_distance_bits(PdqHash::from_bytes(result.pdq), PdqHash::from_bytes(png.pdq)), 10) << named.name;
  }
}

TEST(DecodeFormats, OnePixel) {
  const Bytes rgb = {200, 100, 50};
  const media::RgbView pixel{rgb, 1, 1, 3};
  for (const Named& named : lossless_files(pixel)) {
    EXPECT_EQ(pixels_of(named.file), rgb) << named.name;
  }
  const Bytes gif = test::to_gif(1, 1, Bytes{0, 0, 0, 200, 100, 50}, {{.indices = {1}, .width = 1, .height = 1}});
  EXPECT_EQ(pixels_of(gif), rgb);
  EXPECT_EQ(pixels_of(test::to_png(pixel)), rgb);
  EXPECT_EQ(
      pixels_of(test::to_png(Bytes{1}, 1, 1, {.bits = 1, .color = PNG_COLOR_TYPE_PALETTE, .palette = {0, 0, 0, 200, 100, 50}})),
      rgb);
  EXPECT_EQ(pixels_of(as_bytes("P6\n1 1\n255\n\xC8\x64\x32")), rgb);
  EXPECT_EQ(pixels_of(as_bytes("P5\n1 1\n255\n\x64")), (Bytes{100, 100, 100}));
  // What JPEG keeps of one pixel is near to it.
  for (const bool progressive : {false, true}) {
    const Bytes near = pixels_of(test::to_jpeg(pixel, {.quality = 100, .progressive = progressive}));
    ASSERT_EQ(near.size(), 3U);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(near[c], rgb[c], 3) << c;
  }
}

TEST(DecodeFormats, GreyIsHashedOnItsValues) {
  const DrawnPicture picture = some_picture();
  Bytes grey;
  for (std::size_t i = 0; i < picture.rgb().size(); i += 3) grey.push_back(picture.rgb()[i + 1]);
  const auto expected = decode(test::to_png(grey, 203, 151, PNG_FORMAT_GRAY)).pdq;
  Bytes inverted = grey;
  for (std::uint8_t& value : inverted) value = static_cast<std::uint8_t>(255 - value);
  EXPECT_EQ(decode(test::to_tiff(grey, 203, 151, {.samples = 1, .photometric = PHOTOMETRIC_MINISBLACK})).pdq, expected);
  EXPECT_EQ(decode(test::to_tiff(inverted, 203, 151, {.samples = 1, .photometric = PHOTOMETRIC_MINISWHITE})).pdq, expected);
  const auto distance = [&](const Bytes& file) {
    const JobResult result = decode(file);
    EXPECT_EQ(result.status, JobStatus::decoded);
    return hamming_distance_bits(PdqHash::from_bytes(result.pdq), PdqHash::from_bytes(expected));
  };
  EXPECT_LE(distance(test::to_heif(picture.view(), {.quality = 95, .grey = true})), 10);
  EXPECT_LE(distance(test::to_heif(picture.view(), {.format = heif_compression_AV1, .quality = 95, .grey = true})), 10);
}

TEST(DecodeFormats, MoreThanEightBitsAreCut) {
  const DrawnPicture picture = some_picture();
  Bytes deep;
  for (std::size_t i = 0; i < picture.rgb().size(); ++i) {
    const std::uint16_t value = static_cast<std::uint16_t>(std::size_t{picture.rgb()[i]} << 8 | (i * 97 % 256));
    deep.resize(deep.size() + 2);
    std::memcpy(deep.data() + deep.size() - 2, &value, 2);
  }
  for (const bool big_endian : {false, true})
    EXPECT_EQ(pixels_of(test::to_tiff(deep, 203, 151, {.bits = 16, .compression = COMPRESSION_LZW, .big_endian = big_endian})),
              picture.rgb());
  EXPECT_EQ(pixels_of(test::to_heif(picture.view(), {.bits = 10})), picture.rgb());
  // libheif's AV1 encoder asks for a profile that has 4:4:4 at 12 bits only.
  EXPECT_EQ(pixels_of(test::to_heif(picture.view(), {.format = heif_compression_AV1, .bits = 12})), picture.rgb());
}

// PNG and JPEG of the kinds that the drawings above do not have

TEST(DecodePng, SixteenBitsAreCut) {
  const DrawnPicture picture = some_picture();
  Bytes deep;
  for (std::size_t i = 0; i < picture.rgb().size(); ++i) {
    deep.push_back(picture.rgb()[i]);
    deep.push_back(static_cast<std::uint8_t>(i * 97));  // 255 among them: nothing is rounded up
  }
  Bytes grey, deep_grey, deep_alpha;
  for (std::size_t i = 0; i < picture.rgb().size(); i += 3) {
    grey.push_back(picture.rgb()[i]);
    const Bytes value = {picture.rgb()[i], static_cast<std::uint8_t>(i * 31)};
    append_bytes(deep_grey, value);
    append_bytes(deep_alpha, BytesView(deep).subspan(2 * i, 6));
    append_bytes(deep_alpha, Bytes{static_cast<std::uint8_t>(i), 0x80});
  }
  const auto expected_grey = decode(test::to_png(grey, 203, 151, PNG_FORMAT_GRAY)).pdq;
  for (const bool interlaced : {false, true}) {
    SCOPED_TRACE(interlaced);
    EXPECT_EQ(pixels_of(test::to_png(deep, 203, 151, {.bits = 16, .interlaced = interlaced})), picture.rgb());
    EXPECT_EQ(pixels_of(test::to_png(deep_alpha, 203, 151, {.bits = 16, .color = PNG_COLOR_TYPE_RGBA, .interlaced = interlaced})),
              picture.rgb());
    EXPECT_EQ(decode(test::to_png(deep_grey, 203, 151, {.bits = 16, .color = PNG_COLOR_TYPE_GRAY, .interlaced = interlaced})).pdq,
              expected_grey);
  }
}

// A colour is what the palette says, also where tRNS says that it is not to be seen.
TEST(DecodePng, PalettesOfEverySizeWithAndWithoutTransparency) {
  for (const int bits : {1, 2, 4, 8}) {
    for (const std::uint32_t width : {61U, 64U, 3U}) {
      const Paletted made = some_paletted(std::size_t{1} << bits, width, 47);
      for (const bool interlaced : {false, true}) {
        for (const Bytes& alpha : {Bytes{}, Bytes{0}, Bytes{255, 0}}) {
          EXPECT_EQ(pixels_of(test::to_png(made.indices, width, 47,
                                           {.bits = bits,
                                            .color = PNG_COLOR_TYPE_PALETTE,
                                            .palette = made.palette,
                                            .palette_alpha = alpha,
                                            .interlaced = interlaced})),
                    made.rgb)
              << bits << " bits, width " << width << ", " << alpha.size() << " alphas, interlaced " << interlaced;
        }
      }
    }
  }
}

TEST(DecodePng, GreyOfFewBitsWithAndWithoutTransparency) {
  for (const int bits : {1, 2, 4, 8}) {
    const unsigned values = 1U << bits;
    Bytes samples, rgb;
    for (std::size_t y = 0; y < 47; ++y) {
      for (std::size_t x = 0; x < 61; ++x) {
        samples.push_back(static_cast<std::uint8_t>((x / 7 + y / 5 + x * y / 50) % values));
        rgb.insert(rgb.end(), 3, static_cast<std::uint8_t>(samples.back() * 255U / (values - 1)));
      }
    }
    for (const int transparent : {-1, 0, static_cast<int>(values) - 1}) {
      for (const bool interlaced : {false, true}) {
        EXPECT_EQ(pixels_of(test::to_png(
                      samples, 61, 47,
                      {.bits = bits, .color = PNG_COLOR_TYPE_GRAY, .transparent_grey = transparent, .interlaced = interlaced})),
                  rgb)
            << bits << " bits, transparent " << transparent << ", interlaced " << interlaced;
      }
    }
  }
}

// An index beyond the palette is no colour: libpng refuses it or gives black, and never reads behind the palette.
TEST(DecodePng, AnIndexBeyondThePaletteIsNotRead) {
  const JobResult result = decode(test::to_png(Bytes(std::size_t{16} * 16, 3), 16, 16,
                                               {.bits = 2, .color = PNG_COLOR_TYPE_PALETTE, .palette = {9, 9, 9, 8, 8, 8}}));
  EXPECT_TRUE(result.status == JobStatus::decoded || result.status == JobStatus::damaged);
}

// Blocks of one colour each, so that what JPEG loses is next to nothing.
TEST(DecodeJpeg, CmykIsConvertedAsItsMarkerSays) {
  const std::array<std::array<std::uint8_t, 4>, 4> inks = {{{0, 0, 0, 0}, {255, 0, 0, 0}, {0, 0, 0, 255}, {55, 155, 255, 128}}};
  const std::array<std::array<std::uint8_t, 3>, 4> colors = {{{255, 255, 255}, {0, 255, 255}, {0, 0, 0}, {100, 50, 0}}};
  Bytes ink, light;
  for (std::size_t y = 0; y < 16; ++y)
    for (std::size_t x = 0; x < 64; ++x)
      for (const std::uint8_t value : inks[x / 16]) {
        ink.push_back(value);
        light.push_back(static_cast<std::uint8_t>(255 - value));
      }
  const std::pair<const char*, Bytes> files[] = {
      {"plain", test::to_cmyk_jpeg(ink, 64, 16, test::FourChannels::plain, {.quality = 100})},
      {"plain, progressive", test::to_cmyk_jpeg(ink, 64, 16, test::FourChannels::plain, {.quality = 100, .progressive = true})},
      {"Adobe", test::to_cmyk_jpeg(light, 64, 16, test::FourChannels::adobe, {.quality = 100})},
      {"Adobe, YCCK", test::to_cmyk_jpeg(light, 64, 16, test::FourChannels::adobe_ycck, {.quality = 100})},
  };
  for (const auto& [name, file] : files) {
    const Bytes pixels = pixels_of(file);
    ASSERT_EQ(pixels.size(), std::size_t{3} * 64 * 16) << name;
    for (std::size_t i = 0; i < pixels.size(); ++i)
      ASSERT_NEAR(pixels[i], colors[i / 3 % 64 / 16][i % 3], 3) << name << " at " << i;
  }
}

// So a press picture matches the screen picture it was made of.
TEST(DecodeJpeg, CmykOfADrawingHashesAsTheDrawing) {
  const DrawnPicture picture = some_picture(320, 240);
  Bytes light;
  for (std::size_t i = 0; i < picture.rgb().size(); i += 3) {
    append_bytes(light, BytesView(picture.rgb()).subspan(i, 3));
    light.push_back(255);
  }
  Bytes ink = light;
  for (std::uint8_t& value : ink) value = static_cast<std::uint8_t>(255 - value);
  const PdqHash expected = PdqHash::from_bytes(decode(test::to_png(picture.view())).pdq);
  for (const Bytes& file : {test::to_cmyk_jpeg(ink, 320, 240, test::FourChannels::plain),
                            test::to_cmyk_jpeg(light, 320, 240, test::FourChannels::adobe),
                            test::to_cmyk_jpeg(light, 320, 240, test::FourChannels::adobe_ycck)})
    EXPECT_LE(hamming_distance_bits(PdqHash::from_bytes(decode(file).pdq), expected), 10);
}

TEST(DecodeFormats, AlphaOfHeifIsIgnored) {
  const DrawnPicture picture = some_picture();
  for (const heif_compression_format format : {heif_compression_HEVC, heif_compression_AV1})
    EXPECT_EQ(pixels_of(test::to_heif(picture.view(), {.format = format, .alpha = true})), picture.rgb()) << format;
}

TEST(DecodeFormats, FilesNamedByTheirContainerAreLookedIntoFurther) {
  const DrawnPicture picture = some_picture();
  Bytes file = test::to_heif(picture.view(), {.format = heif_compression_AV1});
  std::copy_n("mif1", 4, file.begin() + 8);
  EXPECT_EQ(decode(file).format, static_cast<std::uint8_t>(ImageFormat::avif));
  file = test::to_heif(picture.view());
  std::copy_n("mif1", 4, file.begin() + 8);
  EXPECT_EQ(decode(file).format, static_cast<std::uint8_t>(ImageFormat::heic));
}

// Orientation and facts

TEST(DecodeFormats, OrientationIsReportedAndNotApplied) {
  const DrawnPicture picture = some_picture();
  const Bytes exif = test::some_exif({.orientation = 6});
  const Named files[] = {
      {"jpeg", ImageFormat::jpeg, test::to_jpeg(picture.view(), {.exif = exif})},
      {"webp", ImageFormat::webp, test::to_webp_with_exif(test::to_webp(picture.view()), exif)},
      {"tiff", ImageFormat::tiff, test::to_tiff(picture.view(), {.orientation = ORIENTATION_RIGHTTOP, .make = "Invented"})},
  };
  for (const Named& named : files) {
    const JobResult result = decode(named.file);
    EXPECT_EQ(result.orientation, static_cast<std::uint8_t>(Orientation::right_top)) << named.name;
    EXPECT_STREQ(result.make.data(), "Invented") << named.name;
    EXPECT_EQ(result.width, 203U) << named.name;
    if (named.format != ImageFormat::jpeg) {
      EXPECT_EQ(pixels_of(named.file), picture.rgb()) << named.name;
    }
  }
  EXPECT_EQ(decode(test::to_png(picture.view())).orientation, static_cast<std::uint8_t>(Orientation::top_left));
  for (const std::uint16_t nonsense : Shorts{0, 9, 0xFFFF})
    EXPECT_EQ(decode(test::to_jpeg(picture.view(), {.exif = test::some_exif({.orientation = nonsense})})).orientation, 1);
}

TEST(DecodeFormats, TheTurnsOfAHeifFileArePartOfDecodingAndExifIsNot) {
  const DrawnPicture picture = some_picture(64, 40);
  Bytes turned;  // a quarter clockwise: the first row of the result is the first column, from below
  for (std::size_t y = 0; y < 64; ++y)
    for (std::size_t x = 0; x < 40; ++x)
      for (std::size_t c = 0; c < 3; ++c) turned.push_back(picture.rgb()[3 * ((39 - x) * 64 + y) + c]);
  for (const heif_compression_format format : {heif_compression_HEVC, heif_compression_AV1}) {
    const Bytes file = test::to_heif(
        picture.view(),
        {.format = format, .orientation = heif_orientation_rotate_90_cw, .exif = test::some_exif({.orientation = 6})});
    const JobResult result = decode(file);
    EXPECT_EQ(result.width, 40U);
    EXPECT_EQ(result.height, 64U);
    EXPECT_EQ(result.orientation, static_cast<std::uint8_t>(Orientation::top_left)) << "it was applied: not once more";
    EXPECT_STREQ(result.make.data(), "Invented");
    EXPECT_EQ(result.latitude_e7, -338'568'000);
    EXPECT_EQ(pixels_of(file), turned);
  }
}

// Several pictures in a file

TEST(DecodeFormats, TheFirstPictureIsHashedAndTheOthersAreMentioned) {
  const DrawnPicture picture = some_picture();
  const Bytes still = test::to_webp(picture.view());
  const DrawnPicture other({.seed = 9, .width = 203, .height = 151, .shapes = 4, .noise = 2});
  const Bytes second = test::to_webp(other.view());
  const Paletted made = some_paletted(64, 203, 151);
  const test::GifFrame frame = {.indices = made.indices, .width = 203, .height = 151};
  Bytes two_pnm = picture.to_pnm();
  append_bytes(two_pnm, other.to_pnm());
  const std::pair<Bytes, Bytes> alone_and_with_more[] = {
      {still, test::to_animated_webp({{still}, {second}}, 203, 151)},
      {test::to_gif(203, 151, made.palette, {frame}), test::to_gif(203, 151, made.palette, {frame, frame})},
      {test::to_tiff(picture.view()), test::to_tiff(picture.view(), {.pages = 2})},
      {test::to_heif(picture.view()), test::to_heif(picture.view(), {.pictures = 2})},
      {picture.to_pnm(), two_pnm},
  };
  for (const auto& [alone, with_more] : alone_and_with_more) {
    const JobResult expected = decode(alone);
    const JobResult result = decode(with_more);
    ASSERT_EQ(result.status, JobStatus::decoded) << static_cast<int>(expected.format);
    EXPECT_EQ(result.pdq, expected.pdq) << static_cast<int>(expected.format);
    EXPECT_EQ(expected.has_more_pictures, 0) << static_cast<int>(expected.format);
    EXPECT_EQ(result.has_more_pictures, 1) << static_cast<int>(expected.format);
  }
  EXPECT_EQ(decode(test::to_animated_webp({{still}}, 203, 151)).has_more_pictures, 0) << "an animation of one frame";
}

TEST(DecodeFormats, AnAnimatedPngIsMentioned) {
  const Bytes png = test::to_png(some_picture().view());
  Bytes animated(png.begin(), png.begin() + 33);  // signature and IHDR
  append_bytes(animated, as_bytes(std::string_view("\0\0\0\x08"
                                                   "acTL\0\0\0\x02\0\0\0\0",
                                                   16)));
  append_u32(animated, 0xF38D'9370);  // its checksum
  append_bytes(animated, BytesView(png).subspan(33));
  EXPECT_EQ(decode(png).has_more_pictures, 0);
  EXPECT_EQ(decode(animated).has_more_pictures, 1);
  EXPECT_EQ(decode(animated).pdq, decode(png).pdq);
}

TEST(DecodeFormats, AWebpFrameLiesOnBlack) {
  const DrawnPicture small({.seed = 4, .width = 20, .height = 10, .shapes = 3, .noise = 5});
  const Bytes frame = test::to_webp(small.view());
  Bytes expected(std::size_t{3} * 30 * 20);
  for (std::size_t y = 0; y < 10; ++y)
    std::copy_n(small.rgb().begin() + static_cast<std::ptrdiff_t>(60 * y), 60,
                expected.begin() + static_cast<std::ptrdiff_t>(90 * (y + 6) + 3 * 8));
  EXPECT_EQ(pixels_of(test::to_animated_webp({{frame, 8, 6}, {frame, 0, 0}}, 30, 20)), expected);
}

// GIF

TEST(DecodeGif, EveryPaletteSizeAndInterlacing) {
  for (const std::size_t colors : {2UL, 4UL, 8UL, 16UL, 32UL, 64UL, 128UL, 256UL}) {
    const Paletted made = some_paletted(colors, 61, 47);
    EXPECT_EQ(pixels_of(gif_of(made, 61, 47)), made.rgb) << colors;
    EXPECT_EQ(pixels_of(gif_of(made, 61, 47, true)), made.rgb) << colors << " interlaced";
  }
  for (int height = 1; height <= 9; ++height) {
    const Paletted made = some_paletted(8, 5, static_cast<std::uint32_t>(height));
    EXPECT_EQ(pixels_of(gif_of(made, 5, height, true)), made.rgb) << height;
  }
}

TEST(DecodeGif, TheFrameLiesOnTheScreen) {
  const Bytes palette = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};
  const auto screen = [&](int transparent) {
    return test::to_gif(4, 2, palette,
                        {{.indices = {1, 2}, .left = 1, .top = 1, .width = 2, .height = 1, .transparent = transparent}});
  };
  const Bytes a(palette.begin(), palette.begin() + 3), b(palette.begin() + 3, palette.begin() + 6),
      c(palette.begin() + 6, palette.begin() + 9), d(palette.begin() + 9, palette.end());
  const auto expected = [](std::initializer_list<Bytes> colors) {
    Bytes all;
    for (const Bytes& color : colors) append_bytes(all, color);
    return all;
  };
  EXPECT_EQ(pixels_of(screen(-1)), expected({a, a, a, a, a, b, c, a})) << "index 0 around it";
  EXPECT_EQ(pixels_of(screen(3)), expected({d, d, d, d, d, b, c, d})) << "the transparent index around it";
  const Bytes beyond = test::to_gif(1, 1, palette, {{.indices = {1, 2, 3, 1}, .left = 1, .top = 0, .width = 2, .height = 2}});
  EXPECT_EQ(decode(beyond).width, 3U) << "the screen grows";
  EXPECT_EQ(pixels_of(beyond), expected({a, b, c, a, d, b}));
}

TEST(DecodeGif, IndicesWithoutAColourAreGrey) {
  Bytes gif = test::to_gif(2, 1, Bytes{10, 20, 30, 40, 50, 60}, {{.indices = {1, 0}, .width = 2, .height = 1}});
  gif[10] &= 0x7F;  // no palette
  gif.erase(gif.begin() + 13, gif.begin() + 19);
  EXPECT_EQ(pixels_of(gif), (Bytes{1, 1, 1, 0, 0, 0}));
}

TEST(DecodeGif, AScreenWithoutAPictureIsNone) {
  EXPECT_EQ(decode(test::to_gif(4, 4, Bytes{1, 2, 3, 4, 5, 6}, {})).status, JobStatus::damaged);
}

// TIFF

TEST(DecodeTiff, BilevelFaxAndFewBits) {
  for (const std::uint16_t bits : Shorts{1, 2, 4}) {
    const std::size_t row_bytes = (std::size_t{61} * bits + 7) / 8;
    Bytes packed(row_bytes * 47);
    Bytes rgb;
    for (std::size_t y = 0; y < 47; ++y) {
      for (std::size_t x = 0; x < 61; ++x) {
        const unsigned value = static_cast<unsigned>((x / 7 + y / 5 + x * y / 50) % (1U << bits));
        packed[y * row_bytes + x * bits / 8] |= static_cast<std::uint8_t>(value << (8 - bits - x * bits % 8));
        rgb.insert(rgb.end(), 3, static_cast<std::uint8_t>(value * 255 / ((1U << bits) - 1)));
      }
    }
    for (const std::uint16_t compression : Shorts{COMPRESSION_NONE, COMPRESSION_LZW})
      for (const std::uint32_t tile : {0U, 16U})
        EXPECT_EQ(
            pixels_of(test::to_tiff(
                packed, 61, 47,
                {.bits = bits, .samples = 1, .photometric = PHOTOMETRIC_MINISBLACK, .compression = compression, .tile = tile})),
            rgb)
            << bits << " bits, compression " << compression << ", tile " << tile;
    if (bits != 1) continue;
    for (const std::uint16_t compression : Shorts{COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4})
      EXPECT_EQ(
          pixels_of(test::to_tiff(packed, 61, 47,
                                  {.bits = 1, .samples = 1, .photometric = PHOTOMETRIC_MINISBLACK, .compression = compression})),
          rgb)
          << "fax " << compression;
  }
}

TEST(DecodeTiff, PalettesAreExpanded) {
  const Paletted made = some_paletted(256, 61, 47);
  const Bytes file =
      test::to_tiff(made.indices, 61, 47, {.samples = 1, .photometric = PHOTOMETRIC_PALETTE, .palette = made.palette});
  EXPECT_EQ(pixels_of(file), made.rgb);
}

TEST(DecodeTiff, PlanesOfTheirOwn) {
  const DrawnPicture picture = some_picture();
  Bytes planes;
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = c; i < picture.rgb().size(); i += 3) planes.push_back(picture.rgb()[i]);
  for (const std::uint32_t tile : {0U, 48U})
    EXPECT_EQ(pixels_of(test::to_tiff(planes, 203, 151, {.compression = COMPRESSION_LZW, .tile = tile, .separate = true})),
              picture.rgb());
}

TEST(DecodeTiff, CmykIsConvertedAsForJpeg) {
  // Ink values and the colours they leave: none is white, all black is black, the rest is a product of two shares.
  const Bytes inks = {0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 55, 155, 255, 128};
  EXPECT_EQ(pixels_of(test::to_tiff(inks, 4, 1, {.samples = 4, .photometric = PHOTOMETRIC_SEPARATED})),
            (Bytes{255, 255, 255, 0, 255, 255, 0, 0, 0, 100, 50, 0}));
}

TEST(DecodeTiff, WhatIsNotDecoded) {
  const DrawnPicture picture = some_picture();
  const Bytes rgb32(std::size_t{12} * 16 * 16);
  EXPECT_EQ(decode(test::to_tiff(rgb32, 16, 16, {.bits = 32})).status, JobStatus::unsupported_format);
  EXPECT_EQ(decode(test::to_tiff(picture.view(), {.signed_samples = true})).status, JobStatus::unsupported_format);
  EXPECT_EQ(decode(test::to_tiff(picture.view(), {.photometric = PHOTOMETRIC_CIELAB})).status, JobStatus::unsupported_format);
  EXPECT_EQ(decode(test::to_tiff(picture.view(), {.compression = COMPRESSION_LZMA})).status, JobStatus::unsupported_format);
}

// Bad input

std::vector<Named> some_files(const DrawnPicture& picture) {
  const Paletted made = some_paletted(32, 80, 70);
  const Paletted few = some_paletted(16, 80, 70);
  Bytes deep, four;
  for (std::size_t i = 0; i < picture.rgb().size(); ++i) {
    deep.insert(deep.end(), 2, picture.rgb()[i]);
    four.push_back(picture.rgb()[i]);
    if (i % 3 == 2) four.push_back(static_cast<std::uint8_t>(i));
  }
  return {
      {"png palette", ImageFormat::png,
       test::to_png(few.indices, 80, 70,
                    {.bits = 4, .color = PNG_COLOR_TYPE_PALETTE, .palette = few.palette, .palette_alpha = {0, 99}})},
      {"png 16 bits, interlaced", ImageFormat::png, test::to_png(deep, 80, 70, {.bits = 16, .interlaced = true})},
      {"jpeg cmyk", ImageFormat::jpeg, test::to_cmyk_jpeg(four, 80, 70, test::FourChannels::plain)},
      {"jpeg ycck", ImageFormat::jpeg, test::to_cmyk_jpeg(four, 80, 70, test::FourChannels::adobe_ycck)},
      {"webp lossless", ImageFormat::webp, test::to_webp(picture.view())},
      {"webp lossy", ImageFormat::webp, test::to_webp(picture.view(), {.lossless = false, .alpha = test::striped})},
      {"gif", ImageFormat::gif, gif_of(made, 80, 70)},
      {"tiff", ImageFormat::tiff, test::to_tiff(picture.view(), {.compression = COMPRESSION_LZW})},
      {"tiff tiles", ImageFormat::tiff, test::to_tiff(picture.view(), {.compression = COMPRESSION_ADOBE_DEFLATE, .tile = 32})},
      {"tiff jpeg", ImageFormat::tiff,
       test::to_tiff(picture.view(), {.photometric = PHOTOMETRIC_YCBCR, .compression = COMPRESSION_JPEG})},
      {"heic", ImageFormat::heic, test::to_heif(picture.view(), {.quality = 60})},
      {"avif", ImageFormat::avif, test::to_heif(picture.view(), {.format = heif_compression_AV1, .quality = 60})}};
}

TEST(DecodeFormats, TruncatedAtEveryLengthIsNeverDecodedAsWhole) {
  const DrawnPicture picture({.seed = 5, .width = 80, .height = 70, .shapes = 5, .noise = 20});
  for (const auto& [name, format, file] : some_files(picture)) {
    const JobResult whole = decode(file);
    ASSERT_EQ(whole.status, JobStatus::decoded) << name;
    int truncated = 0;
    int tried = 0;
    for (std::size_t length = 17; length < file.size(); length += 1 + file.size() / 150) {
      const JobResult result = decode(BytesView(file).first(length));
      ++tried;
      truncated += result.status == JobStatus::truncated ? 1 : 0;
      // What lies behind the last pixel may be missing.
      EXPECT_TRUE(result.status != JobStatus::decoded || result.pdq == whole.pdq) << name << " at " << length;
    }
    EXPECT_GT(truncated, tried * 9 / 10) << name;
  }
}

TEST(DecodeFormats, MutatedFilesGiveAnAnswerTheServerBelieves) {
  constexpr std::uint64_t seed = 777;
  RecordProperty("seed", std::to_string(seed));
  SeededRandom random(seed);
  const DrawnPicture picture({.seed = 8, .width = 80, .height = 70, .shapes = 5, .noise = 10});
  for (const auto& [name, format, file] : some_files(picture)) {
    for (int round = 0; round < 150; ++round) {
      Bytes mutated = file;
      for (int i = 0; i < 4; ++i) mutated[random.next() % mutated.size()] = static_cast<std::uint8_t>(random.next());
      decode(mutated);
    }
  }
}

void put_u16_le(Bytes& file, std::size_t at, unsigned value) {
  file[at] = static_cast<std::uint8_t>(value);
  file[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

// A small TIFF by hand whose strip or tile says little and claims much: `tags` are number and LONG value.
Bytes tiff_of(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& tags) {
  Bytes file = to_bytes("MM");
  append_u16(file, 42);
  append_u32(file, 8);
  append_u16(file, static_cast<std::uint16_t>(tags.size()));
  for (const auto& [tag, value] : tags) {
    append_u16(file, tag);
    append_u16(file, 4);
    append_u32(file, 1);
    append_u32(file, value);
  }
  append_u32(file, 0);
  append_bytes(file, Bytes(64));
  return file;
}

TEST(DecodeFormats, HostileDimensionsAllocateNothing) {
  Bytes gif = gif_of(some_paletted(4, 16, 16), 16, 16);
  put_u16_le(gif, 6, 30'000);
  put_u16_le(gif, 8, 30'000);
  EXPECT_EQ(decode(gif).status, JobStatus::too_many_pixels);
  put_u16_le(gif, 6, 30'001);
  put_u16_le(gif, 8, 1);
  EXPECT_EQ(decode(gif).status, JobStatus::too_many_pixels);

  Bytes webp = test::to_webp_with_exif(test::to_webp(some_picture().view()), test::some_exif({}));
  ASSERT_EQ(as_text(BytesView(webp).subspan(12, 4)), "VP8X");
  for (const std::size_t at : {24UL, 27UL}) put_u16_le(webp, at, 16'383 - 1);  // the most that WebP can say
  EXPECT_NE(decode(webp).status, JobStatus::decoded);
  Bytes lossy = test::to_webp(some_picture().view(), {.lossless = false});
  for (const std::size_t at : {26UL, 28UL}) put_u16_le(lossy, at, 16'383);
  EXPECT_EQ(decode(lossy).status, JobStatus::too_many_pixels);

  for (const auto& [width, height] : {std::pair{30'000U, 30'000U}, std::pair{30'001U, 1U}, std::pair{60'000U, 60'000U}})
    EXPECT_EQ(
        decode(tiff_of({{256, width}, {257, height}, {258, 8}, {259, 1}, {262, 1}, {273, 8}, {278, height}, {279, 100}})).status,
        JobStatus::too_many_pixels);
  EXPECT_EQ(
      decode(
          tiff_of({{256, 100}, {257, 100}, {258, 8}, {259, 1}, {262, 1}, {322, 1U << 20}, {323, 1U << 20}, {324, 8}, {325, 100}}))
          .status,
      JobStatus::too_many_pixels)
      << "a tile that is larger than any picture";

  for (const heif_compression_format format : {heif_compression_HEVC, heif_compression_AV1}) {
    // A multiple of the coding blocks: any other is wrapped into a grid, and two sizes are said.
    Bytes heif = test::to_heif(some_picture(208, 152).view(), {.format = format, .quality = 50});
    const std::size_t size = as_text(heif).find("ispe");
    ASSERT_NE(size, std::string_view::npos);
    Bytes huge;
    append_u32(huge, 30'000);
    append_u32(huge, 30'000);
    std::copy(huge.begin(), huge.end(), heif.begin() + static_cast<std::ptrdiff_t>(size) + 8);
    EXPECT_EQ(decode(heif).status, JobStatus::too_many_pixels);
  }
}

// The container says little, the stream says much: the decoders have a limit of their own.
TEST(DecodeFormats, AStreamLargerThanItsContainerSaysIsRefused) {
  const Bytes white(std::size_t{3} * 1200 * 904, 255);
  for (const heif_compression_format format : {heif_compression_HEVC, heif_compression_AV1}) {
    Bytes heif = test::to_heif({white, 1200, 904, 3600}, {.format = format, .quality = 50});
    const std::size_t size = as_text(heif).find("ispe");
    Bytes small;
    append_u32(small, 64);
    append_u32(small, 64);
    std::copy(small.begin(), small.end(), heif.begin() + static_cast<std::ptrdiff_t>(size) + 8);
    media::JobStart job;
    job.output_bytes = media::output_bytes_for(0);
    job.side_px_max = 30'000;
    job.pixels_max = 1'000'000;
    EXPECT_EQ(decode_picture(heif, job, {}).status, JobStatus::too_many_pixels) << format;
    job.pixels_max = 2'000'000;
    EXPECT_EQ(decode_picture(heif, job, {}).status, JobStatus::damaged) << format << ": it is not the picture that was announced";
  }
}

}  // namespace
}  // namespace tutela::decode
