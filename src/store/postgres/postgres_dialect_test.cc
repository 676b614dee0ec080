#include "store/postgres/postgres_dialect.h"

#include <gtest/gtest.h>

namespace tutela::store::postgres {
namespace {

TEST(PostgresDialect, ReplacesTypesInDefinitionsOnly) {
  EXPECT_EQ(translate("CREATE TABLE t (a BLOB NOT NULL, b TEXT)"), "CREATE TABLE t (a BYTEA NOT NULL, b TEXT COLLATE \"C\")");
  EXPECT_EQ(translate("ALTER TABLE t ADD COLUMN c BLOB"), "ALTER TABLE t ADD COLUMN c BYTEA");
  EXPECT_EQ(translate("SELECT 'BLOB' FROM t"), "SELECT 'BLOB' FROM t");
}

TEST(PostgresDialect, LeavesQuotedAndLongerWordsAlone) {
  EXPECT_EQ(translate("CREATE TABLE t (BLOB_SIZE BIGINT, \"BLOB\" BIGINT DEFAULT 'TEXT')"),
            "CREATE TABLE t (BLOB_SIZE BIGINT, \"BLOB\" BIGINT DEFAULT 'TEXT')");
}

TEST(PostgresDialect, KnowsDefinitions) {
  EXPECT_TRUE(is_definition("DROP TABLE t"));
  EXPECT_FALSE(is_definition("DELETE FROM t"));
}

}  // namespace
}  // namespace tutela::store::postgres
