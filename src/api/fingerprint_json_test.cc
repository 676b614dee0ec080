#include "api/fingerprint_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tutela::api {
namespace {

using Json = nlohmann::json;

const std::string kSha256(64, 'a');

Result<std::vector<Fingerprint>> parse(const Json& fingerprints, std::size_t count_max = 4) {
  return parse_fingerprints({{"fingerprints", fingerprints}}, count_max);
}

TEST(FingerprintJson, ReadsListedAndUnknownAlgorithms) {
  const auto read = parse({{{"algorithm", "sha256"}, {"value", kSha256}},
                           {{"algorithm", "pdq"}, {"value", kSha256}, {"quality", 100}},
                           {{"algorithm", "some_future_one"}, {"value", "00ff"}}});
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ((*read)[1].quality(), 100);
  EXPECT_EQ((*read)[2].algorithm().word(), "some_future_one");
  EXPECT_TRUE(parse_fingerprints(Json::object(), 4)->empty());
}

TEST(FingerprintJson, RefusesWithThePlaceAndNeverTheValue) {
  const std::vector<Json> wrong{
      1,
      Json::object(),
      {{"algorithm", "sha256"}},
      {{"algorithm", "sha256"}, {"value", "abc"}},
      {{"algorithm", "sha256"}, {"value", std::string(63, 'a') + "g"}},
      {{"algorithm", "SHA-256"}, {"value", kSha256}},
      {{"algorithm", "pdq"}, {"value", kSha256}, {"quality", 101}},
      {{"algorithm", "pdq"}, {"value", kSha256}, {"quality", "100"}},
      {{"algorithm", "sha256"}, {"value", kSha256}, {"more", 1}},
  };
  for (const auto& one : wrong) {
    const auto read = parse(Json::array({{{"algorithm", "sha256"}, {"value", kSha256}}, one}));
    ASSERT_FALSE(read) << one;
    EXPECT_EQ(read.error().place, "field fingerprints, 1") << one;
    EXPECT_EQ(read.error().code, ErrorCode::invalid) << one << to_string(read.error());
  }
}

TEST(FingerprintJson, RefusesTooManyAndAnotherType) {
  EXPECT_FALSE(parse(Json::array({1, 2, 3, 4, 5})));
  EXPECT_FALSE(parse("text"));
}

}  // namespace
}  // namespace tutela::api
