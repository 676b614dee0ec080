#include "intake/receipt.h"

#include <gmock/gmock.h>

namespace tutela::intake {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

Receipt receipt_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return Receipt::make(random);
}

std::string_view reason_of(std::string_view text) {
  const auto receipt = Receipt::parse(text);
  return receipt ? std::string_view("read") : receipt.error().reason.text();
}

TEST(Receipt, HasGroupsOfFourAndRoundTrips) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Receipt receipt = receipt_of(seed);
    const std::string text = receipt.reveal_text();
    ASSERT_EQ(text.size(), 29U);
    for (std::size_t place = 0; place < text.size(); ++place) {
      if (place % 5 == 4) {
        EXPECT_EQ(text[place], '-');
      } else {
        EXPECT_NE(kAlphabet.find(text[place]), std::string_view::npos);
      }
    }
    ASSERT_EQ(Receipt::parse(text), receipt) << "seed " << seed;
  }
}

// All 100 bits are random: over many receipts each data symbol takes each of the 32 values.
TEST(Receipt, UsesAllItsBits) {
  static_assert(Receipt::kRandomBits >= 100);
  std::array<std::uint32_t, Receipt::kDataSymbols> seen{};
  SeededRandom random(1);
  for (int count = 0; count < 2000; ++count) {
    const Receipt receipt = Receipt::make(random);
    for (std::size_t place = 0; place < seen.size(); ++place) seen[place] |= std::uint32_t{1} << receipt.reveal_secret()[place];
  }
  for (const std::uint32_t values : seen) EXPECT_EQ(values, 0xffff'ffffU);
}

TEST(Receipt, ForgivesCaseSpacesDashesAndLookAlikes) {
  SeededRandom random(11);
  for (int count = 0; count < 200; ++count) {
    const Receipt receipt = Receipt::make(random);
    const std::string text = receipt.reveal_text();
    std::string bare;
    std::string lower;
    std::string spaced = " ";
    std::string typographic;
    std::string alike;
    for (const char c : text) {
      if (c != '-') bare += c;
      lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      spaced += c == '-' ? " - " : std::string(1, c) + "\t";
      typographic += c == '-' ? std::string("\u2013") + "\u00a0" : std::string(1, c);
      alike += c == '0' ? 'o' : c == '1' ? (count % 2 == 0 ? 'l' : 'I') : c;
    }
    for (const std::string& typed : {bare, lower, spaced, typographic, alike}) EXPECT_EQ(Receipt::parse(typed), receipt) << count;
  }
}

TEST(Receipt, FindsEveryWrongSymbolAndEveryExchange) {
  const std::string text = receipt_of(3).reveal_text();
  for (std::size_t place = 0; place < text.size(); ++place) {
    if (text[place] == '-') continue;
    for (const char c : kAlphabet) {
      std::string typed = text;
      typed[place] = c;
      EXPECT_EQ(reason_of(typed), c == text[place] ? "read" : "receipt.mistyped");
    }
    for (std::size_t other = place + 1; other < text.size(); ++other) {
      if (text[other] == '-' || text[other] == text[place]) continue;
      std::string typed = text;
      std::swap(typed[place], typed[other]);
      EXPECT_EQ(reason_of(typed), "receipt.mistyped") << place << " and " << other;
    }
  }
}

TEST(Receipt, FindsUpToFourWrongSymbols) {
  SeededRandom random(20'260'505);
  const std::string text = receipt_of(4).reveal_text();
  for (int count = 0; count < 20'000; ++count) {
    std::string typed = text;
    for (int wrong = 0; wrong < 4; ++wrong) {
      const std::size_t place = random.next() % text.size();
      if (text[place] != '-') typed[place] = kAlphabet[random.next() % kAlphabet.size()];
    }
    EXPECT_EQ(reason_of(typed), typed == text ? "read" : "receipt.mistyped") << "seed 20260505";
  }
}

TEST(Receipt, TellsMalformedFromMistyped) {
  const std::string text = receipt_of(5).reveal_text();
  EXPECT_EQ(reason_of(""), "receipt.malformed");
  EXPECT_EQ(reason_of("----"), "receipt.malformed");
  EXPECT_EQ(reason_of(text.substr(1)), "receipt.malformed");
  EXPECT_EQ(reason_of(text + "0"), "receipt.malformed");
  EXPECT_EQ(reason_of("U" + text.substr(1)), "receipt.malformed");
  EXPECT_EQ(reason_of(text.substr(0, 28) + "\xe2\x80"), "receipt.malformed");
  EXPECT_EQ(reason_of(text + std::string(Receipt::kTextBytesMax, ' ')), "receipt.malformed");
}

// Fixed, so that receipts handed out before an upgrade are still read after it.
TEST(Receipt, VectorsAreFixed) {
  EXPECT_EQ(Receipt::parse("0000-0000-0000-0000-0000-0000")->reveal_secret().size(), 20U);
  EXPECT_EQ(Receipt::parse("1000-0000-0000-0000-0000-1111")->reveal_secret()[0], 1);
  // Symbol 1 at place 1: the check symbols are x, x^2, x^3, x^4.
  EXPECT_EQ(Receipt::parse("0100-0000-0000-0000-0000-248G")->reveal_secret()[1], 1);
  EXPECT_EQ(reason_of("0100-0000-0000-0000-0000-248H"), "receipt.mistyped");
}

}  // namespace
}  // namespace tutela::intake
