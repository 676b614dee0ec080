#include "store/tables.h"

#include <gtest/gtest.h>

#include <array>

namespace tutela::store {
namespace {

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(Tables, AreReadFromTheTextOfTheSteps) {
  constexpr std::array kSteps{
      Migration{1,
                "CREATE TABLE one (id BLOB PRIMARY KEY, word TEXT NOT NULL DEFAULT 'a, (b', UNIQUE (word, id), n BIGINT);"
                "CREATE INDEX one_by_word ON one (word); INSERT INTO one (id) VALUES (1);"
                "CREATE TABLE two (a BIGINT NOT NULL, b BLOB, PRIMARY KEY (a, b));"},
      Migration{2, "CREATE TABLE three (id BIGINT PRIMARY KEY); ALTER TABLE two ADD COLUMN c TEXT; DROP TABLE three"},
      Migration{5,
                "ALTER TABLE two RENAME COLUMN b TO d; ALTER TABLE one DROP COLUMN n; ALTER TABLE one RENAME TO first;"
                "UPDATE first SET word = 'x'"}};
  const auto tables = tables_of(kSteps);
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].name, "first");
  EXPECT_EQ(names_of(tables[0]), (Names{"id", "word"}));
  EXPECT_EQ(tables[0].key, (Names{"id"}));
  EXPECT_EQ(tables[0].columns[0].type, ColumnType::bytes);
  EXPECT_EQ(tables[0].columns[1].type, ColumnType::text);
  EXPECT_EQ(tables[0].initial_rows, 1);
  EXPECT_EQ(tables[1].name, "two");
  EXPECT_EQ(names_of(tables[1]), (Names{"a", "d", "c"}));
  EXPECT_EQ(tables[1].key, (Names{"a", "d"}));
  EXPECT_EQ(tables[1].columns[0].type, ColumnType::number);
}

TEST(Tables, ArePagedByTheirKey) {
  constexpr std::array kSteps{Migration{1, "CREATE TABLE two (a BIGINT NOT NULL, b BLOB, c TEXT, PRIMARY KEY (a, b))"}};
  const auto table = tables_of(kSteps).at(0);
  EXPECT_EQ(first_page_sql(table), "SELECT a, b, c FROM two ORDER BY a, b LIMIT $1");
  EXPECT_EQ(next_page_sql(table), "SELECT a, b, c FROM two WHERE (a, b) > ($1, $2) ORDER BY a, b LIMIT $3");
}

TEST(Tables, OfTheOwnStepsAllHaveAKey) {
  const auto tables = tables_of(migrations());
  EXPECT_GT(tables.size(), 30U);
  for (const auto& table : tables) EXPECT_FALSE(table.columns.empty()) << table.name;
}

}  // namespace
}  // namespace tutela::store
