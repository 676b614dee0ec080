#include "ledger/pace.h"

#include <gtest/gtest.h>

namespace tutela::ledger {
namespace {

using std::chrono::milliseconds;

TEST(Pace, PausesWhileNumberingIsBehindAndNotWhenNoLoadExplainsIt) {
  for (const auto usual : {0, 1, 399, 400}) EXPECT_EQ(Pace::pause_for(Duration(usual)), milliseconds(0)) << usual;
  EXPECT_EQ(Pace::pause_for(Duration(401)), milliseconds(1));
  EXPECT_EQ(Pace::pause_for(Duration(500)), milliseconds(100));
  for (const auto far : {650, 1'000, 9'999}) EXPECT_EQ(Pace::pause_for(Duration(far)), milliseconds(250)) << far;
  for (const auto of_no_load : {10'000, 3'600'000}) EXPECT_EQ(Pace::pause_for(Duration(of_no_load)), milliseconds(0));
}

TEST(Pace, IsOfWhatItWasToldLast) {
  Pace pace;
  EXPECT_EQ(pace.pause(), milliseconds(0));
  pace.note_behind(Duration(600));
  EXPECT_EQ(pace.pause(), milliseconds(200));
  pace.note_behind(Duration(0));
  EXPECT_EQ(pace.behind(), Duration(0));
  EXPECT_EQ(pace.pause(), milliseconds(0));
}

}  // namespace
}  // namespace tutela::ledger
