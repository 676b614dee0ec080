#include "notice/xarf.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <set>

namespace tutela::notice {
namespace {

XarfReport report() {
  SeededRandom random(9);
  const Time now = from_unix_ms(1'790'000'000'000);
  return {make_uuid_v7(now, random),
          now,
          {"Example Hotline", "desk@hotline.example.org", "hotline.example.org"},
          {"Example Hotline", "desk@hotline.example.org", "hotline.example.org"},
          "203.0.113.7",
          Sensitive(std::string("https://host.example.org/a")),
          {Act::c, AgeBand::pubescent},
          XarfDetection::manual_review,
          {{"sha256", Sensitive(std::string(64, 'a'))}, {"pdq", Sensitive(std::string(64, '0'))}}};
}

// The fields that xarf-core.json and content-csam.json require, and nothing that carries a payload.
TEST(Xarf, HasEveryRequiredFieldAndNoEvidence) {
  const auto encoded = encode_xarf(report());
  ASSERT_TRUE(encoded);
  const auto value = nlohmann::json::parse(*encoded);
  std::set<std::string> keys;
  for (const auto& [key, unused] : value.items()) keys.insert(key);
  EXPECT_EQ(keys, (std::set<std::string>{"xarf_version", "report_id", "timestamp", "reporter", "sender", "source_identifier",
                                         "category", "type", "url", "classification", "detection_method", "hash_values"}));
  EXPECT_EQ(value["category"], "content");
  EXPECT_EQ(value["type"], "csam");
  EXPECT_EQ(value["classification"], "B2");
  EXPECT_EQ(value["detection_method"], "manual_review");
  EXPECT_EQ(value["hash_values"], (nlohmann::json{{"sha256", std::string(64, 'a')}}));
  EXPECT_EQ(value["reporter"]["domain"], "hotline.example.org");
  EXPECT_EQ(value.dump(), *encoded);
}

TEST(Xarf, LeavesOutAnEmptyHashList) {
  auto without = report();
  without.hashes.clear();
  EXPECT_FALSE(nlohmann::json::parse(*encode_xarf(without)).contains("hash_values"));
}

TEST(Xarf, ClassifiesExactlyWhatTheSchemeCan) {
  for (const auto act : kActs)
    for (const auto band : kAgeBands) {
      auto one = report();
      one.classification = {act, band};
      const auto encoded = encode_xarf(one);
      EXPECT_EQ(encoded.has_value(), is_actionable({act, band}) && band != AgeBand::unknown);
      if (!encoded) {
        EXPECT_EQ(encoded.error().reason, Reason("xarf.no_classification"));
      }
    }
}

TEST(Xarf, RefusesBadFields) {
  const auto place = [](auto change) {
    auto one = report();
    change(one);
    const auto encoded = encode_xarf(one);
    return encoded ? std::string("encoded") : encoded.error().place;
  };
  EXPECT_EQ(place([](XarfReport& r) { r.reporter.org = ""; }), "reporter");
  EXPECT_EQ(place([](XarfReport& r) { r.sender.contact = "nobody"; }), "sender");
  EXPECT_EQ(place([](XarfReport& r) { r.source_identifier = "a\nb"; }), "source_identifier");
  EXPECT_EQ(place([](XarfReport& r) { r.url = Sensitive(std::string("\xFF")); }), "url");
  EXPECT_EQ(place([](XarfReport& r) { r.hashes[0].hex = Sensitive(std::string("abc")); }), "hash_values");
}

}  // namespace
}  // namespace tutela::notice
