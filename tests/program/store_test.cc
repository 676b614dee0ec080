#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "program/program.h"
#include "store/sqlite/sqlite_store.h"
#include "support/postgres_server.h"

namespace tutela::test {
namespace {

// tutela store migrate|check|copy, and what stands in a data folder that is not what it should be.
class StoreProgram : public testing::Test {
 public:
  StoreProgram() {
    const auto made = program_.run({"init", "--data", program_.path("node"), "--name", "node.test", "--kind", "hotline",
                                    "--country", "DE", "--demo", "--json"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
  }

 protected:
  Program::Ran store(std::vector<std::string> words) {
    words.insert(words.begin(), "store");
    words.insert(words.end(), {"--data", program_.path("node"), "--json"});
    return program_.run(words);
  }
  std::filesystem::path database() const { return program_.path("node") / "data" / "tutela.sqlite"; }
  // The node's database, as a tool that knows nothing of it might change it.
  void change(std::string_view sql) {
    const auto opened = store::open_sqlite(database());
    ASSERT_TRUE(opened);
    ASSERT_TRUE((*opened)->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute(sql));
      return {};
    }));
  }
  // Refused with that reason, with advice, and nothing in the data folder is another.
  void expect_refused(const std::vector<std::string>& words, const std::string& reason) {
    const auto before = everything();
    const auto ran = store(words);
    EXPECT_NE(ran.exit_code, 0) << words[0];
    EXPECT_NE(ran.err.find(reason), std::string::npos) << ran.err;
    EXPECT_GE(std::ranges::count(ran.err, '\n'), 2) << "no advice: " << ran.err;
    EXPECT_EQ(everything(), before) << words[0];
  }
  static std::string database_of(PostgresServer& server) {
    const auto conninfo = server.create_database();
    // The program gives up root, and must reach the server's socket all the same.
    const auto folder = conninfo.substr(5, conninfo.find(' ') - 5);
    std::filesystem::permissions(folder, std::filesystem::perms::others_exec, std::filesystem::perm_options::add);
    return conninfo;
  }

  Program program_;

 private:
  std::string everything() {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(program_.path("node") / "data"))
      if (entry.is_regular_file() && entry.path().extension() != ".lock")
        all += entry.path().filename().string() + text_of(entry.path());
    return all;
  }
};

TEST_F(StoreProgram, MigrateSaysFromAndToAndCheckFindsNothing) {
  const auto migrated = store({"migrate"});
  ASSERT_EQ(migrated.exit_code, 0) << migrated.err;
  EXPECT_EQ(migrated.json()["from"], migrated.json()["to"]);
  EXPECT_GE(migrated.json()["to"].get<int>(), 3);
  const auto checked = store({"check"});
  ASSERT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_EQ(checked.json()["rows"]["node"], 1);
  EXPECT_GT(checked.json()["ledger"]["size"].get<int>(), 1);
  EXPECT_TRUE(checked.json()["faults"].empty());
  EXPECT_TRUE(checked.json()["dangling"].empty());
}

TEST_F(StoreProgram, CheckNamesWhatDoesNotFit) {
  change("INSERT INTO report_item (report_id, item_id) VALUES (zeroblob(16), zeroblob(16))");
  const auto checked = store({"check"});
  EXPECT_NE(checked.exit_code, 0);
  EXPECT_NE(checked.err.find("store.not_sound"), std::string::npos) << checked.err;
  EXPECT_EQ(checked.json()["dangling"][0]["column"], "report_item.report_id");
}

TEST_F(StoreProgram, CheckRefusesALedgerThatSomebodyEdited) {
  change("UPDATE ledger_leaf SET payload = '{\"by\":\"nobody\"}' WHERE leaf_index = 1");
  const auto checked = store({"check"});
  EXPECT_NE(checked.exit_code, 0);
  EXPECT_NE(checked.err.find("ledger."), std::string::npos) << checked.err;
}

TEST_F(StoreProgram, CopyMovesTheNodeAndTheLedgerWithIt) {
  auto& server = PostgresServer::shared();
  const auto conninfo = database_of(server);
  const auto before = store({"check"}).json();
  const auto copied = store({"copy", "--to", conninfo});
  ASSERT_EQ(copied.exit_code, 0) << copied.err;
  EXPECT_EQ(copied.json()["ledger"], before["ledger"]);
  expect_refused({"copy", "--to", conninfo}, "store.not_empty");

  const auto settings = program_.path("node") / "tutela.toml";
  auto text = text_of(settings);
  const auto line = text.find("postgresql = \"\"");
  if (line == std::string::npos) {
    text += "\n[store]\npostgresql = \"" + conninfo + "\"\n";
  } else {
    text.replace(line, 15, "postgresql = \"" + conninfo + "\"");
  }
  write_text(settings, text);
  const auto after = store({"check"});
  ASSERT_EQ(after.exit_code, 0) << after.err;
  EXPECT_EQ(after.json()["backend"], "postgresql");
  EXPECT_EQ(after.json()["ledger"], before["ledger"]);
  EXPECT_EQ(after.json()["rows"], before["rows"]);
  expect_refused({"copy", "--to", conninfo}, "store.not_sqlite");
  // And it goes on there.
  EXPECT_EQ(program_.run({"member", "add", "--data", program_.path("node"), "--login", "anna", "--roles", "analyst"}).exit_code,
            0);
}

TEST_F(StoreProgram, ACopyThatBreaksOffLeavesTheTargetEmpty) {
  const auto conninfo = database_of(PostgresServer::shared());
  // A number where text belongs: SQLite keeps it, PostgreSQL is asked for something it cannot.
  change("UPDATE node SET name = x'00'");
  const auto refused = store({"copy", "--to", conninfo});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.err.find("store.bad_row"), std::string::npos) << refused.err;
  change("UPDATE node SET name = 'node.test'");
  EXPECT_EQ(store({"copy", "--to", conninfo}).exit_code, 0) << "it may be begun again";
}

TEST_F(StoreProgram, ANewerADamagedAndAForeignFileAreRefusedBeforeAnythingIsChanged) {
  change("INSERT INTO schema_version (version) VALUES (999)");
  for (const auto* word : {"migrate", "check"}) expect_refused({word}, "store.newer_schema");
  change("DELETE FROM schema_version WHERE version = 999");
  ASSERT_EQ(store({"check"}).exit_code, 0);

  std::filesystem::remove(database());
  std::ofstream(database()) << std::string(8'192, 'x');
  for (const auto* word : {"migrate", "check"}) expect_refused({word}, "store.corrupt");

  std::filesystem::remove(database());
  change("CREATE TABLE orders (id BIGINT PRIMARY KEY)");
  for (const auto* word : {"migrate", "check"}) expect_refused({word}, "store.foreign_database");
}

TEST_F(StoreProgram, AFolderThatAServerHoldsIsRefused) {
  const auto held = store::open_sqlite(database());
  ASSERT_TRUE(held);
  for (const auto* word : {"migrate", "check"}) expect_refused({word}, "store.in_use");
}

}  // namespace
}  // namespace tutela::test
