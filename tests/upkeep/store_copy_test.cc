#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <set>

#include "app/store_copy.h"
#include "doctor/table_repository.h"
#include "line/schema_steps.h"
#include "store/consistency.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "support/postgres_server.h"
#include "upkeep/running_folder.h"

// `tutela store copy` of rows as no node writes them and every database allows, and of a target that does not keep what it is
// given.
namespace tutela::test {
namespace {

using Variant = store::Value::Variant;

// What is proved by the ledger's root, and therefore has the node's own rows.
const std::set<std::string> kOfTheLedger{"ledger_leaf", "ledger_epoch", "ledger_checkpoint", "ledger_tile"};

Bytes every_byte() {
  Bytes bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<std::uint8_t>(byte));
  return bytes;
}

// One kind of row: each value differs from those of the other kinds, so that no key is met twice.
struct Awkward {
  std::int64_t number;
  std::string text;
  Bytes bytes;
  bool is_null = false;  // where it may be
};
const std::array kAwkward{
    Awkward{std::numeric_limits<std::int64_t>::min(), "", {}, true},
    Awkward{std::numeric_limits<std::int64_t>::max(), "two\nlines\r\n\ttab, \\N \\. 'quoted' \"twice\"", every_byte()},
    Awkward{0, "äöü ß 漢字 \U0001F50D e\u0301 \u200F", Bytes(1, 0)},
    Awkward{-1, std::string(20'000, 'x') + "\u00A0", Bytes(20'000, 0xFF)},
    Awkward{1'000'000'007, " \\x00 NULL ", Bytes{0xFF, 0x00, 0x0A, 0x5C, 0x00}},
};

class StoreCopy : public testing::Test {
 protected:
  StoreCopy() : tables(store::tables_of(steps)) {}

  void fill_every_table() {
    const auto source = must(store::open_sqlite(home.folder().database()));
    const auto columns = must(in_snapshot<std::vector<doctor::ColumnFacts>>(
        *source, [](store::Reader& reader) { return doctor::columns_of_database(reader, "sqlite"); }));
    must(source->write([&](store::Transaction& tx) -> Result<> {
      for (const auto& table : tables) {
        if (kOfTheLedger.contains(table.name)) continue;
        for (const auto& awkward : kAwkward) TUTELA_TRY(insert(tx, table, columns, awkward));
      }
      return {};
    }));
  }
  static Result<> insert(store::Transaction& tx, const store::Table& table, const std::vector<doctor::ColumnFacts>& columns,
                         const Awkward& awkward) {
    std::vector<store::Value> values;
    std::string places;
    for (const auto& column : table.columns) {
      places += (places.empty() ? "$" : ", $") + std::to_string(values.size() + 1);
      const auto facts =
          std::ranges::find_if(columns, [&](const auto& one) { return one.table == table.name && one.column == column.name; });
      if (facts->may_be_null && awkward.is_null)
        values.emplace_back(std::nullopt);
      else if (column.type == store::ColumnType::number)
        values.emplace_back(awkward.number);
      else if (column.type == store::ColumnType::text)
        values.emplace_back(awkward.text);
      else
        values.emplace_back(awkward.bytes);
    }
    TUTELA_TRY(tx.execute("INSERT INTO " + table.name + " (" + store::column_list(table) + ") VALUES (" + places + ")",
                          std::span<const store::Value>(values)));
    return {};
  }
  std::vector<std::vector<Variant>> rows_of(store::Store& store, const store::Table& table) {
    return must(in_snapshot<std::vector<std::vector<Variant>>>(
        store, [&](store::Reader& reader) -> Result<std::vector<std::vector<Variant>>> {
          std::vector<std::vector<Variant>> rows;
          store::TablePages pages(reader, table);
          for (;;) {
            TUTELA_ASSIGN(const auto page, pages.next());
            if (page.empty()) return rows;
            for (const auto& row : page) {
              auto& values = rows.emplace_back();
              for (std::size_t at = 0; at < table.columns.size(); ++at) values.push_back(row.value(at));
            }
          }
        }));
  }
  std::int64_t rows_in(store::Store& store) {
    const auto counts = must(in_snapshot<std::vector<store::TableCount>>(
        store, [&](store::Reader& reader) { return store::count_rows(reader, tables); }));
    std::int64_t all = 0;
    for (const auto& count : counts) all += count.rows;
    return all;
  }

  NodeFolder home;
  const std::vector<store::Migration> steps = line::schema_steps();
  const std::vector<store::Table> tables;
  const std::string conninfo = PostgresServer::shared().create_database();
};

TEST_F(StoreCopy, KeepsEveryValueOfEveryTable) {
  fill_every_table();
  const auto copied = must(app::copy_to_postgres(home.folder(), conninfo));
  EXPECT_EQ(copied.tables, tables.size());
  const auto source = must(store::open_sqlite(home.folder().database()));
  const auto target = must(store::open_postgres(conninfo, 1));
  for (const auto& table : tables) {
    const auto rows = rows_of(*source, table);
    EXPECT_GE(rows.size(), kOfTheLedger.contains(table.name) ? 1U : kAwkward.size()) << table.name;
    EXPECT_TRUE(rows == rows_of(*target, table)) << table.name;
  }
}

// By a trigger, as a database has them that is not only the node's: on the first, the last and a row between.
TEST_F(StoreCopy, ATargetThatKeepsSomethingElseIsRefusedAndLeftEmpty) {
  fill_every_table();
  const auto target = must(store::open_postgres(conninfo, 1));
  must(store::migrate(*target, steps));
  const auto empty = rows_in(*target);
  const auto name = conninfo.substr(conninfo.find("dbname=") + 7);
  auto& server = PostgresServer::shared();
  const auto refused = [&](const std::string& table, const std::string& body) {
    server.run("CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN " + body + " RETURN NEW; END'", name);
    server.run("CREATE TRIGGER meddles BEFORE INSERT ON " + table + " FOR EACH ROW EXECUTE FUNCTION meddle()", name);
    const auto copied = app::copy_to_postgres(home.folder(), conninfo);
    server.run("DROP FUNCTION meddle() CASCADE", name);
    EXPECT_EQ(rows_in(*target), empty) << "nothing is left";
    return copied ? "copied" : std::string(copied.error().reason.text()) + ", " + copied.error().place;
  };
  using testing::StartsWith;
  EXPECT_THAT(refused("report", "IF NEW.received_at = 0 THEN NEW.state := NEW.state || '' ''; END IF;"),
              StartsWith("store.copy_differs, report, row "));
  EXPECT_THAT(refused("notice_check", "IF NEW.checked_at < -1 THEN RETURN NULL; END IF;"),
              StartsWith("store.copy_differs, notice_check, row "));
  EXPECT_THAT(refused("item_fingerprint", "NEW.quality := COALESCE(NEW.quality, 0);"),
              StartsWith("store.copy_differs, item_fingerprint, row "));
  EXPECT_THAT(refused("ledger_leaf", "NEW.payload := NEW.payload || '' '';"),
              StartsWith("store.copy_differs, ledger_leaf, row "));
  must(app::copy_to_postgres(home.folder(), conninfo));
}

}  // namespace
}  // namespace tutela::test
