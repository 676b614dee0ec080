#include "base/id.h"

#include <gtest/gtest.h>

namespace tutela {
namespace {

using TestId = Id<struct TestTag>;

TEST(Id, IsVersion7AndOrderedByTime) {
  SeededRandom random(7);
  const auto early = TestId::make(from_unix_ms(1'000'000'000'000), random);
  const auto late = TestId::make(from_unix_ms(1'000'000'000'001), random);
  EXPECT_LT(early, late);
  EXPECT_EQ(early.to_string()[14], '7');
  EXPECT_NE(std::string("89ab").find(early.to_string()[19]), std::string::npos);
}

// RFC 9562 section 5.7, whatever the random bytes are: 48 bits of milliseconds, version 7, variant 10, and nothing else fixed.
TEST(Id, HasVersionAndVariantBitsAndRandomOnes) {
  SeededRandom random(9);
  Uuid always_set;
  Uuid ever_set{};
  always_set.fill(0xFF);
  constexpr std::int64_t kTime = 0x0123'4567'89AB;
  for (int i = 0; i < 1'000; ++i) {
    const auto uuid = make_uuid_v7(from_unix_ms(kTime), random);
    ASSERT_EQ(uuid[6] >> 4, 7);
    ASSERT_EQ(uuid[8] >> 6, 0b10);
    for (std::size_t byte = 0; byte < uuid.size(); ++byte) {
      always_set[byte] &= uuid[byte];
      ever_set[byte] |= uuid[byte];
    }
  }
  const Uuid fixed{0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0x70, 0, 0x80};
  const Uuid free{0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0x7F, 0xFF, 0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  EXPECT_EQ(always_set, fixed);
  EXPECT_EQ(ever_set, free);
}

TEST(Id, TextRoundTripsAndIsStrict) {
  SeededRandom random(8);
  const auto id = TestId::make(from_unix_ms(1'700'000'000'000), random);
  EXPECT_EQ(TestId::parse(id.to_string()).value(), id);
  EXPECT_EQ(TestId::from_bytes(id.bytes()).value(), id);
  for (const char* bad : {"", "018bcfe5-6800-7000-8000-00000000000", "018BCFE5-6800-7000-8000-000000000000",
                          "018bcfe568007000800000000000000000000"})
    EXPECT_FALSE(TestId::parse(bad)) << bad;
}

}  // namespace
}  // namespace tutela
