#include "cli/progress.h"

#include <gtest/gtest.h>

namespace tutela::cli {
namespace {

TEST(Progress, SaysHowManyHowFastAndHowLong) {
  EXPECT_EQ(progress_text("lines", {}, {12'000, 0.25}, 4, ProgressLine::running), "12,000 lines, 3,000/s, 12 s left");
}

// 900 of 1,000 files were done by an earlier start: 50 in ten seconds leave ten more for the last 50.
TEST(Progress, WhatAnEarlierStartDidMakesNothingFaster) {
  EXPECT_EQ(progress_text("files", {900, 0.9}, {950, 0.95}, 10, ProgressLine::running), "950 files, 5/s, 10 s left");
  EXPECT_EQ(progress_text("files", {900, 0.9}, {1000, 1}, 20, ProgressLine::last), "1,000 files, 5/s");
}

TEST(Progress, SaysNothingOfWhatIsLeftBeforeAnythingMoved) {
  EXPECT_EQ(progress_text("files", {900, 0.9}, {900, 0.9}, 0, ProgressLine::running), "900 files, 0/s");
  EXPECT_EQ(progress_text("files", {}, {0, 1}, 0, ProgressLine::last), "0 files, 0/s");
}

}  // namespace
}  // namespace tutela::cli
