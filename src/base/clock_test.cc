#include "base/clock.h"

#include <gtest/gtest.h>

namespace tutela {
namespace {

TEST(Clock, Rfc3339RoundTrips) {
  for (const std::int64_t ms : {0LL, 951'782'400'123LL, 4'102'444'799'999LL}) {
    const Time time = from_unix_ms(ms);
    EXPECT_EQ(parse_rfc3339(to_rfc3339(time)).value(), time);
  }
  EXPECT_EQ(to_rfc3339(from_unix_ms(1'700'000'000'007)), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(to_unix_ms(parse_rfc3339("2024-02-29T00:00:00Z").value()), 1'709'164'800'000);
}

TEST(Clock, Rfc3339RefusesEverythingElse) {
  for (const char* bad : {"", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-01-01 00:00:00Z", "2023-01-01T24:00:00Z",
                          "2023-01-01T00:00:00+01:00", "2023-01-01T00:00:00.1Z", "-023-01-01T00:00:00Z"})
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
}

}  // namespace
}  // namespace tutela
