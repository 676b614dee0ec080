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
