#include "store/schema.h"

#include <gtest/gtest.h>

namespace tutela::store {
namespace {

TEST(SplitStatements, DropsWhiteSpaceAndEmptyOnes) {
  EXPECT_EQ(split_statements("\n A ;\n\n B\nC;;  "), (std::vector<std::string_view>{"A", "B\nC"}));
  EXPECT_EQ(split_statements("A"), std::vector<std::string_view>{"A"});
  EXPECT_TRUE(split_statements(" ;\n").empty());
}

TEST(Migrations, AreNumberedUpwardsAndSplitIntoDefinitions) {
  int last = 0;
  for (const auto& step : migrations()) {
    EXPECT_GT(step.version, last);
    last = step.version;
    EXPECT_FALSE(split_statements(step.sql).empty());
  }
}

}  // namespace
}  // namespace tutela::store
