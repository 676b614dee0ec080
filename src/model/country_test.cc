#include "model/country.h"

#include <gtest/gtest.h>

namespace tutela {
namespace {

// Every pair of capitals, against the count of ISO 3166-1 and samples of assigned, reserved and user-assigned codes.
TEST(Country, KnowsExactly249Codes) {
  int count = 0;
  for (char first = 'A'; first <= 'Z'; ++first)
    for (char second = 'A'; second <= 'Z'; ++second) {
      const std::string code{first, second};
      const auto country = Country::parse(code);
      if (!country) continue;
      ++count;
      EXPECT_EQ(country->text(), code);
    }
  EXPECT_EQ(count, 249);
  for (const char* good : {"DE", "US", "GB", "AU", "CA", "ZW", "AD", "SS", "ME"}) EXPECT_TRUE(Country::parse(good)) << good;
}

TEST(Country, RefusesEverythingElse) {
  for (const char* bad : {"", "D", "de", "DEU", "UK", "EU", "XK", "ZZ", "AN", "SU", "1A", " DE", "DE "}) {
    ASSERT_FALSE(Country::parse(bad)) << bad;
    EXPECT_EQ(Country::parse(bad).error().reason, Reason("country.unknown"));
  }
}

TEST(Country, OrdersByCode) { EXPECT_LT(*Country::parse("DE"), *Country::parse("US")); }

}  // namespace
}  // namespace tutela
