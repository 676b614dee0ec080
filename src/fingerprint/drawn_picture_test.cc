#include "fingerprint/drawn_picture.h"

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tutela::fingerprint {
namespace {

// With the offset basis of the vectors, which is one digit shorter than FNV's usual one (spec/vectors/README.md).
std::uint64_t fnv1a64(BytesView bytes) {
  std::uint64_t hash = 1469598103934665603U;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001B3U;
  return hash;
}

TEST(DrawnPicture, DrawsTheBytesOfEveryVector) {
  std::ifstream file(TUTELA_SOURCE_DIR "/spec/vectors/pdq.json");
  for (const auto& v : nlohmann::json::parse(file)) {
    const DrawnPicture picture({.seed = v.at("seed").get<std::uint64_t>(),
                                .width = v.at("width").get<std::uint32_t>(),
                                .height = v.at("height").get<std::uint32_t>(),
                                .shapes = v.at("shapes").get<std::uint32_t>(),
                                .noise = v.at("noise").get<std::uint32_t>()});
    EXPECT_EQ(fmt::format("{:016x}", fnv1a64(picture.rgb())), v.at("rgb_fnv1a64").get<std::string>()) << v.at("seed");
  }
}

TEST(DrawnPicture, ItsFileIsHeaderAndPixels) {
  const DrawnPicture picture({.seed = 1, .width = 3, .height = 2, .shapes = 1});
  const Bytes file = picture.to_pnm();
  EXPECT_EQ(as_text(file).substr(0, 11), "P6\n3 2\n255\n");
  EXPECT_EQ(file.size(), 11U + 18U);
}

}  // namespace
}  // namespace tutela::fingerprint
