#include "casework/indicator.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/random.h"

namespace tutela::casework {
namespace {

std::string normal(IndicatorType type, std::string_view text) {
  const auto indicator = Indicator::parse(type, text);
  return indicator ? indicator->value().reveal() : "refused";
}

struct Example {
  IndicatorType type;
  std::string_view text;
  std::string_view normal;
};

// "refused" stands for invalid, "indicator.malformed".
const std::vector<Example> kExamples{
    {IndicatorType::account, "@Some_Name@Chat.Example.org", "Some_Name@chat.example.org"},
    {IndicatorType::account, "日本@chat.example.org", "日本@chat.example.org"},
    {IndicatorType::account, "name", "refused"},
    {IndicatorType::account, "a b@chat.example.org", "refused"},
    {IndicatorType::account, "a@b@chat.example.org", "refused"},
    {IndicatorType::account, "@chat.example.org", "refused"},
    {IndicatorType::email, " Some.One+tag@EXAMPLE.org ", "Some.One+tag@example.org"},
    {IndicatorType::email, "a..b@example.org", "refused"},
    {IndicatorType::email, ".a@example.org", "refused"},
    {IndicatorType::email, "a@localhost", "refused"},
    {IndicatorType::email, "\"a b\"@example.org", "refused"},
    {IndicatorType::phone, "+49 (30) 1234-567", "+49301234567"},
    {IndicatorType::phone, "030 1234567", "refused"},
    {IndicatorType::phone, "0049301234567", "refused"},
    {IndicatorType::phone, "+0301234567", "refused"},
    {IndicatorType::phone, "+123456", "refused"},
    {IndicatorType::phone, "+1234567890123456", "refused"},
    {IndicatorType::phone, "+49x301234567", "refused"},
    {IndicatorType::ip_port_time, "203.0.113.7:51234@2026-01-02T03:04:05Z", "203.0.113.7:51234@2026-01-02T03:04:05.000Z"},
    {IndicatorType::ip_port_time, "[2001:DB8:0:0::1]:443@2026-01-02T03:04:05.250Z", "[2001:db8::1]:443@2026-01-02T03:04:05.250Z"},
    {IndicatorType::ip_port_time, "203.0.113.7@2026-01-02T03:04:05Z", "refused"},
    {IndicatorType::ip_port_time, "203.0.113.7:0@2026-01-02T03:04:05Z", "refused"},
    {IndicatorType::ip_port_time, "203.0.113.7:65536@2026-01-02T03:04:05Z", "refused"},
    {IndicatorType::ip_port_time, "203.0.113.07:80@2026-01-02T03:04:05Z", "refused"},
    {IndicatorType::ip_port_time, "203.0.113.7:80", "refused"},
    {IndicatorType::ip_port_time, "2001:db8::1:443@2026-01-02T03:04:05Z", "refused"},
    {IndicatorType::domain, "WWW.Example.ORG.", "www.example.org"},
    {IndicatorType::domain, "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {IndicatorType::domain,
     "b\xC3\xBC"
     "cher.example",
     "refused"},
    {IndicatorType::domain, "-a.example.org", "refused"},
    {IndicatorType::domain, "a..example.org", "refused"},
    {IndicatorType::domain, "203.0.113.7", "refused"},
    {IndicatorType::domain, "example", "refused"},
    {IndicatorType::url, "HTTP://Example.org:80", "http://example.org/"},
    {IndicatorType::url, "https://example.org:8443/A/b?c=%2f#part", "https://example.org:8443/A/b?c=%2F"},
    {IndicatorType::url, "https://example.org?x=1", "https://example.org/?x=1"},
    {IndicatorType::url, "http://[2001:DB8::1]:443/", "http://[2001:db8::1]:443/"},
    {IndicatorType::url, "http://203.0.113.7/x", "http://203.0.113.7/x"},
    {IndicatorType::url, "https://user:secret@example.org/", "refused"},
    {IndicatorType::url, "ftp://example.org/", "refused"},
    {IndicatorType::url, "https://example.org/%4", "refused"},
    {IndicatorType::url, "https://example.org/a b", "refused"},
    {IndicatorType::url, "https:///x", "refused"},
    {IndicatorType::onion, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcdefghijklmnopqrstuvwd.onion",
     "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwd.onion"},
    {IndicatorType::onion, "abcdefghijklmnop.onion", "refused"},
    {IndicatorType::onion, "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwa.onion", "refused"},
    {IndicatorType::payment_handle, "Name@Pay.example.org", "Name@pay.example.org"},
    {IndicatorType::wallet, "Bitcoin:1111111111111111111114oLvT2", "bitcoin:1111111111111111111114oLvT2"},
    {IndicatorType::wallet, "bitcoin:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
     "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
    {IndicatorType::wallet, "bitcoin:Bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "refused"},
    {IndicatorType::wallet, "ethereum:0x00000000000000000000000000000000000000Ab",
     "ethereum:0x00000000000000000000000000000000000000ab"},
    {IndicatorType::wallet, "ethereum:0x12", "refused"},
    {IndicatorType::wallet, "dogecoin:D1", "refused"},
    {IndicatorType::wallet, "bitcoin:", "refused"},
    {IndicatorType::group_id, "-1001234@chat.example.org", "-1001234@chat.example.org"},
    {IndicatorType::info_hash, "ABCDEF0123456789ABCDEF0123456789ABCDEF01", "abcdef0123456789abcdef0123456789abcdef01"},
    {IndicatorType::info_hash, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", "0000000000000000000000000000000000000001"},
    {IndicatorType::info_hash, "abc", "refused"},
};

TEST(Indicator, NormalisesOrRefuses) {
  for (const auto& example : kExamples) EXPECT_EQ(normal(example.type, example.text), example.normal) << example.text;
}

TEST(Indicator, NormalFormsReadBackUnchanged) {
  for (const auto& example : kExamples)
    if (example.normal != "refused") {
      EXPECT_EQ(normal(example.type, example.normal), example.normal);
    }
}

TEST(Indicator, RefusesEmptyControlAndEndlessTextOfEveryType) {
  using namespace std::string_view_literals;
  for (const auto type : kIndicatorTypes) {
    for (const auto bad :
         {""sv, " "sv, "a\0b@example.org"sv, "a\n@example.org"sv, "\xFF@example.org"sv, "\xE2\x80\xAE@example.org"sv}) {
      const auto parsed = Indicator::parse(type, bad);
      ASSERT_FALSE(parsed) << to_word(type);
      EXPECT_EQ(parsed.error().reason, Reason("indicator.malformed"));
    }
    EXPECT_EQ(Indicator::parse(type, std::string(limits::kIndicatorBytesMax + 1, 'a')).error().reason,
              Reason("indicator.too_long"));
  }
}

// Flipped examples either are refused or have a normal form that is its own.
TEST(Indicator, NormalisationIsIdempotentOnRandomInput) {
  const std::uint64_t seed = 4242;
  RecordProperty("seed", std::to_string(seed));
  SeededRandom random(seed);
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto& example = kExamples[random.next() % kExamples.size()];
    std::string text(example.text);
    for (std::uint64_t flips = random.next() % 3; flips > 0; --flips)
      text[random.next() % text.size()] = static_cast<char>(random.next() % 128);
    const auto parsed = Indicator::parse(example.type, text);
    if (!parsed) continue;
    ++taken;
    const auto again = Indicator::parse(example.type, parsed->value().reveal());
    ASSERT_TRUE(again) << to_word(example.type);
    EXPECT_EQ(*again, *parsed);
  }
  EXPECT_GT(taken, 1'000);
}

TEST(IndicatorWords, ReadBack) {
  for (const auto type : kIndicatorTypes) EXPECT_EQ(parse_indicator_type(to_word(type)).value(), type);
  EXPECT_FALSE(parse_indicator_type("ip"));
}

}  // namespace
}  // namespace tutela::casework
