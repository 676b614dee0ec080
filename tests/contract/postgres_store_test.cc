#include <atomic>
#include <thread>

#include "contract.h"

// What only a server can do to us: go away, come back, and commit on one machine of two.
namespace tutela::store {
namespace {

constexpr std::string_view kCreate = "CREATE TABLE thing (id BIGINT PRIMARY KEY)";

Result<> execute(Store& store, std::string_view sql, std::initializer_list<Value> parameters = {}) {
  return store.write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute(sql, parameters));
    return {};
  });
}

Result<std::int64_t> count(Store& store) {
  return in_snapshot<std::int64_t>(store, [](Reader& reader) -> Result<std::int64_t> {
    TUTELA_ASSIGN(const auto row, reader.query_one("SELECT count(*) FROM thing"));
    return row->integer(0);
  });
}

// Ends every connection of a store of ours and returns when they are gone; those that are made anew stay.
void end_connections(test::PostgresServer& server) {
  const std::string ours = "application_name = 'tutela'";
  const auto before = server.run("SELECT COALESCE(string_agg(pid::text, ','), '0') FROM pg_stat_activity WHERE " + ours);
  server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + ours);
  while (server.run("SELECT count(*) FROM pg_stat_activity WHERE pid IN (" + before + ")") != "0")
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST(PostgresStore, NoServerIsUnavailable) {
  const test::TempFolder folder;
  const auto opened = open_postgres("host=" + folder.path().string() + " user=tutela dbname=none");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
  EXPECT_EQ(reason_of(opened), "store.lost_connection");
}

TEST(PostgresStore, CrashedServerIsUnavailableThenEveryAcknowledgedRowIsThere) {
  auto& server = test::PostgresServer::shared();
  Database database("postgresql");
  auto& store = database.store();
  ASSERT_TRUE(execute(store, kCreate));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(execute(store, "INSERT INTO thing (id) VALUES ($1)", {i}));

  // In the middle of a transaction, so that the body sees the loss.
  bool lost_inside = false;
  const auto broken = store.write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES (100)"));
    server.crash();
    const auto next = tx.execute("INSERT INTO thing (id) VALUES (101)");
    lost_inside = reason_of(next) == "store.lost_connection";
    TUTELA_TRY(next);
    return {};
  });
  EXPECT_TRUE(lost_inside);
  EXPECT_EQ(reason_of(broken), "store.lost_connection");
  EXPECT_EQ(broken.error().code, ErrorCode::unavailable);
  EXPECT_EQ(reason_of(execute(store, "INSERT INTO thing (id) VALUES (102)")), "store.lost_connection");
  EXPECT_EQ(reason_of(count(store)), "store.lost_connection");

  server.start();
  EXPECT_EQ(count(store).value(), 20);
  EXPECT_TRUE(execute(store, "INSERT INTO thing (id) VALUES (103)"));
}

TEST(PostgresStore, AnIdleConnectionThatDiedIsReplacedUnnoticed) {
  auto& server = test::PostgresServer::shared();
  Database database("postgresql");
  ASSERT_TRUE(execute(database.store(), kCreate));
  end_connections(server);
  EXPECT_TRUE(execute(database.store(), "INSERT INTO thing (id) VALUES (1)"));
}

TEST(PostgresStore, AConnectionLostDuringCommitIsAnUnknownOutcome) {
  auto& server = test::PostgresServer::shared();
  Database database("postgresql");
  ASSERT_TRUE(execute(database.store(), kCreate));
  const auto result = database.store().write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES (1)"));
    end_connections(server);
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unavailable);
  EXPECT_EQ(reason_of(result), "store.unknown_outcome");
}

// The server committed, but the standby it was told to wait for never confirmed: that is no acknowledgement. The only sign of it
// is a warning, which the operator's settings must not keep from us.
TEST(PostgresStore, ACommitWithoutItsStandbyIsNotAcknowledged) {
  auto& server = test::PostgresServer::shared();
  server.run("ALTER SYSTEM SET client_min_messages = error");
  server.run("SELECT pg_reload_conf()");
  while (server.run("SHOW client_min_messages") != "error") std::this_thread::sleep_for(std::chrono::milliseconds(10));
  Database database("postgresql");
  ASSERT_TRUE(execute(database.store(), kCreate));
  const auto set_standby = [&](const std::string& name, const std::string& reached) {
    server.run("ALTER SYSTEM SET synchronous_standby_names = '" + name + "'");
    server.run("SELECT pg_reload_conf()");
    while (server.run("SHOW synchronous_standby_names") != reached) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  };
  set_standby("missing", "missing");
  bool woken = false;
  Result<> result;
  std::jthread writer([&] {
    result = database.store().write([&](Transaction& tx) -> Result<> {
      tx.after_commit([&] { woken = true; });
      TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES (1)"));
      return {};
    });
  });
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.run("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "0") {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up_at);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  writer.join();
  set_standby("", "");
  server.run("ALTER SYSTEM RESET client_min_messages");
  server.run("SELECT pg_reload_conf()");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unavailable);
  EXPECT_EQ(reason_of(result), "store.unknown_outcome");
  EXPECT_FALSE(woken);
  EXPECT_TRUE(execute(database.store(), "INSERT INTO thing (id) VALUES (2)"));
}

// A program that was stopped in the middle of a transaction holds its rows until the server ends it; who waits for them does not
// give up before.
TEST(PostgresStore, ASleeperInATransactionIsEndedBeforeThoseWhoWaitGiveUp) {
  Database database("postgresql");
  const auto other = database.another().value();
  ASSERT_TRUE(execute(database.store(), "CREATE TABLE thing (id BIGINT PRIMARY KEY, value BIGINT NOT NULL)"));
  ASSERT_TRUE(execute(database.store(), "INSERT INTO thing (id, value) VALUES (0, 0)"));
  std::atomic<bool> holds{false};
  std::atomic<bool> is_done{false};
  Result<> sleeper;
  std::jthread sleeping([&] {
    sleeper = database.store().write([&](Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("UPDATE thing SET value = 1 WHERE id = 0"));
      holds = true;
      const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
      while (!is_done && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return {};
    });
  });
  while (!holds) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(reason_of(execute(*other, "UPDATE thing SET value = 2 WHERE id = 0")), "");
  is_done = true;
  sleeping.join();
  EXPECT_FALSE(sleeper);
  const auto value = in_snapshot<std::int64_t>(*other, [](Reader& reader) -> Result<std::int64_t> {
    TUTELA_ASSIGN(const auto row, reader.query_one("SELECT value FROM thing"));
    return row->integer(0);
  });
  EXPECT_EQ(value.value(), 2);
}

TEST(PostgresStore, ADeadlockIsRerun) {
  Database database("postgresql");
  auto& store = database.store();
  ASSERT_TRUE(execute(store, "CREATE TABLE thing (id BIGINT PRIMARY KEY, value BIGINT NOT NULL)"));
  ASSERT_TRUE(execute(store, "INSERT INTO thing (id, value) VALUES (0, 0), (1, 0)"));
  Meeting meeting;
  const auto update_both = [&](int first) {
    return store.write([&, first](Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("UPDATE thing SET value = value + 1 WHERE id = $1", {first}));
      meeting.arrive();
      TUTELA_TRY(tx.execute("UPDATE thing SET value = value + 1 WHERE id = $1", {1 - first}));
      return {};
    });
  };
  Result<> other;
  std::jthread thread([&] { other = update_both(1); });
  const auto mine = update_both(0);
  thread.join();
  EXPECT_EQ(reason_of(mine), "");
  EXPECT_EQ(reason_of(other), "");
}

TEST(PostgresStore, ServersThatDoNotKeepWhatTheyCommitAreRefused) {
  auto& server = test::PostgresServer::shared();
  server.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  auto conninfo = server.create_database();
  conninfo.replace(conninfo.find("dbname="), std::string::npos, "dbname=latin");
  const auto opened = open_postgres(conninfo);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::unsupported);
  EXPECT_EQ(opened.error().place, "encoding");
}

TEST(PostgresStore, AWeakerCommitLevelIsRaised) {
  auto& server = test::PostgresServer::shared();
  Database database("postgresql");
  server.run("ALTER SYSTEM SET synchronous_commit = off");
  server.run("SELECT pg_reload_conf()");
  while (server.run("SHOW synchronous_commit") != "off") std::this_thread::sleep_for(std::chrono::milliseconds(10));
  {
    const auto another = database.another();
    ASSERT_TRUE(another);
    const auto level = in_snapshot<std::string>(**another, [](Reader& reader) -> Result<std::string> {
      TUTELA_ASSIGN(const auto row, reader.query_one("SELECT current_setting('synchronous_commit')"));
      return row->text(0);
    });
    EXPECT_EQ(level.value(), "on");
  }
  const auto of_an_open_one = in_snapshot<std::string>(database.store(), [](Reader& reader) -> Result<std::string> {
    TUTELA_ASSIGN(const auto row, reader.query_one("SELECT current_setting('synchronous_commit')"));
    return row->text(0);
  });
  EXPECT_EQ(of_an_open_one.value(), "on") << "of a connection that was open before";
  server.run("ALTER SYSTEM RESET synchronous_commit");
  server.run("SELECT pg_reload_conf()");
}

TEST(PostgresStore, AForeignDatabaseIsRefusedAndStaysAsItIs) {
  auto& server = test::PostgresServer::shared();
  auto conninfo = server.create_database();
  server.run("CREATE DATABASE somebody_elses");
  conninfo.replace(conninfo.find("dbname="), std::string::npos, "dbname=somebody_elses");
  server.run("CREATE TABLE theirs (id int)", "somebody_elses");
  const auto opened = open_postgres(conninfo);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, Reason("store.foreign_database"));
  EXPECT_EQ(server.run("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()", "somebody_elses"), "1")
      << "nothing was made in it";
}

TEST(PostgresStore, TwoProgramsMayMigrateAtOnce) {
  const auto conninfo = test::PostgresServer::shared().create_database();
  std::array<Result<>, 4> results;
  {
    std::vector<std::jthread> threads;
    for (auto& result : results)
      threads.emplace_back([&] {
        const auto store = open_postgres(conninfo);
        result = store ? migrate(**store) : Result<>(std::unexpected(store.error()));
      });
  }
  for (const auto& result : results) EXPECT_EQ(result ? "" : to_string(result.error()), "");
}

}  // namespace
}  // namespace tutela::store
