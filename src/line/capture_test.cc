#include "line/capture.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tutela::line {
namespace {

TEST(Capture, WhatIsEncodedIsReadBack) {
  const media::CaptureFacts facts{"2026:01:02 03:04:05", "Make", "Model \"X\"", media::Position{-337'654'321, 1'512'345'678}};
  const auto read = parse_capture(encode_capture(facts));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->taken_at, facts.taken_at);
  EXPECT_EQ(read->model, facts.model);
  EXPECT_EQ(read->position->latitude_e7, -337'654'321);
  EXPECT_FALSE(parse_capture(encode_capture({"", "", "", {}}))->position);
}

// The longest that a file can say still fits a referral.
TEST(Capture, TheLongestDeviceFitsAReferral) {
  const std::string longest(media::kDeviceBytesMax, 'x');
  EXPECT_LE(filed_capture({"", longest, longest, {}}).device->reveal().size(), limits::kNameBytesMax);
}

TEST(Capture, AnythingElseIsCorrupt) {
  for (const auto* text :
       {"", "[]", "{", R"({"taken_at":1,"make":"","model":""})", R"({"taken_at":"","make":"","model":"","position_e7":[1]})"})
    EXPECT_EQ(parse_capture(text).error().reason, Reason("item.bad_capture")) << text;
}

TEST(Capture, WhatIsFiledLeavesOutWhatIsNotThere) {
  const auto filed = filed_capture({"", "Make", "", media::Position{515'000'000, -1'234'567}});
  EXPECT_FALSE(filed.taken_at);
  EXPECT_EQ(filed.device->reveal(), "Make");
  EXPECT_EQ(filed.position->reveal(), "51.5000000,-0.1234567");
  EXPECT_EQ(filed_capture({"", "Make", "Model", {}}).device->reveal(), "Make Model");
  EXPECT_FALSE(filed_capture({"", "", "", {}}).device);
}

}  // namespace
}  // namespace tutela::line
