#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "contract.h"
#include "store/leased_store.h"

// Many writers at once (docs/adr/0010-group-commit.md), what is announced to those who wait, and work that one process does.
namespace tutela::store {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kCreate = "CREATE TABLE thing (id BIGINT PRIMARY KEY, writer BIGINT)";

TEST_P(StoreContract, OneBodyThatFailsAmongManyTakesNobodyWithIt) {
  ASSERT_TRUE(execute(kCreate));
  ASSERT_TRUE(execute("INSERT INTO thing (id) VALUES (-1)"));
  constexpr int kWriters = 12;
  constexpr int kEach = 40;
  std::atomic<int> woken_right{0};
  std::atomic<int> woken_wrong{0};
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer)
      writers.emplace_back([&, writer] {
        for (int n = 0; n < kEach; ++n) {
          const int id = writer * 1'000 + n;
          // Every third is refused by itself, every fourth of the rest by the database; both after they wrote a row.
          const bool refuses = id % 3 == 0;
          const bool collides = !refuses && id % 4 == 0;
          const auto result = store().write([&](Transaction& tx) -> Result<> {
            tx.after_commit([&] { ++(refuses || collides ? woken_wrong : woken_right); });
            TUTELA_TRY(tx.append("INSERT INTO thing (id, writer) VALUES ($1, $2)", {id, writer}));
            if (collides) TUTELA_TRY(tx.append("INSERT INTO thing (id) VALUES ($1)", {-1}));
            if (refuses) return fail(ErrorCode::denied, "test.refused");
            return {};
          });
          EXPECT_EQ(reason_of(result), refuses ? "test.refused" : collides ? "store.duplicate_key" : "") << id;
        }
      });
  }
  int expected = 0;
  for (int writer = 0; writer < kWriters; ++writer)
    for (int n = 0; n < kEach; ++n) expected += (writer * 1'000 + n) % 3 != 0 && (writer * 1'000 + n) % 4 != 0;
  EXPECT_EQ(number("SELECT count(*) FROM thing WHERE writer IS NOT NULL"), expected);
  EXPECT_EQ(number("SELECT count(*) FROM thing WHERE writer IS NOT NULL AND (id % 3 = 0 OR id % 4 = 0)"), 0);
  EXPECT_EQ(woken_right, expected);
  EXPECT_EQ(woken_wrong, 0);
}

TEST_P(StoreContract, AnAppendedStatementThatFailsIsTheErrorOfTheNextOrOfTheWhole) {
  ASSERT_TRUE(execute(kCreate));
  ASSERT_TRUE(execute("INSERT INTO thing (id) VALUES (1)"));
  std::string seen;
  const auto asked = store().write([&](Transaction& tx) -> Result<> {
    static_cast<void>(tx.append("INSERT INTO thing (id) VALUES (2)", {}));
    static_cast<void>(tx.append("INSERT INTO thing (id) VALUES (1)", {}));
    seen = reason_of(tx.query("SELECT count(*) FROM thing"));
    return {};
  });
  EXPECT_EQ(seen, "store.duplicate_key");
  EXPECT_EQ(reason_of(asked), "store.duplicate_key");
  const auto silent = store().write([&](Transaction& tx) -> Result<> {
    static_cast<void>(tx.append("INSERT INTO thing (id) VALUES (3)", {}));
    static_cast<void>(tx.append("INSERT INTO thing (id) VALUES (1)", {}));
    return {};
  });
  EXPECT_EQ(reason_of(silent), "store.duplicate_key");
  EXPECT_EQ(number("SELECT count(*) FROM thing"), 1);
  // More than fit into one flight, with a large one among them.
  ASSERT_TRUE(execute("CREATE TABLE large (id BIGINT PRIMARY KEY, content BLOB)"));
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    for (int id = 0; id < 300; ++id)
      TUTELA_TRY(tx.append("INSERT INTO large (id, content) VALUES ($1, $2)", {id, Bytes(id % 100 == 7 ? 3'000'000 : 100, 1)}));
    return {};
  }));
  EXPECT_EQ(number("SELECT count(*) FROM large"), 300);
}

// A child writes with eight threads and says over a pipe what was acknowledged, until it is killed.
TEST_P(StoreContract, AKilledProcessLosesNothingThatItAcknowledged) {
  ASSERT_TRUE(execute(kCreate));
  database_.close();
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(pipe[0]);
    const auto opened = database_.another();
    if (!opened) ::_exit(3);
    std::atomic<std::int64_t> next{0};
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 8; ++writer)
      writers.emplace_back([&] {
        for (;;) {
          const std::int64_t id = next++;
          const auto written =
              (*opened)->write([&](Transaction& tx) { return tx.append("INSERT INTO thing (id) VALUES ($1)", {id}); });
          if (!written || ::write(pipe[1], &id, sizeof id) != sizeof id) ::_exit(4);
        }
      });
    for (auto& writer : writers) writer.join();
  }
  ::close(pipe[1]);
  std::set<std::int64_t> acknowledged;
  std::int64_t id = 0;
  while (::read(pipe[0], &id, sizeof id) == sizeof id) {
    acknowledged.insert(id);
    if (acknowledged.size() == 300) ::kill(child, SIGKILL);
  }
  ::close(pipe[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  EXPECT_GE(acknowledged.size(), 300U);
  database_.open();
  const auto rows = query("SELECT id FROM thing").value();
  std::set<std::int64_t> found;
  for (const auto& row : rows) found.insert(row.integer(0));
  EXPECT_TRUE(std::ranges::includes(found, acknowledged));
}

TEST_P(StoreContract, WhatIsAnnouncedWakesOnceItIsCommitted) {
  ASSERT_TRUE(execute(kCreate));
  // Of PostgreSQL the first news is that its listener stands, however long that takes.
  const std::int64_t seen = store().wait_for_news(0, GetParam() == "postgresql" ? std::chrono::seconds(60) : milliseconds(0));
  // Neither a write that says nothing nor one that fails.
  ASSERT_TRUE(execute("INSERT INTO thing (id) VALUES (1)"));
  ASSERT_FALSE(store().write([](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.announce());
    return fail(ErrorCode::denied, "test.refused");
  }));
  EXPECT_EQ(store().wait_for_news(seen, milliseconds(100)), seen);
  std::int64_t count = -1;
  std::jthread waiting([&] {
    EXPECT_NE(store().wait_for_news(seen, std::chrono::seconds(20)), seen);
    count = number("SELECT count(*) FROM thing");
  });
  ASSERT_TRUE(store().write([](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.announce());
    return tx.append("INSERT INTO thing (id) VALUES (2)", {});
  }));
  waiting.join();
  EXPECT_EQ(count, 2);
}

TEST(PostgresNews, ReachOtherProcessesAndSurviveALostConnection) {
  Database database("postgresql");
  const auto other = database.another().value();
  ASSERT_TRUE(database.store().write([](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("CREATE TABLE thing (id BIGINT PRIMARY KEY)"));
    return {};
  }));
  const auto announce = [&] { return database.store().write([](Transaction& tx) { return tx.announce(); }); };
  // Until its listener stands.
  std::int64_t seen = other->wait_for_news(0, std::chrono::seconds(20));
  ASSERT_TRUE(announce());
  const std::int64_t heard = other->wait_for_news(seen, std::chrono::seconds(20));
  EXPECT_NE(heard, seen);
  test::PostgresServer::shared().run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tutela'");
  // It connects anew and says so, since something may have been missed.
  seen = other->wait_for_news(heard, std::chrono::seconds(20));
  EXPECT_NE(seen, heard);
  ASSERT_TRUE(announce());
  EXPECT_NE(other->wait_for_news(seen, std::chrono::seconds(20)), seen);
}

TEST_P(MigratedStoreContract, LeasedWorkIsDoneByOneAndAStaleHoldersCommitIsRefused) {
  ManualClock clock{kNow};
  LeasedStore first(store(), clock, {"outbox", Bytes{1}});
  LeasedStore second(store(), clock, {"outbox", Bytes{2}});
  const auto write = [](Store& through) {
    return through.write([](Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("INSERT INTO bank_term (bank_id, expires_at) VALUES ($1, 1) ON CONFLICT DO NOTHING", {Bytes{1}}));
      return {};
    });
  };
  EXPECT_EQ(reason_of(write(first)), "store.stale_lease") << "nobody holds it yet";
  ASSERT_TRUE(first.hold());
  EXPECT_EQ(reason_of(second.hold()), "store.leased_elsewhere");
  EXPECT_TRUE(write(first));
  LeasedStore other_work(store(), clock, {"clocks", Bytes{2}});
  EXPECT_TRUE(other_work.hold()) << "another work has its own lease";

  // Every commit prolongs it.
  clock.advance(kWorkLeaseTime - Duration(1));
  EXPECT_TRUE(write(first));
  clock.advance(kWorkLeaseTime - Duration(1));
  EXPECT_EQ(reason_of(second.hold()), "store.leased_elsewhere");

  // It sleeps through its lease, and another begins; its own commit comes too late and leaves nothing.
  clock.advance(Duration(2));
  ASSERT_TRUE(second.hold());
  EXPECT_GT(second.fencing(), first.fencing());
  const auto late = first.write([](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("INSERT INTO bank_term (bank_id, expires_at) VALUES ($1, 1)", {Bytes{9}}));
    return {};
  });
  EXPECT_EQ(reason_of(late), "store.stale_lease");
  EXPECT_EQ(number("SELECT count(*) FROM bank_term WHERE bank_id = $1", {Bytes{9}}), 0);
  EXPECT_EQ(reason_of(first.hold()), "store.leased_elsewhere");
  EXPECT_TRUE(write(second));

  // Who comes back under the same name goes on at once, and what was before it is stale.
  LeasedStore again(store(), clock, {"outbox", Bytes{2}});
  ASSERT_TRUE(again.hold());
  EXPECT_EQ(reason_of(write(second)), "store.stale_lease");
}

// A number that a sequence gives out at once, as BIGSERIAL does, is committed in another order than it was taken: a reader that
// remembers the last number it saw misses a row for ever. The feed's number is taken under a row's lock and cannot be.
TEST(PostgresFeed, ASerialLosesRowsAndTheFeedDoesNot) {
  Database database("postgresql");
  auto& server = database.store();
  ASSERT_TRUE(server.write([](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("CREATE TABLE plain (id BIGSERIAL PRIMARY KEY, who BIGINT)"));
    TUTELA_TRY(tx.execute("CREATE TABLE numbered (feed BIGINT, who BIGINT)"));
    TUTELA_TRY(tx.execute("CREATE TABLE feed (id BIGINT PRIMARY KEY, last BIGINT)"));
    TUTELA_TRY(tx.execute("INSERT INTO feed (id, last) VALUES (1, 0)"));
    return {};
  }));
  const auto behind = [&](std::string_view sql, std::int64_t after) {
    return in_snapshot<std::vector<Row>>(server, [&](Reader& reader) { return reader.query(sql, {after}); }).value();
  };
  // The first writer takes its number, then waits until the second one has committed.
  std::atomic<bool> first_has_its_number{false};
  std::atomic<bool> second_is_done{false};
  const auto wait_until = [](const std::atomic<bool>& flag, milliseconds at_most) {
    const auto end = std::chrono::steady_clock::now() + at_most;
    while (!flag && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(milliseconds(2));
  };
  const auto overlap = [&](const std::function<Result<>(Transaction&, int)>& take, milliseconds first_waits,
                           const std::function<void()>& between) {
    first_has_its_number = second_is_done = false;
    std::jthread first([&] {
      EXPECT_TRUE(server.write([&](Transaction& tx) -> Result<> {
        TUTELA_TRY(take(tx, 1));
        first_has_its_number = true;
        wait_until(second_is_done, first_waits);
        return {};
      }));
    });
    wait_until(first_has_its_number, std::chrono::seconds(60));
    std::jthread second([&] {
      EXPECT_TRUE(server.write([&](Transaction& tx) { return take(tx, 2); }));
      between();
      second_is_done = true;
    });
  };

  std::int64_t last = 0;
  std::set<std::int64_t> seen;
  const auto look = [&](std::string_view sql) {
    for (const auto& row : behind(sql, last)) {
      last = std::max(last, row.integer(0));
      seen.insert(row.integer(1));
    }
  };
  const auto serial = [](Transaction& tx, int who) -> Result<> {
    TUTELA_TRY(tx.execute("INSERT INTO plain (who) VALUES ($1)", {who}));
    return {};
  };
  overlap(serial, std::chrono::seconds(60), [&] { look("SELECT id, who FROM plain WHERE id > $1"); });
  look("SELECT id, who FROM plain WHERE id > $1");
  EXPECT_EQ(seen, (std::set<std::int64_t>{2})) << "the trap: number 1 was committed after number 2 had been read";

  last = 0;
  seen.clear();
  const auto in_order = [](Transaction& tx, int who) -> Result<> {
    TUTELA_ASSIGN(const auto row, tx.query_one("UPDATE feed SET last = last + 1 WHERE id = 1 RETURNING last"));
    TUTELA_TRY(tx.execute("INSERT INTO numbered (feed, who) VALUES ($1, $2)", {row->integer(0), who}));
    return {};
  };
  // Here the second waits for the first.
  overlap(in_order, milliseconds(500), [&] { look("SELECT feed, who FROM numbered WHERE feed > $1"); });
  look("SELECT feed, who FROM numbered WHERE feed > $1");
  EXPECT_EQ(seen, (std::set<std::int64_t>{1, 2}));
}

}  // namespace
}  // namespace tutela::store
