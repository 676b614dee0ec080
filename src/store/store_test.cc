#include "store/store.h"

#include <gtest/gtest.h>

namespace tutela::store {
namespace {

Row sample() { return Row({std::int64_t{7}, std::string("a"), Bytes{1, 2}, std::monostate{}}); }

TEST(Row, GivesColumnsByTheirType) {
  const Row row = sample();
  EXPECT_EQ(row.size(), 4U);
  EXPECT_EQ(row.integer(0), 7);
  EXPECT_EQ(row.time(0), from_unix_ms(7));
  EXPECT_EQ(row.text(1), "a");
  EXPECT_EQ(row.blob(2), (Bytes{1, 2}));
  EXPECT_TRUE(row.is_null(3));
  EXPECT_EQ(row.integer_or_null(0), 7);
  EXPECT_EQ(row.text_or_null(1), "a");
  EXPECT_EQ(row.blob_or_null(2), (Bytes{1, 2}));
  EXPECT_EQ(row.time_or_null(0), from_unix_ms(7));
  EXPECT_EQ(row.integer_or_null(3), std::nullopt);
  EXPECT_EQ(row.text_or_null(3), std::nullopt);
  EXPECT_EQ(row.blob_or_null(3), std::nullopt);
  EXPECT_EQ(row.time_or_null(3), std::nullopt);
}

TEST(RowDeathTest, WrongTypeOrColumnIsABug) {
  const Row row = sample();
  EXPECT_DEATH(static_cast<void>(row.text(0)), "");
  EXPECT_DEATH(static_cast<void>(row.integer(1)), "");
  EXPECT_DEATH(static_cast<void>(row.integer(3)), "");
  EXPECT_DEATH(static_cast<void>(row.text_or_null(0)), "");
  EXPECT_DEATH(static_cast<void>(row.is_null(4)), "");
}

TEST(Value, OptionalBecomesNullOrItself) {
  EXPECT_TRUE(std::holds_alternative<std::monostate>(Value(std::optional<std::string>()).variant()));
  EXPECT_EQ(std::get<std::string>(Value(std::optional<std::string>("a")).variant()), "a");
  EXPECT_EQ(std::get<std::int64_t>(Value(from_unix_ms(5)).variant()), 5);
}

}  // namespace
}  // namespace tutela::store
