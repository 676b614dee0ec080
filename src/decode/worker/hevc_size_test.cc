#include "decode/worker/hevc_size.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace tutela::decode {
namespace {

// A unit as the HEVC encoder wrote it for a picture of 24 x 16, which it fills up to the 64 x 64 that it takes at least.
Bytes unit_of(const std::string& name) {
  std::ifstream file(TUTELA_SOURCE_DIR "/fuzz/corpus/hevc_size/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

TEST(HevcSize, IsReadFromWhatTheEncoderWrote) {
  for (const char* name : {"sps_lossless", "sps_lossy", "sps_grey", "sps_alpha"}) {
    const Bytes unit = unit_of(name);
    const auto head = hevc_unit(unit);
    ASSERT_TRUE(head) << name;
    EXPECT_EQ(head->type, kHevcSequenceParameters) << name;
    EXPECT_EQ(head->layer, 0) << name;
    EXPECT_EQ(hevc_size(unit), (media::PictureSize{64, 64})) << name;
  }
}

TEST(HevcSize, WhatBreaksOffSaysNothingOrTheSame) {
  const Bytes whole = unit_of("sps_lossy");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto size = hevc_size(BytesView(whole).first(length));
    EXPECT_TRUE(!size || *size == (media::PictureSize{64, 64})) << length;
  }
  EXPECT_FALSE(hevc_size(BytesView(whole).first(14)));
  EXPECT_FALSE(hevc_unit(BytesView(whole).first(1)));
  EXPECT_FALSE(hevc_size(Bytes(300, 0)));
  EXPECT_FALSE(hevc_size(Bytes(300, 0xFF)));
}

TEST(HevcSize, ALayerAboveThePictureIsTold) {
  Bytes unit = unit_of("sps_lossy");
  unit[0] |= 1;
  unit[1] |= 0x08;
  EXPECT_EQ(hevc_unit(unit)->layer, 33);
}

}  // namespace
}  // namespace tutela::decode
