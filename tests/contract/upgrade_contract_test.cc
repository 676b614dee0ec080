#include <algorithm>
#include <map>

#include "contract.h"
#include "crypto/digest.h"
#include "line/schema_steps.h"
#include "store/consistency.h"

// Upgrades: a database that stands at step k - 1 with awkward rows in every table is brought to the newest step, and what was in
// it is still there. A step without a pair here fails EveryStepHasItsPair.
namespace tutela::store {
namespace {

// Rows by table and column, for comparing what both schemas have.
using Contents = std::map<std::string, std::vector<std::map<std::string, Value::Variant>>>;

struct Upgrade {
  int version;
  // What the step means for rows that were there: what this puts in besides the awkward rows of every table …
  std::function<Result<>(Transaction&)> load;
  // … and what must be true of them at the newest step.
  std::function<void(Reader&)> check;
  // Tables whose old rows the step moves, drops or rewrites; `check` says what became of them.
  std::vector<std::string> rewritten = {};
};

std::vector<Upgrade> upgrades() {
  return {
      // The ledger's tables are new; nothing that was there changes.
      {2, [](Transaction&) -> Result<> { return {}; },
       [](Reader& reader) { EXPECT_EQ(reader.query_one("SELECT count(*) FROM ledger_leaf").value()->integer(0), 0); }},
      // An index of digests instead of all values: items are found as before, also two of one digest.
      {3,
       [](Transaction& tx) -> Result<> {
         for (int item = 1; item <= 2; ++item)
           for (const auto* algorithm : {"sha256", "md5"})
             TUTELA_TRY(tx.execute("INSERT INTO item_fingerprint (item_id, algorithm, value, origin) VALUES ($1, $2, $3, 'node')",
                                   {Bytes(16, static_cast<std::uint8_t>(item)), algorithm, Bytes(32, 7)}));
         return {};
       },
       [](Reader& reader) {
         const auto rows = reader.query(
             "SELECT item_id FROM item_fingerprint WHERE value = $1 AND algorithm = 'sha256' ORDER BY item_id", {Bytes(32, 7)});
         ASSERT_EQ(rows.value().size(), 2U);
         EXPECT_EQ(rows->at(0).blob(0), Bytes(16, 1));
         EXPECT_EQ(reader.query_one("SELECT count(*) FROM work_lease").value()->integer(0), 0);
       },
       {"ledger_node"}},
      // Destruction, holds and exports are new; the guard that both sides of a race take is there from the start.
      {4,
       [](Transaction&) -> Result<> { return {}; },
       [](Reader& reader) {
         EXPECT_EQ(reader.query_one("SELECT turns FROM retention_guard WHERE id = 1").value()->integer(0), 0);
         EXPECT_EQ(reader.query_one("SELECT count(*) FROM legal_hold").value()->integer(0), 0);
       },
       {"ledger_node"}},
      // What witnesses and time-stamp authorities answered is new; nodes of the tree are made anew as tiles, from the leaves.
      {5,
       [](Transaction&) -> Result<> { return {}; },
       [](Reader& reader) { EXPECT_EQ(reader.query_one("SELECT count(*) FROM ledger_cosignature").value()->integer(0), 0); },
       {"ledger_node"}},
      // Items that were there stand in no stack.
      {7, [](Transaction&) -> Result<> { return {}; },
       [](Reader& reader) {
         EXPECT_EQ(reader.query_one("SELECT count(*) FROM item WHERE stack_entry IS NULL").value()->integer(0), 4);
       }},
      // Of the subjects of old entries nobody knows since when they are there; ledger_store_test goes on with such a chain.
      {9, [](Transaction&) -> Result<> { return {}; },
       [](Reader& reader) {
         for (const auto* table : {"ledger_leaf", "ledger_staged"})
           EXPECT_EQ(reader.query_one(std::string("SELECT count(*) FROM ") + table + " WHERE born_at = -1").value()->integer(0),
                     4);
       }},
      // Erasures are new; what was destroyed stays as it is.
      {11, [](Transaction&) -> Result<> { return {}; },
       [](Reader& reader) {
         for (const auto* table : {"erasure", "erasure_record", "erasure_class"})
           EXPECT_EQ(reader.query_one(std::string("SELECT count(*) FROM ") + table).value()->integer(0), 0);
         EXPECT_EQ(reader.query_one("SELECT count(*) FROM destruction").value()->integer(0), 4);
       }},
  };
}

std::vector<Migration> steps_before(int version) {
  auto steps = line::schema_steps();
  std::erase_if(steps, [&](const Migration& step) { return step.version >= version; });
  return steps;
}

// The i-th awkward value of a type: ends of the range, empty, quotes, what another program would take for an end.
Value awkward(ColumnType type, int i) {
  switch (type) {
    case ColumnType::number: {
      constexpr std::array<std::int64_t, 4> kNumbers{INT64_MIN, -1, 0, INT64_MAX};
      return kNumbers[static_cast<std::size_t>(i)];
    }
    case ColumnType::text: {
      const std::array<std::string, 4> texts{"", "it's \"so\" \\N \\. ; --", "\xC3\xA9\xF0\x9F\x8C\xB1 \t\n",
                                             std::string(9'000, 'x')};
      return texts[static_cast<std::size_t>(i)];
    }
    case ColumnType::bytes: {
      const std::array<Bytes, 4> blobs{Bytes{}, Bytes{0}, Bytes(16, 0xFF), Bytes(70'000, 0x5C)};
      return blobs[static_cast<std::size_t>(i)];
    }
  }
  return std::nullopt;
}

Result<> load_awkward_rows(Transaction& tx, const Table& table) {
  for (int i = 0; i < 4; ++i) {
    std::string places;
    std::vector<Value> values;
    for (const auto& column : table.columns) {
      places += (places.empty() ? "$" : ", $") + std::to_string(values.size() + 1);
      // An index has no room for a long key.
      const bool is_long = i == 3 && column.type != ColumnType::number;
      if (is_long && column.name.find("sealed") == std::string::npos) {
        values.push_back(column.type == ColumnType::text ? Value("long") : Value(Bytes(300, 9)));
      } else {
        values.push_back(awkward(column.type, i));
      }
    }
    TUTELA_TRY(tx.execute("INSERT INTO " + table.name + " (" + column_list(table) + ") VALUES (" + places + ")",
                          std::span<const Value>(values)));
  }
  return {};
}

Contents contents_of(Store& store, const std::vector<Table>& tables) {
  Contents contents;
  const auto read = store.read([&](Reader& reader) -> Result<> {
    for (const auto& table : tables) {
      TablePages pages(reader, table);
      auto& rows = contents[table.name];
      for (;;) {
        TUTELA_ASSIGN(const auto page, pages.next());
        if (page.empty()) break;
        for (const auto& row : page) {
          auto& columns = rows.emplace_back();
          for (std::size_t i = 0; i < table.columns.size(); ++i) columns[table.columns[i].name] = row.value(i);
        }
      }
    }
    return {};
  });
  EXPECT_TRUE(read) << reason_of(read);
  return contents;
}

TEST(Upgrades, EveryStepHasItsPair) {
  std::vector<int> versions;
  for (const auto& upgrade : upgrades()) versions.push_back(upgrade.version);
  for (const auto& step : line::schema_steps()) {
    if (step.version == 1) continue;
    EXPECT_EQ(std::ranges::count(versions, step.version), 1)
        << "step " << step.version << " of the schema has no pair in tests/contract/upgrade_contract_test.cc";
  }
}

// Databases in the field were made with these very texts: a step that is edited would leave two schemas under one number.
constexpr std::pair<int, std::string_view> kPublishedSteps[] = {
    {1, "14a610ab6d22da93fdb72b37e4f0e50cdfcd7e4eba1c6957db1ef93d1d21a8cd"},
    {2, "7632eeca09f40f19212017be1f7591c3413859b9c6ef0ad8b363d7c0ca885906"},
    {3, "7e2728ef344582c69f64cca6cfdea0f3416cafdee04049c8269e5a3c1855352c"},
    {4, "3f86132733f47c962f8f4320f6e4c239ee58cfab42842416e2013531e5a6c083"},
    {5, "df3070fbc959c5fcba49f4e7681346aa7bc52c6b0df4a21d56bc96545f179494"},
    {7, "2126cc8165d9e0c44c385c0e80c221523e460c25c8095fa5e61f6996d076d2f3"},
    {9, "c4a512ea7c87a33c13e5880d71423b43cbf2cf552cac0e31d57eab9352d37123"},
    {11, "f8ad772011d1913495686412bdc3b093bd5682e1b9c5d1eda40c91bedb570b03"},
};

TEST(Upgrades, APublishedStepIsNeverEdited) {
  const auto steps = line::schema_steps();
  ASSERT_EQ(steps.size(), std::size(kPublishedSteps)) << "a new step is added to kPublishedSteps with the SHA-256 of its text";
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].version, kPublishedSteps[i].first);
    EXPECT_EQ(encode_hex(crypto::sha256(as_bytes(steps[i].sql))), kPublishedSteps[i].second)
        << "step " << steps[i].version << " was edited: write a new step instead";
  }
}

TEST_P(StoreContract, EveryUpgradeKeepsTheRowsThatWereThere) {
  for (const auto& upgrade : upgrades()) {
    SCOPED_TRACE("step " + std::to_string(upgrade.version));
    Database database(GetParam());
    auto& store = database.store();
    const auto old_steps = steps_before(upgrade.version);
    ASSERT_TRUE(migrate(store, old_steps));
    const auto old_tables = tables_of(old_steps);
    const auto loaded = store.write([&](Transaction& tx) -> Result<> {
      for (const auto& table : old_tables) TUTELA_TRY(load_awkward_rows(tx, table));
      return upgrade.load(tx);
    });
    ASSERT_TRUE(loaded) << to_string(loaded.error());
    const auto before = contents_of(store, old_tables);
    const auto upgraded = migrate(store, line::schema_steps());
    ASSERT_TRUE(upgraded) << to_string(upgraded.error());

    const auto after = contents_of(store, tables_of(line::schema_steps()));
    for (const auto& [table, rows] : before) {
      if (std::ranges::find(upgrade.rewritten, table) != upgrade.rewritten.end()) continue;
      ASSERT_TRUE(after.contains(table)) << table;
      ASSERT_EQ(after.at(table).size(), rows.size()) << table;
      for (std::size_t row = 0; row < rows.size(); ++row)
        for (const auto& [column, value] : rows[row])
          EXPECT_TRUE(after.at(table)[row].at(column) == value) << table << '.' << column << ", row " << row;
    }
    ASSERT_TRUE(store.read([&](Reader& reader) -> Result<> {
      upgrade.check(reader);
      return {};
    }));
  }
}

// tables_of() reads the text; this holds it against what the database made of it.
TEST_P(StoreContract, TheTablesOfTheTextAreThoseOfTheDatabase) {
  const auto steps = line::schema_steps();
  ASSERT_TRUE(migrate(store(), steps));
  const auto facts = find_schema(store()).value();
  const auto tables = tables_of(steps);
  EXPECT_EQ(facts.tables, static_cast<std::int64_t>(tables.size()) + 1) << "and the table of versions";
  EXPECT_EQ(facts.version, steps.back().version);
  for (const auto& table : tables) {
    const auto columns = GetParam() == "sqlite"
                             ? query("SELECT name FROM pragma_table_info('" + table.name + "') ORDER BY cid")
                             : query(
                                   "SELECT column_name::text FROM information_schema.columns WHERE table_name = $1 AND "
                                   "table_schema = current_schema() ORDER BY ordinal_position",
                                   {table.name});
    ASSERT_EQ(columns.value().size(), table.columns.size()) << table.name;
    for (std::size_t i = 0; i < table.columns.size(); ++i) EXPECT_EQ(columns->at(i).text(0), table.columns[i].name);
  }
  for (const auto& reference : references()) {
    const auto found =
        query("SELECT count(*) FROM " + std::string(reference.table) + " a JOIN " + std::string(reference.to_table) + " b ON a." +
              std::string(reference.column) + " = b." + std::string(reference.to_column));
    EXPECT_TRUE(found) << reference.table << '.' << reference.column;
  }
}

TEST_P(StoreContract, AForeignDatabaseIsRefusedAndLeftAsItWas) {
  ASSERT_TRUE(execute("CREATE TABLE orders (id BIGINT PRIMARY KEY)"));
  const auto refused = migrate(store(), line::schema_steps());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_EQ(reason_of(refused), "store.foreign_database");
  const auto facts = find_schema(store()).value();
  EXPECT_EQ(facts.tables, 1);
  EXPECT_FALSE(facts.is_ours);
}

TEST_P(StoreContract, DanglingRowsAndDifferencesAreFound) {
  ASSERT_TRUE(migrate(store(), line::schema_steps()));
  ASSERT_TRUE(execute("INSERT INTO report_item (report_id, item_id) VALUES ($1, $2)", {Bytes(16, 1), Bytes(16, 2)}));
  const auto dangling =
      in_snapshot<std::vector<Dangling>>(store(), [](Reader& reader) { return find_dangling(reader, references()); }).value();
  ASSERT_EQ(dangling.size(), 2U);
  EXPECT_EQ(dangling[0].reference.table, "report_item");
  EXPECT_EQ(dangling[0].rows, 1);

  Database other(GetParam());
  ASSERT_TRUE(migrate(other.store(), line::schema_steps()));
  const auto tables = tables_of(line::schema_steps());
  const auto& table = *std::ranges::find(tables, "report_item", &Table::name);
  const auto difference = [&] {
    return in_snapshot<std::optional<std::string>>(store(),
                                                   [&](Reader& one) {
                                                     return in_snapshot<std::optional<std::string>>(
                                                         other.store(),
                                                         [&](Reader& two) { return find_difference(one, two, table); });
                                                   })
        .value();
  };
  EXPECT_EQ(difference(), "report_item, row 1");
  ASSERT_TRUE(other.store().write([](Transaction& tx) {
    return tx.append("INSERT INTO report_item (report_id, item_id) VALUES ($1, $2)", {Bytes(16, 1), Bytes(16, 2)});
  }));
  EXPECT_EQ(difference(), std::nullopt);
}

}  // namespace
}  // namespace tutela::store
