#include <atomic>
#include <limits>
#include <thread>

#include "contract.h"

// What store.h promises, on both back ends.
namespace tutela::store {
namespace {

// Here for the tests of all files.
INSTANTIATE_TEST_SUITE_P(Backends, StoreContract, testing::ValuesIn(kBackends), backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, MigratedStoreContract, testing::ValuesIn(kBackends), backend_name);

constexpr std::string_view kCreate = "CREATE TABLE thing (id BIGINT PRIMARY KEY, label TEXT, content BLOB, version BIGINT)";

TEST_P(StoreContract, NamesItsBackEnd) { EXPECT_EQ(store().backend(), GetParam()); }

TEST_P(StoreContract, EveryTypeRoundTrips) {
  ASSERT_TRUE(execute(kCreate));
  Bytes all_bytes(256);
  for (std::size_t i = 0; i < all_bytes.size(); ++i) all_bytes[i] = static_cast<std::uint8_t>(i);
  struct Sample {
    std::optional<std::int64_t> number;
    std::optional<std::string> text;
    std::optional<Bytes> blob;
  };
  const std::vector<Sample> samples{
      {0, "", Bytes{}},
      {std::numeric_limits<std::int64_t>::min(), "plain 'quoted' \"twice\" \\ $1 ; %", Bytes{0}},
      {std::numeric_limits<std::int64_t>::max(), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\xB1 \xD7\xA9", all_bytes},
      {-1, std::string(100'000, 'x'), Bytes(1'000'000, 0xAB)},
      {std::nullopt, std::nullopt, std::nullopt},
      {1'790'000'000'123, "line\nbreak\ttab", to_bytes("\\x00ff")},
  };
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto inserted = execute("INSERT INTO thing (id, label, content, version) VALUES ($1, $2, $3, $4)",
                                  {static_cast<std::int64_t>(i), samples[i].text, samples[i].blob, samples[i].number});
    ASSERT_EQ(inserted.value(), 1);
  }
  database_.close();
  database_.open();
  const auto rows = query("SELECT label, content, version FROM thing ORDER BY id").value();
  ASSERT_EQ(rows.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(rows[i].text_or_null(0), samples[i].text) << i;
    EXPECT_EQ(rows[i].blob_or_null(1), samples[i].blob) << i;
    EXPECT_EQ(rows[i].integer_or_null(2), samples[i].number) << i;
    EXPECT_EQ(rows[i].is_null(0), !samples[i].text.has_value()) << i;
  }
  EXPECT_EQ(rows[5].time(2), from_unix_ms(1'790'000'000'123));
  EXPECT_EQ(rows[4].time_or_null(2), std::nullopt);
}

TEST_P(StoreContract, IdsRoundTripAndSortByTime) {
  ASSERT_TRUE(execute("CREATE TABLE one (id BLOB PRIMARY KEY, other BLOB)"));
  SeededRandom random(5);
  const auto early = ItemId::make(from_unix_ms(1'000), random);
  const auto late = ItemId::make(from_unix_ms(1'000'000), random);
  ASSERT_TRUE(execute("INSERT INTO one (id, other) VALUES ($1, $2)", {late, std::optional<MemberId>()}));
  ASSERT_TRUE(execute("INSERT INTO one (id, other) VALUES ($1, $2)", {early, early}));
  const auto rows = query("SELECT id, other FROM one ORDER BY id").value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id<ItemId>(0), early);
  EXPECT_EQ(rows[1].id<ItemId>(0), late);
  EXPECT_EQ(rows[1].id_or_null<ItemId>(1), std::nullopt);
}

TEST_P(StoreContract, ParametersGoByTheirNumberNotByTheirPlace) {
  ASSERT_TRUE(execute(kCreate));
  ASSERT_TRUE(execute("INSERT INTO thing (label, version, id) VALUES ($2, $3, $1)", {7, "seven", 1}));
  EXPECT_EQ(execute("UPDATE thing SET label = $3, version = version + 1 WHERE id = $1 AND version = $2", {7, 1, "SEVEN"}).value(),
            1);
  const auto rows = query("SELECT id, label, version FROM thing WHERE id = $1 OR version = $1", {7}).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].text(1), "SEVEN");
  EXPECT_EQ(rows[0].integer(2), 2);
}

TEST_P(StoreContract, CommonSubsetAnswersAlike) {
  ASSERT_TRUE(execute(kCreate));
  EXPECT_EQ(execute("INSERT INTO thing (id, label, version) VALUES (1, 'b', 10), (2, 'a', 20), (3, 'B', 30)").value(), 3);
  EXPECT_EQ(number("SELECT sum(version) FROM thing"), 60);
  EXPECT_EQ(number("SELECT coalesce(sum(version), 0) FROM thing WHERE id > $1", {5}), 0);
  EXPECT_EQ(number("SELECT count(*) FROM thing WHERE label IS NOT NULL"), 3);
  EXPECT_EQ(number("SELECT EXISTS (SELECT 1 FROM thing WHERE id = $1)", {2}), 1);
  EXPECT_EQ(number("SELECT max(id) FROM thing WHERE version < $1", {25}), 2);
  // Byte order: capitals first, on any locale of the server.
  const auto rows = query("SELECT label FROM thing ORDER BY label LIMIT $1", {2}).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].text(0), "B");
  EXPECT_EQ(rows[1].text(0), "a");
  EXPECT_EQ(execute("UPDATE thing SET version = 0 WHERE id > $1", {100}).value(), 0);
  EXPECT_EQ(execute("INSERT INTO thing (id, version) VALUES (1, 5) ON CONFLICT DO NOTHING").value(), 0);
  EXPECT_EQ(
      execute("INSERT INTO thing (id, version) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET version = $2", {1, 5}).value(), 1);
  EXPECT_EQ(execute("DELETE FROM thing WHERE id IN (SELECT id FROM thing WHERE version = $1)", {5}).value(), 1);
  EXPECT_EQ(execute("CREATE TABLE later (id BIGINT PRIMARY KEY)").value(), 0);
  const auto returned = in_transaction<std::vector<Row>>(store(), [](Transaction& tx) {
    return tx.query("UPDATE thing SET version = version + 1 WHERE id = $1 RETURNING version", {2});
  });
  ASSERT_EQ(returned.value().size(), 1U);
  EXPECT_EQ(returned->at(0).integer(0), 21);
  EXPECT_EQ(number("SELECT version FROM thing WHERE id = 2"), 21);
}

TEST_P(StoreContract, QueryOneFindsOneOrNone) {
  ASSERT_TRUE(execute(kCreate));
  ASSERT_TRUE(execute("INSERT INTO thing (id) VALUES (1), (2)"));
  const auto read = store().read([](Reader& reader) -> Result<> {
    EXPECT_EQ(reader.query_one("SELECT id FROM thing WHERE id = $1", {1}).value()->integer(0), 1);
    EXPECT_EQ(reader.query_one("SELECT id FROM thing WHERE id = $1", {3}).value(), std::nullopt);
    EXPECT_EQ(reason_of(reader.query_one("SELECT id FROM thing")), "store.more_than_one_row");
    return {};
  });
  EXPECT_TRUE(read);
}

TEST_P(StoreContract, ErrorOfTheBodyRollsBack) {
  ASSERT_TRUE(execute(kCreate));
  bool woken = false;
  const auto result = store().write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES (1)"));
    tx.after_commit([&] { woken = true; });
    return fail(ErrorCode::denied, "test.refused");
  });
  EXPECT_EQ(reason_of(result), "test.refused");
  EXPECT_FALSE(woken);
  EXPECT_EQ(number("SELECT count(*) FROM thing"), 0);
}

TEST_P(StoreContract, ExceptionOfTheBodyRollsBack) {
  ASSERT_TRUE(execute(kCreate));
  const auto result = store().write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES (1)"));
    throw std::runtime_error("from a library");
  });
  EXPECT_EQ(reason_of(result), "store.body_threw");
  EXPECT_EQ(reason_of(store().read([](Reader&) -> Result<> { throw 1; })), "store.body_threw");
  EXPECT_EQ(number("SELECT count(*) FROM thing"), 0);
  EXPECT_TRUE(execute("INSERT INTO thing (id) VALUES (1)"));
}

TEST_P(StoreContract, FailedStatementFailsTheWholeUnit) {
  ASSERT_TRUE(execute(kCreate));
  ASSERT_TRUE(execute("INSERT INTO thing (id) VALUES (1)"));
  const auto result = store().write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES (2)"));
    EXPECT_EQ(reason_of(tx.execute("INSERT INTO thing (id) VALUES (1)")), "store.duplicate_key");
    EXPECT_EQ(reason_of(tx.query("SELECT 1")), "store.duplicate_key");
    return {};
  });
  EXPECT_EQ(reason_of(result), "store.duplicate_key");
  EXPECT_EQ(number("SELECT count(*) FROM thing"), 1);
}

TEST_P(StoreContract, DuplicateKeyIsAConflictAndNotRerun) {
  ASSERT_TRUE(execute("CREATE TABLE pair (id BIGINT PRIMARY KEY, label TEXT UNIQUE)"));
  ASSERT_TRUE(execute("INSERT INTO pair (id, label) VALUES (1, 'a')"));
  int runs = 0;
  for (const auto* sql : {"INSERT INTO pair (id, label) VALUES (1, 'b')", "INSERT INTO pair (id, label) VALUES (2, 'a')"}) {
    runs = 0;
    const auto result = store().write([&](Transaction& tx) -> Result<> {
      ++runs;
      TUTELA_TRY(tx.execute(sql));
      return {};
    });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::conflict);
    EXPECT_EQ(reason_of(result), "store.duplicate_key");
    EXPECT_EQ(runs, 1);
  }
}

TEST_P(StoreContract, ChangedRowRerunsExactlyThreeTimes) {
  ASSERT_TRUE(execute(kCreate));
  ASSERT_TRUE(execute("INSERT INTO thing (id, version) VALUES (1, 1)"));
  int runs = 0;
  int wakes = 0;
  const auto stale = store().write([&](Transaction& tx) -> Result<> {
    ++runs;
    tx.after_commit([&] { ++wakes; });
    return tx.execute_versioned("UPDATE thing SET version = version + 1 WHERE id = $1 AND version = $2", {1, 99});
  });
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, ErrorCode::conflict);
  EXPECT_EQ(reason_of(stale), "store.row_changed");
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(wakes, 0);

  // A rerun starts from nothing: neither rows nor wakes of the attempts before it remain.
  runs = 0;
  const auto second_time = store().write([&](Transaction& tx) -> Result<> {
    ++runs;
    tx.after_commit([&] { ++wakes; });
    TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES ($1)", {100 + runs}));
    return tx.execute_versioned("UPDATE thing SET version = version + 1 WHERE id = $1 AND version = $2", {1, runs == 2 ? 1 : 99});
  });
  EXPECT_TRUE(second_time);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(number("SELECT count(*) FROM thing WHERE id > 100"), 1);
  EXPECT_EQ(number("SELECT id FROM thing WHERE id > 100"), 102);
}

TEST_P(StoreContract, WakesComeAfterTheCommitIsVisibleToOthers) {
  ASSERT_TRUE(execute(kCreate));
  std::int64_t seen_inside = -1;
  std::int64_t seen_by_wake = -1;
  std::thread::id waker;
  const auto result = store().write([&](Transaction& tx) -> Result<> {
    tx.after_commit([&] {
      seen_by_wake = number("SELECT count(*) FROM thing");
      waker = std::this_thread::get_id();
    });
    TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES (1)"));
    seen_inside = number("SELECT count(*) FROM thing");
    return {};
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(seen_inside, 0);
  EXPECT_EQ(seen_by_wake, 1);
  EXPECT_EQ(waker, std::this_thread::get_id());
}

TEST_P(StoreContract, AWakeMayWrite) {
  ASSERT_TRUE(execute(kCreate));
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    tx.after_commit([&] { EXPECT_TRUE(execute("INSERT INTO thing (id) VALUES (2)")); });
    TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES (1)"));
    return {};
  }));
  EXPECT_EQ(number("SELECT count(*) FROM thing"), 2);
}

TEST_P(StoreContract, AWriteInsideAWriteAborts) {
  GTEST_FLAG_SET(death_test_style, "fast");
  EXPECT_DEATH(
      static_cast<void>(store().write([&](Transaction&) { return store().write([](Transaction&) -> Result<> { return {}; }); })),
      "");
}

TEST_P(StoreContract, AReadSeesOneSnapshot) {
  ASSERT_TRUE(execute(kCreate));
  ASSERT_TRUE(execute("INSERT INTO thing (id) VALUES (1)"));
  const auto count = [](Reader& reader) { return reader.query_one("SELECT count(*) FROM thing").value()->integer(0); };
  const auto result = store().read([&](Reader& reader) -> Result<> {
    EXPECT_EQ(count(reader), 1);
    std::thread([&] { EXPECT_TRUE(execute("INSERT INTO thing (id) VALUES (2)")); }).join();
    EXPECT_EQ(count(reader), 1);
    return {};
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(number("SELECT count(*) FROM thing"), 2);
}

TEST_P(StoreContract, AReadCannotWrite) {
  ASSERT_TRUE(execute(kCreate));
  EXPECT_EQ(reason_of(query("INSERT INTO thing (id) VALUES (1)")), "store.bad_statement");
  EXPECT_EQ(number("SELECT count(*) FROM thing"), 0);
}

TEST_P(StoreContract, BadStatementsAreOurFaultAndQuoteNoParameter) {
  ASSERT_TRUE(execute(kCreate));
  const auto check_error = [](const Result<std::int64_t>& result, std::string_view reason) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason.text(), reason);
    EXPECT_EQ(to_string(result.error()).find("secret"), std::string::npos) << to_string(result.error());
    EXPECT_EQ(to_string(result.error()).find("4711"), std::string::npos) << to_string(result.error());
  };
  check_error(execute("INSERT INTO nowhere (label) VALUES ($1)", {"secret"}), "store.bad_statement");
  check_error(execute("INSERT INTO thing (id, nothing) VALUES ($1, $2)", {4711, "secret"}), "store.bad_statement");
  check_error(execute("INSERT INTO thing (id, label) VALUES ($1, $2)", {4711}), "store.bad_statement");
  check_error(execute("INSERT INTO thing (id) VALUES ($1)", {4711, "secret"}), "store.bad_statement");
  check_error(execute("gibberish"), "store.bad_statement");
  check_error(execute("INSERT INTO thing (id, label) VALUES ($1, $2)", {4711, std::string("secret\0", 7)}), "store.bad_text");
  check_error(execute("INSERT INTO thing (id, label) VALUES ($1, $2)", {4711, "secret\xFF"}), "store.bad_text");
  ASSERT_TRUE(execute("CREATE TABLE labels (label TEXT PRIMARY KEY)"));
  ASSERT_TRUE(execute("INSERT INTO labels (label) VALUES ($1)", {"secret 4711"}));
  check_error(execute("INSERT INTO labels (label) VALUES ($1)", {"secret 4711"}), "store.duplicate_key");
  const auto place = execute("INSERT INTO nowhere (label) VALUES ($1)", {"secret"}).error().place;
  EXPECT_NE(place.find("INSERT nowhere"), std::string::npos) << place;
}

TEST_P(StoreContract, ConnectionsComeBackAfterErrors) {
  ASSERT_TRUE(execute(kCreate));
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE(execute("gibberish"));
    EXPECT_FALSE(query("gibberish"));
    EXPECT_EQ(reason_of(store().read([](Reader&) -> Result<> { return fail(ErrorCode::denied, "test.refused"); })),
              "test.refused");
  }
  EXPECT_TRUE(execute("INSERT INTO thing (id) VALUES (1)"));
}

TEST_P(StoreContract, MoreReadersThanConnections) {
  ASSERT_TRUE(execute(kCreate));
  std::vector<std::jthread> threads;
  std::atomic<int> failures = 0;
  for (int t = 0; t < 20; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i)
        if (!query("SELECT count(*) FROM thing")) ++failures;
    });
  threads.clear();
  EXPECT_EQ(failures, 0);
}

// Every writer that is told yes has its row, every other has none, and an error of one does not touch the others.
TEST_P(StoreContract, ManyWritersEachGetTheirOwnAnswer) {
  constexpr int kThreads = 8;
  constexpr int kWrites = 30;
  ASSERT_TRUE(execute(kCreate));
  ASSERT_TRUE(execute("CREATE TABLE taken (id BIGINT PRIMARY KEY)"));
  std::atomic<int> refused = 0;
  std::atomic<int> duplicates = 0;
  std::atomic<int> accepted = 0;
  std::atomic<int> wakes = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kWrites; ++i) {
        const auto result = store().write([&](Transaction& tx) -> Result<> {
          tx.after_commit([&] { ++wakes; });
          TUTELA_TRY(tx.execute("INSERT INTO thing (id) VALUES ($1)", {1'000 * t + i}));
          if (i % 3 == 1) return fail(ErrorCode::denied, "test.refused");
          if (i % 3 == 2) TUTELA_TRY(tx.execute("INSERT INTO taken (id) VALUES ($1)", {i}));  // the first thread wins
          return {};
        });
        if (result) ++accepted;
        if (reason_of(result) == "test.refused") ++refused;
        if (reason_of(result) == "store.duplicate_key") ++duplicates;
      }
    });
  threads.clear();
  EXPECT_EQ(refused, kThreads * kWrites / 3);
  EXPECT_EQ(duplicates, (kThreads - 1) * kWrites / 3);
  EXPECT_EQ(accepted, kThreads * kWrites / 3 + kWrites / 3);
  EXPECT_EQ(wakes, accepted);
  EXPECT_EQ(number("SELECT count(*) FROM thing"), accepted);
}

}  // namespace
}  // namespace tutela::store
