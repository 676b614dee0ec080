#include "line/receipt_generations.h"

#include <gtest/gtest.h>

namespace tutela::line {
namespace {

TEST(ReceiptGenerations, ChangeAfterSoManyReportsAndNeverGoBack) {
  ReceiptGenerations generations(2);
  EXPECT_EQ(generations.next(from_unix_ms(1'000)), 1'000);
  EXPECT_EQ(generations.next(from_unix_ms(9'000)), 1'000);
  EXPECT_EQ(generations.next(from_unix_ms(9'500)), 9'500);
  EXPECT_EQ(generations.next(from_unix_ms(9'500)), 9'500);
  EXPECT_EQ(generations.next(from_unix_ms(500)), 9'501) << "the clock was set back";
}

}  // namespace
}  // namespace tutela::line
