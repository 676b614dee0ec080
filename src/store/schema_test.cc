#include "store/schema.h"

#include <gtest/gtest.h>

namespace tutela::store {
namespace {

TEST(SplitStatements, DropsWhiteSpaceAndEmptyOnes) {
  EXPECT_EQ(split_statements("\n A ;\n\n B\nC;;  "), (std::vector<std::string_view>{"A", "B\nC"}));
  EXPECT_EQ(split_statements("A"), std::vector<std::string_view>{"A"});
  EXPECT_TRUE(split_statements(" ;\n").empty());
}

TEST(Migrations, AreNumberedUpwardsFromOneAndSplitIntoDefinitions) {
  int last = 0;
  for (const auto& step : migrations()) {
    EXPECT_EQ(step.version, ++last);
    for (const auto statement : split_statements(step.sql))
      EXPECT_TRUE(statement.starts_with("CREATE ") || statement.starts_with("INSERT INTO ")) << statement;
  }
}

}  // namespace
}  // namespace tutela::store
