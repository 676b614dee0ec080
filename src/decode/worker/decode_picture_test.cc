#include "decode/worker/decode_picture.h"

#include <functional>

#include <gtest/gtest.h>

#include "base/random.h"
#include "decode/worker/formats.h"
#include "decode/worker/test_exif.h"
#include "decode/worker/test_pictures.h"
#include "fingerprint/drawn_picture.h"

namespace tutela::decode {
namespace {

using fingerprint::DrawnPicture;
using fingerprint::PdqHash;
using media::JobResult;
using media::JobStatus;

media::JobStart job_with_preview(std::uint32_t side_px_max) {
  media::JobStart job;
  job.preview_side_px_max = side_px_max;
  job.output_bytes = media::output_bytes_for(side_px_max);
  job.pixels_max = limits::kMediaPixelsMax;
  job.side_px_max = limits::kMediaSideMax;
  return job;
}

// Decodes as the child process does, and checks that the server would believe the answer.
JobResult decode(BytesView file, Bytes* preview = nullptr, std::uint32_t side_px_max = 0) {
  const media::JobStart job = job_with_preview(side_px_max);
  Bytes pixels(job.output_bytes - media::kPreviewOffsetBytes);
  const JobResult result = decode_picture(file, job, pixels);
  EXPECT_TRUE(media::parse_result(media::message_bytes(result), job)) << "the server would refuse this answer";
  if (preview != nullptr) *preview = pixels;
  return result;
}

DrawnPicture some_picture() { return DrawnPicture({.seed = 31, .width = 640, .height = 480, .shapes = 8, .noise = 6}); }

// Recomputes the checksum of a PNG's chunk after its content was changed.
void fix_crc(Bytes& png, std::size_t chunk_at) {
  const auto at = [&](std::size_t i) { return std::uint32_t{png[i]}; };
  const std::size_t length = at(chunk_at) << 24 | at(chunk_at + 1) << 16 | at(chunk_at + 2) << 8 | at(chunk_at + 3);
  std::uint32_t crc = 0xFFFF'FFFF;
  for (std::size_t i = chunk_at + 4; i < chunk_at + 8 + length; ++i) {
    crc ^= png[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB8'8320 : 0);
  }
  for (std::size_t i = 0; i < 4; ++i) png[chunk_at + 8 + length + i] = static_cast<std::uint8_t>(~crc >> (24 - 8 * i));
}

TEST(DecodePicture, LosslessFormatsHashAsThePixels) {
  const DrawnPicture picture = some_picture();
  const auto expected = fingerprint::pdq(picture.view());
  for (const Bytes& file : {picture.to_pnm(), test::to_png(picture.view())}) {
    const JobResult result = decode(file);
    ASSERT_EQ(result.status, JobStatus::decoded);
    EXPECT_EQ(result.width, 640U);
    EXPECT_EQ(result.height, 480U);
    EXPECT_EQ(PdqHash::from_bytes(result.pdq).to_hex(), expected.hash.to_hex());
    EXPECT_EQ(result.pdq_quality, expected.quality);
    EXPECT_EQ(PdqHash::from_bytes(result.pdq_nearest512).to_hex(), fingerprint::pdq_nearest512(picture.view()).hash.to_hex());
  }
}

TEST(DecodePicture, JpegHashesCloseToThePixels) {
  const DrawnPicture picture = some_picture();
  const PdqHash expected = fingerprint::pdq(picture.view()).hash;
  for (const bool progressive : {false, true}) {
    const JobResult result = decode(test::to_jpeg(picture.view(), {.progressive = progressive}));
    ASSERT_EQ(result.status, JobStatus::decoded);
    EXPECT_LE(hamming_distance_bits(PdqHash::from_bytes(result.pdq), expected), 10);
  }
  EXPECT_EQ(decode(test::to_jpeg(picture.view())).pdq, decode(test::to_jpeg(picture.view(), {.progressive = true})).pdq)
      << "the same coefficients in another order";
}

TEST(DecodePicture, OneChannelIsHashedOnItsValues) {
  const DrawnPicture picture = some_picture();
  Bytes grey;
  for (std::size_t i = 0; i < picture.rgb().size(); i += 3) grey.push_back(picture.rgb()[i + 1]);
  Bytes pgm = to_bytes("P5 # comment\n640\t480 255\n");
  append_bytes(pgm, grey);
  const JobResult from_pgm = decode(pgm);
  ASSERT_EQ(from_pgm.status, JobStatus::decoded);
  EXPECT_EQ(decode(test::to_png(grey, 640, 480, PNG_FORMAT_GRAY)).pdq, from_pgm.pdq);
  EXPECT_EQ(decode(test::to_jpeg(picture.view(), {.grey = true})).status, JobStatus::decoded);
}

TEST(DecodePicture, AlphaIsIgnored) {
  const DrawnPicture picture = some_picture();
  Bytes rgba, grey_alpha;
  for (std::size_t i = 0; i < picture.rgb().size(); i += 3) {
    for (std::size_t c = 0; c < 3; ++c) rgba.push_back(picture.rgb()[i + c]);
    rgba.push_back(static_cast<std::uint8_t>(i % 251));
    grey_alpha.push_back(picture.rgb()[i]);
    grey_alpha.push_back(static_cast<std::uint8_t>(i % 251));
  }
  EXPECT_EQ(decode(test::to_png(rgba, 640, 480, PNG_FORMAT_RGBA)).pdq, decode(test::to_png(picture.view())).pdq);
  EXPECT_EQ(decode(test::to_png(grey_alpha, 640, 480, PNG_FORMAT_GA)).status, JobStatus::decoded);
}

TEST(DecodePicture, PreviewIsTheMeanOfItsPixels) {
  // Left half red, right half blue, 8 x 4, to 2 x 1.
  Bytes rgb;
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 8; ++x)
      for (const int value : {x < 4 ? 200 : 0, 10, x < 4 ? y * 2 : 100}) rgb.push_back(static_cast<std::uint8_t>(value));
  Bytes preview;
  const JobResult result = decode(test::to_png(rgb, 8, 4), &preview, 2);
  EXPECT_EQ(result.preview_width, 2U);
  EXPECT_EQ(result.preview_height, 1U);
  EXPECT_EQ(Bytes(preview.begin(), preview.begin() + 6), (Bytes{200, 10, 3, 0, 10, 100}));
}

TEST(DecodePicture, PreviewOfASmallPictureIsThePicture) {
  const DrawnPicture picture({.seed = 3, .width = 37, .height = 53, .shapes = 3, .noise = 9});
  Bytes preview;
  const JobResult result = decode(picture.to_pnm(), &preview, 64);
  EXPECT_EQ(result.preview_width, 37U);
  preview.resize(picture.rgb().size());
  EXPECT_EQ(preview, picture.rgb());
}

TEST(DecodePicture, PreviewsOfEverySizeAreComplete) {
  for (std::uint32_t side = 1; side <= 70; ++side) {
    const Bytes white(std::size_t{3} * 61 * 67, 255);
    Bytes preview;
    const JobResult result = decode(test::to_png(white, 61, 67), &preview, side);
    for (std::size_t i = 0; i < std::size_t{3} * result.preview_width * result.preview_height; ++i)
      ASSERT_EQ(preview[i], 255) << side;
  }
}

TEST(DecodePicture, TruncatedAtEveryLengthIsNeverDecodedAsWhole) {
  const DrawnPicture picture({.seed = 5, .width = 80, .height = 70, .shapes = 5, .noise = 20});
  const std::pair<const char*, Bytes> files[] = {{"pnm", picture.to_pnm()},
                                                 {"png", test::to_png(picture.view())},
                                                 {"jpeg", test::to_jpeg(picture.view())},
                                                 {"progressive", test::to_jpeg(picture.view(), {.progressive = true})}};
  for (const auto& [name, file] : files) {
    ASSERT_EQ(decode(file).status, JobStatus::decoded) << name;
    int truncated = 0;
    for (std::size_t length = 0; length < file.size(); length += 1 + file.size() / 200) {
      const JobStatus status = decode(BytesView(file).first(length)).status;
      truncated += status == JobStatus::truncated;
      // A progressive file that ends between two scans is a whole picture of less detail.
      EXPECT_TRUE(status != JobStatus::decoded || std::string_view(name) == "progressive") << name << " at " << length;
    }
    EXPECT_GT(truncated, 100) << name;
  }
}

TEST(DecodePicture, AMissingEndMarkerLosesNothing) {
  const DrawnPicture picture = some_picture();
  const Bytes jpeg = test::to_jpeg(picture.view());
  EXPECT_EQ(decode(BytesView(jpeg).first(jpeg.size() - 2)).pdq, decode(jpeg).pdq);
  const Bytes png = test::to_png(picture.view());
  EXPECT_EQ(decode(BytesView(png).first(png.size() - 12)).pdq, decode(png).pdq);
}

TEST(DecodePicture, WhatItIsNot) {
  using namespace std::string_view_literals;
  const std::pair<std::string_view, JobStatus> files[] = {
      {"x", JobStatus::not_an_image},
      {"hello, this is text", JobStatus::not_an_image},
      {"%PDF-1.7\n", JobStatus::not_an_image},
      {"P5abc", JobStatus::not_an_image},
      {"GIF89a\1\0\1\0", JobStatus::truncated},
      {"RIFF\x10\0\0\0WEBPVP8 "sv, JobStatus::truncated},
      {"\0\0\0\x18"
       "ftypheic"sv,
       JobStatus::truncated},
      {"II*\0\x08\0\0\0"sv, JobStatus::truncated},
      {"BM\x46\0\0\0"sv, JobStatus::unsupported_format},
      {"\xFF\x0A\0"sv, JobStatus::unsupported_format},
      {"P3\n1 1\n255\n0 0 0\n", JobStatus::unsupported_format},
      {"P6\n1 1\n65535\n000000", JobStatus::unsupported_format},
      {"P6\n0 1\n255\n", JobStatus::damaged},
      {"P6\n-1 1\n255\n", JobStatus::damaged},
      {"P6\n99999999 1\n255\n", JobStatus::damaged},
      {"P6\n30001 1\n255\n0", JobStatus::too_many_pixels},
      {"P6\n30000 30000\n255\n0", JobStatus::too_many_pixels},
      {"P6\n100 100\n255\n0", JobStatus::truncated},
      {"P6 #", JobStatus::truncated},
      {"\xFF\xD8\xFF\xE0", JobStatus::truncated},
      {"\x89PNG\r\n\x1A\n", JobStatus::truncated},
  };
  for (const auto& [file, status] : files) EXPECT_EQ(decode(as_bytes(file)).status, status) << encode_hex(as_bytes(file));
  EXPECT_EQ(decode({}).status, JobStatus::not_an_image);
}

TEST(DecodePicture, HostileDimensionsAllocateNothing) {
  Bytes png = test::to_png(some_picture().view());
  for (const auto& [width, height] :
       {std::pair{0x7FFF'FFFFU, 0x7FFF'FFFFU}, std::pair{30'000U, 30'000U}, std::pair{30'001U, 1U}, std::pair{8'001U, 8'000U}}) {
    Bytes size;
    append_u32(size, width);
    append_u32(size, height);
    std::copy(size.begin(), size.end(), png.begin() + 16);
    fix_crc(png, 8);
    EXPECT_EQ(decode(png).status, JobStatus::too_many_pixels);
  }
  Bytes jpeg = test::to_jpeg(some_picture().view());
  const std::size_t frame = as_text(jpeg).find("\xFF\xC0");
  ASSERT_NE(frame, std::string_view::npos);
  for (const unsigned side : {65'535U, 30'000U}) {
    for (const std::size_t at : {5UL, 7UL}) {
      jpeg[frame + at] = static_cast<std::uint8_t>(side >> 8U);
      jpeg[frame + at + 1] = static_cast<std::uint8_t>(side);
    }
    EXPECT_EQ(decode(jpeg).status, JobStatus::too_many_pixels) << side;
  }
}

TEST(DecodePicture, AWrongChecksumIsDamage) {
  Bytes png = test::to_png(some_picture().view());
  png[png.size() / 2] ^= 0x55;
  EXPECT_EQ(decode(png).status, JobStatus::damaged);
}

TEST(DecodePicture, MutatedFilesGiveAnAnswerTheServerBelieves) {
  constexpr std::uint64_t seed = 4242;
  RecordProperty("seed", std::to_string(seed));
  SeededRandom random(seed);
  const DrawnPicture picture({.seed = 8, .width = 90, .height = 60, .shapes = 5, .noise = 10});
  for (const Bytes& file : {test::to_jpeg(picture.view()), test::to_jpeg(picture.view(), {.progressive = true}),
                            test::to_png(picture.view()), picture.to_pnm()}) {
    for (int round = 0; round < 300; ++round) {
      Bytes mutated = file;
      for (int i = 0; i < 4; ++i) mutated[random.next() % mutated.size()] = static_cast<std::uint8_t>(random.next());
      decode(mutated, nullptr, 16);
    }
  }
}

TEST(DecodePicture, PhotographsAndTheirCaptureFacts) {
  const JobResult result = decode(test::photograph("Wood.jpg"));
  ASSERT_EQ(result.status, JobStatus::decoded);
  EXPECT_EQ(result.width, 2560U);
  EXPECT_EQ(result.height, 1920U);
  EXPECT_EQ(result.pdq_quality, 100);
  EXPECT_STREQ(result.make.data(), "KONICA MINOLTA");
  EXPECT_STREQ(result.model.data(), "DiMAGE Z5");
  EXPECT_STREQ(result.taken_at.data(), "2008:04:19 13:43:16");
  EXPECT_EQ(result.has_position, 0);
  EXPECT_EQ(decode(test::photograph("FreshFlower.jpg")).status, JobStatus::decoded) << "progressive";
}

TEST(ReadExif, TimeDeviceAndPosition) {
  const media::CaptureFacts facts = read_exif(test::some_exif({})).capture;
  EXPECT_EQ(facts.taken_at, "2024:05:06 07:08:09+02:00");
  EXPECT_EQ(facts.make, "Invented");
  ASSERT_TRUE(facts.position);
  EXPECT_EQ(facts.position->latitude_e7, -338'568'000);
  EXPECT_EQ(facts.position->longitude_e7, 1'512'153'000);
}

TEST(ReadExif, ItTravelsInAJpeg) {
  const JobResult result = decode(test::to_jpeg(some_picture().view(), {.exif = test::some_exif({})}));
  EXPECT_STREQ(result.make.data(), "Invented");
  EXPECT_EQ(result.latitude_e7, -338'568'000);
}

TEST(ReadExif, NonsenseGivesNoPosition) {
  EXPECT_FALSE(read_exif(test::some_exif({.latitude_degrees = 91})).capture.position);
  EXPECT_FALSE(read_exif(test::some_exif({.denominator = 0})).capture.position);
  EXPECT_FALSE(read_exif(test::some_exif({.latitude_degrees = 0xFFFF'FFFF})).capture.position);
  EXPECT_TRUE(read_exif({}).capture.empty());
  EXPECT_TRUE(read_exif(as_bytes("no exif at all")).capture.empty());
  const Bytes whole = test::some_exif({});
  for (std::size_t length = 0; length < whole.size(); ++length) read_exif(BytesView(whole).first(length));
}

}  // namespace
}  // namespace tutela::decode
