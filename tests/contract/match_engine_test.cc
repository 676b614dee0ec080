#include "match_engine/match_engine.h"

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <latch>
#include <thread>

#include "contract.h"
#include "match_engine/bank_test_support.h"
#include "match_engine/merge_plan.h"

// The engine on real databases: what is committed is found, what is withdrawn is not, whoever committed it.
namespace tutela::store {
namespace {

using match_engine::BankChoice;
using match_engine::EngineOptions;
using match_engine::MatchEngine;
using match_engine::SnapshotKey;
using match_engine::SnapshotPlace;
using match_engine::testing_banks::bank_row;
using match_engine::testing_banks::digest;
using match_engine::testing_banks::Drawn;
using match_engine::testing_banks::lines_of;
using match_engine::testing_banks::numbered;
using match_engine::testing_banks::pdq;
using match_engine::testing_banks::PlainBanks;

class EngineContract : public MigratedStoreContract {
 protected:
  void add_bank(const match::BankRow& bank) {
    ASSERT_TRUE(store().write([&](Transaction& tx) { return match::insert_bank(tx, bank); }));
  }
  // With the transaction's number of the feed; 0 takes one.
  static Result<> insert(Transaction& tx, const match::ChangedEntry& change, std::int64_t feed = 0) {
    const auto member = [](std::uint64_t number) { return numbered<MemberId>(number); };
    const bool is_adopted = change.entry.source == match::EntrySource::final_verdict_adopted;
    match::EntryRow row{.id = change.entry.id,
                        .bank_id = change.bank,
                        .status = std::string(match::to_word(change.entry.status)),
                        .act = std::string(to_word(change.entry.act)),
                        .age_band = std::string(to_word(change.entry.age_band)),
                        .source = "",
                        .item_id = std::nullopt,
                        .adopted_first = is_adopted ? std::optional(member(1)) : std::nullopt,
                        .adopted_second = is_adopted ? std::optional(member(2)) : std::nullopt,
                        .created_at = kNow,
                        .feed = feed};
    TUTELA_TRY(match::insert_entry(tx, row));
    for (const auto& fingerprint : change.entry.fingerprints)
      TUTELA_TRY(match::insert_entry_fingerprint(
          tx, {row.id, std::string(fingerprint.algorithm().word()), fingerprint.reveal_value(), fingerprint.quality()}));
    return {};
  }
  // Entries of one PDQ code each, a statement for many rows: a round trip for each would be all that a test takes on PostgreSQL.
  static Result<> insert_codes(Transaction& tx, std::uint64_t first, std::span<const Bytes> codes, std::int64_t feed) {
    constexpr std::size_t kRowsAtOnce = 500;
    while (!codes.empty()) {
      const auto chunk = codes.first(std::min(codes.size(), kRowsAtOnce));
      std::vector<store::Value> entries{numbered<BankId>(1), kNow, feed};
      std::vector<store::Value> fingerprints;
      std::string entry_rows;
      std::string fingerprint_rows;
      for (const auto& code : chunk) {
        const auto id = numbered<EntryId>(first++);
        entries.emplace_back(id);
        fingerprints.emplace_back(id);
        fingerprints.emplace_back(code);
        const auto place = [](const auto& values) { return "$" + std::to_string(values.size()); };
        entry_rows += (entry_rows.empty() ? "(" : ", (") + place(entries) +
                      ", $1, 'active', 'a', 'prepubescent', '', NULL, NULL, NULL, $2, 1, $3)";
        fingerprint_rows += (fingerprint_rows.empty() ? "($" : ", ($") + std::to_string(fingerprints.size() - 1) + ", 'pdq', " +
                            place(fingerprints) + ", NULL)";
      }
      TUTELA_TRY(
          tx.execute("INSERT INTO bank_entry (id, bank_id, status, act, age_band, source, item_id, adopted_first, "
                     "adopted_second, created_at, version, feed) VALUES " +
                         entry_rows,
                     std::span<const store::Value>(entries)));
      TUTELA_TRY(tx.execute("INSERT INTO entry_fingerprint (entry_id, algorithm, value, quality) VALUES " + fingerprint_rows,
                            std::span<const store::Value>(fingerprints)));
      codes = codes.subspan(chunk.size());
    }
    return {};
  }
  static Result<> set_status(Store& into, const EntryId& id, match::EntryStatus status) {
    return into.write([&](Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto row, match::find_entry(tx, id));
      return match::set_entry_status(tx, row, std::string(match::to_word(status)));
    });
  }
  Result<> add(const match::ChangedEntry& change) {
    return store().write([&](Transaction& tx) { return insert(tx, change); });
  }
  static std::size_t found(const MatchEngine& engine, const Fingerprint& question) {
    const auto answer = engine.find(std::span(&question, 1));
    return answer ? answer->answer.matches.size() : 999;
  }
  static std::string reason(const MatchEngine& engine) {
    const auto question = pdq(0);
    return reason_of(engine.find(std::span(&question, 1)));
  }
  EngineOptions with_snapshot(std::string source = "node.test/epoch-1") {
    EngineOptions options;
    options.snapshot.emplace(SnapshotPlace{folder_.path() / "match.snapshot", SnapshotKey::from_bytes(Bytes(32, 9)).value(),
                                           std::move(source), random_});
    return options;
  }

  test::TempFolder folder_;
};

TEST_P(EngineContract, FollowsWhatIsCommittedAndAnswersNothingBefore) {
  MatchEngine engine;
  EXPECT_EQ(reason(engine), "match.stale");
  add_bank(bank_row(1));
  ASSERT_TRUE(engine.open(store()));
  EXPECT_EQ(found(engine, pdq(0)), 0U);
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(3), digest(Algorithm::sha256(), 4)})));
  EXPECT_EQ(found(engine, pdq(0)), 0U) << "not taken over yet";
  ASSERT_TRUE(engine.take_over(store()));
  EXPECT_EQ(found(engine, pdq(0)), 1U);
  EXPECT_EQ(found(engine, digest(Algorithm::sha256(), 4)), 1U);
  const auto held = engine.facts();
  EXPECT_EQ(held.entries, 1U);
  EXPECT_EQ(held.rows, 2U);
  EXPECT_EQ(held.tail_rows, 1U);
  ASSERT_TRUE(engine.take_over(store()));
  EXPECT_EQ(engine.facts().generation, held.generation) << "nothing changed";
  ASSERT_TRUE(set_status(store(), numbered<EntryId>(1), match::EntryStatus::withdrawn));
  ASSERT_TRUE(engine.take_over(store()));
  EXPECT_EQ(found(engine, pdq(0)), 0U);
}

// A transaction of many entries takes one number, and is read in pages.
TEST_P(EngineContract, TakesOverManyEntriesOfOneTransaction) {
  add_bank(bank_row(1));
  MatchEngine engine;
  ASSERT_TRUE(engine.open(store()));
  constexpr std::uint64_t kEntries = 9'000;
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto feed, match::next_feed_number(tx));
    for (std::uint64_t number = 1; number <= kEntries; ++number)
      TUTELA_TRY(insert(tx, match_engine::testing_banks::entry(number, {digest(Algorithm::md5(), 1)}), feed));
    return {};
  }));
  ASSERT_TRUE(engine.take_over(store()));
  EXPECT_EQ(found(engine, digest(Algorithm::md5(), 1)), kEntries);
  MatchEngine again;
  ASSERT_TRUE(again.open(store()));
  EXPECT_EQ(found(again, digest(Algorithm::md5(), 1)), kEntries);
}

TEST_P(EngineContract, AThresholdAboveThirtyOneIsFollowedToo) {
  add_bank(bank_row(1, 31));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(40)})));
  MatchEngine engine;
  ASSERT_TRUE(engine.open(store()));
  EXPECT_EQ(found(engine, pdq(0)), 0U);
  const auto set = [&](std::int64_t threshold) {
    ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto bank, match::find_bank(tx, numbered<BankId>(1)));
      return match::set_bank_threshold(tx, bank, threshold);
    }));
    ASSERT_TRUE(engine.take_over(store()));
  };
  set(40);
  EXPECT_EQ(found(engine, pdq(0)), 1U);
  EXPECT_EQ(engine.facts().wide_rows, 1U);
  set(20);
  EXPECT_EQ(found(engine, pdq(0)), 0U);
  EXPECT_EQ(engine.facts().wide_rows, 0U);
}

// I4: whatever happened in whatever order, and whoever starts anew, from the store or from a snapshot.
TEST_P(EngineContract, AgreesWithTheDefinitionAndWithANewStart) {
  const std::uint64_t seed = 7;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Drawn drawn(seed);
  PlainBanks plain;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    const auto bank = bank_row(number, number == 4 ? 50 : 31, match::kBankPurposes[number % 3]);
    plain.put(bank);
    add_bank(bank);
  }
  MatchEngine engine(with_snapshot());
  ASSERT_TRUE(engine.open(store()));
  std::uint64_t entries = 0;
  for (int step = 0; step < 120; ++step) {
    if (drawn.below(3) > 0 || entries == 0) {
      ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
        for (auto count = 1 + drawn.below(20); count > 0; --count) {
          auto change = match_engine::testing_banks::entry(++entries, drawn.fingerprints(), 1 + drawn.below(4));
          change.entry.source = match::kEntrySources[drawn.below(2)];
          plain.put(change);
          TUTELA_TRY(insert(tx, change));
        }
        return {};
      }));
    } else {
      auto change = plain.entries().at(numbered<EntryId>(1 + drawn.below(entries)));
      change.entry.status = match::kEntryStatuses[drawn.below(3)];
      plain.put(change);
      ASSERT_TRUE(set_status(store(), change.entry.id, change.entry.status));
    }
    ASSERT_TRUE(engine.take_over(store()));
    if (step == 60) {
      ASSERT_TRUE(engine.write_snapshot());
    }
  }
  MatchEngine from_store;
  ASSERT_TRUE(from_store.open(store()));
  MatchEngine from_snapshot(with_snapshot());
  ASSERT_TRUE(from_snapshot.open(store()));
  for (int asked = 0; asked < 300; ++asked) {
    const auto question = drawn.fingerprint();
    const auto expected = lines_of(plain.find(question));
    for (const MatchEngine* each : {&engine, &from_store, &from_snapshot})
      ASSERT_EQ(lines_of(each->find(std::span(&question, 1)).value().answer), expected);
  }
}

// What cannot be used is passed over, and the store is read instead.
TEST_P(EngineContract, ABrokenSnapshotIsRefusedAndTheStoreRead) {
  add_bank(bank_row(1));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(3)})));
  const auto path = folder_.path() / "match.snapshot";
  {
    MatchEngine engine(with_snapshot());
    ASSERT_TRUE(engine.open(store()));
    ASSERT_TRUE(engine.write_snapshot());
  }
  const auto opened = [&](EngineOptions options) {
    testing::internal::CaptureStderr();
    MatchEngine engine(std::move(options));
    EXPECT_TRUE(engine.open(store()));
    EXPECT_EQ(found(engine, pdq(0)), 1U);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_NE(opened(with_snapshot()).find("\"snapshot\""), std::string::npos) << "the whole one serves";
  EXPECT_NE(opened(with_snapshot("node.test/epoch-2")).find("match.snapshot_foreign"), std::string::npos);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_NE(opened(with_snapshot()).find("match.snapshot_cut"), std::string::npos);
  std::ofstream(path) << "something else";
  EXPECT_NE(opened(with_snapshot()).find("match.snapshot_cut"), std::string::npos);
}

// A copy of the database from before the snapshot was put back.
TEST_P(EngineContract, ASnapshotAheadOfTheStoreIsRefused) {
  add_bank(bank_row(1));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(3)})));
  {
    MatchEngine engine(with_snapshot());
    ASSERT_TRUE(engine.open(store()));
    ASSERT_TRUE(engine.write_snapshot());
  }
  ASSERT_TRUE(execute("DELETE FROM entry_fingerprint"));
  ASSERT_TRUE(execute("DELETE FROM bank_entry"));
  ASSERT_TRUE(execute("UPDATE bank_feed SET last = 1"));
  testing::internal::CaptureStderr();
  MatchEngine engine(with_snapshot());
  ASSERT_TRUE(engine.open(store()));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("match.snapshot_ahead"), std::string::npos);
  EXPECT_EQ(found(engine, pdq(0)), 0U);
}

// I5: whoever cannot look at the feed answers nothing once its lease is over.
TEST_P(EngineContract, AnswersStaleWhenTheLeaseIsOver) {
  add_bank(bank_row(1));
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
  EngineOptions options;
  options.lease = std::chrono::milliseconds(2'000);
  options.now = [&] { return now; };
  MatchEngine engine(std::move(options));
  ASSERT_TRUE(engine.open(store()));
  now += std::chrono::milliseconds(2'000);
  EXPECT_EQ(reason(engine), "");
  now += std::chrono::milliseconds(1);
  EXPECT_EQ(reason(engine), "match.stale");
  ASSERT_TRUE(engine.refresh(store()));
  EXPECT_EQ(reason(engine), "");
}

TEST_P(EngineContract, AChangeThatCannotBeTakenOverSilencesTheEngine) {
  add_bank(bank_row(1));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(3)})));
  MatchEngine engine;
  ASSERT_TRUE(engine.open(store()));
  ASSERT_TRUE(set_status(store(), numbered<EntryId>(1), match::EntryStatus::withdrawn));
  ASSERT_TRUE(execute("ALTER TABLE bank_feed RENAME TO elsewhere"));
  EXPECT_FALSE(engine.take_over(store()));
  EXPECT_EQ(reason(engine), "match.stale");
  ASSERT_TRUE(execute("ALTER TABLE elsewhere RENAME TO bank_feed"));
  ASSERT_TRUE(engine.refresh(store()));
  EXPECT_EQ(found(engine, pdq(0)), 0U);
}

// Adds, withdrawals and merges while others ask: an add is found when take_over() returned, a withdrawn entry never again.
TEST_P(EngineContract, IsAskedWhileItChanges) {
  add_bank(bank_row(1));
  constexpr std::uint64_t kEntries = 300;
  Drawn drawn(3);
  // More at once than may wait without a segment: each burst makes the engine build one while it is asked.
  std::uint64_t burst_entries = 1'000'000;
  const auto add_burst = [&] {
    ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto feed, match::next_feed_number(tx));
      std::vector<Bytes> codes(match_engine::kTailRowsMax + 100, Bytes(32));
      for (auto& code : codes)
        for (auto& byte : code) byte = static_cast<std::uint8_t>(drawn.below(256));
      TUTELA_TRY(insert_codes(tx, burst_entries, codes, feed));
      burst_entries += codes.size();
      return {};
    }));
  };
  // On a machine that does much else nobody looks for longer than the usual lease.
  EngineOptions options;
  options.lease = std::chrono::seconds(30);
  MatchEngine engine(std::move(options));
  ASSERT_TRUE(engine.open(store()));
  engine.follow(store());
  const auto digest_of = [](std::uint64_t number) {
    Bytes value(16, 0);
    for (std::size_t at = 0; at < 8; ++at) value[at] = static_cast<std::uint8_t>(number >> (8 * at));
    return Fingerprint::make(Algorithm::md5(), value).value();
  };
  std::atomic<std::uint64_t> added = 0;
  std::atomic<std::uint64_t> withdrawn = 0;
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> asked = 0;
  const auto ask = [&](std::uint64_t seed) {
    Drawn own(seed);
    while (!done) {
      const std::uint64_t gone = withdrawn;
      const std::uint64_t there = added;
      if (there == 0) continue;
      const std::uint64_t number = 1 + own.below(there);
      const std::size_t hits = found(engine, digest_of(number));
      if (number <= gone) {
        ASSERT_EQ(hits, 0U) << "withdrawn " << number;
      } else if (number > withdrawn + 1) {
        ASSERT_EQ(hits, 1U) << "added " << number;
      }
      ++asked;
      // Two that never rest keep the database's own processes from two cores.
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  };
  std::vector<std::thread> askers;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) askers.emplace_back(ask, seed);
  for (std::uint64_t number = 1; number <= kEntries; ++number) {
    if (number == kEntries / 3 || number == 2 * kEntries / 3) add_burst();
    ASSERT_TRUE(add(match_engine::testing_banks::entry(number, {digest_of(number), pdq(static_cast<int>(number % 200))})));
    ASSERT_TRUE(engine.take_over(store()));
    ASSERT_EQ(found(engine, digest_of(number)), 1U);
    added = number;
    if (number % 4 != 0) continue;
    const std::uint64_t gone = withdrawn + 1;
    ASSERT_TRUE(set_status(store(), numbered<EntryId>(gone), match::EntryStatus::withdrawn));
    ASSERT_TRUE(engine.take_over(store()));
    ASSERT_EQ(found(engine, digest_of(gone)), 0U);
    withdrawn = gone;
  }
  // A burst may become more than one segment, so that their number alone does not say that the last one is built.
  const auto is_built = [&] {
    const auto facts = engine.facts();
    return facts.segments_built >= 2 && facts.tail_rows < match_engine::kTailRowsMax;
  };
  for (int waited = 0; waited < 3'000 && !is_built(); ++waited) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(is_built()) << engine.facts().segments_built << " segments built, " << engine.facts().tail_rows << " rows in none";
  done = true;
  for (auto& asker : askers) asker.join();
  engine.stop();
  EXPECT_GT(asked, 0U);
}

// A batch answers as its questions do one by one, of the banks that are indexed and of one that is scanned.
TEST_P(EngineContract, ABatchAnswersAsItsQuestionsAlone) {
  add_bank(bank_row(1));
  add_bank(bank_row(2, 60));
  Drawn drawn(7);
  PlainBanks plain;
  plain.put(bank_row(1));
  plain.put(bank_row(2, 60));
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto feed, match::next_feed_number(tx));
    for (std::uint64_t number = 1; number <= 2'000; ++number) {
      const auto change = match_engine::testing_banks::entry(number, drawn.fingerprints(), 1 + number % 2);
      plain.put(change);
      TUTELA_TRY(insert(tx, change, feed));
    }
    return {};
  }));
  MatchEngine engine;
  ASSERT_TRUE(engine.open(store()));
  std::vector<Fingerprint> questions;
  while (questions.size() < 1'000) questions.push_back(drawn.fingerprint());
  for (const std::size_t count : {1U, 7U, 1'000U}) {
    const auto batch = engine.find_each(std::span(questions).first(count));
    ASSERT_TRUE(batch);
    EXPECT_TRUE(batch->is_complete);
    ASSERT_EQ(batch->answers.size(), count);
    std::size_t matches = 0;
    for (std::size_t question = 0; question < count; ++question) {
      const auto alone = engine.find(std::span(questions).subspan(question, 1));
      ASSERT_TRUE(alone);
      ASSERT_EQ(lines_of(batch->answers[question]), lines_of(alone->answer)) << question << " of " << count;
      ASSERT_EQ(lines_of(batch->answers[question]), lines_of(plain.find(questions[question]))) << question << " of " << count;
      matches += alone->answer.matches.size();
    }
    EXPECT_GE(matches, count == 1'000 ? 1'000U : 0U);
  }
}

// A slow scan holds up who asks the wide bank, and nobody else.
TEST_P(EngineContract, AWideBankHasItsOwnQueue) {
  add_bank(bank_row(1));
  add_bank(bank_row(2, 60));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(3)})));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(2, {pdq(50)}, 2)));
  std::latch begun(1);
  std::latch let_go(1);
  std::atomic<bool> is_first = true;
  EngineOptions options;
  options.wide.wait_max = std::chrono::minutes(1);
  options.wide.before_scan = [&] {
    if (!is_first.exchange(false)) return;
    begun.count_down();
    let_go.wait();
  };
  MatchEngine engine(std::move(options));
  ASSERT_TRUE(engine.open(store()));
  std::size_t slow_hits = 0;
  std::thread slow([&] { slow_hits = found(engine, pdq(0)); });
  begun.wait();
  // The only worker is held up now, and stays so until the end.
  const auto question = pdq(0);
  const auto indexed = BankChoice::only({numbered<BankId>(1)});
  for (int asked = 0; asked < 1'000; ++asked)
    ASSERT_EQ(engine.find(std::span(&question, 1), indexed).value().answer.matches.size(), 1U);
  EXPECT_EQ(found(engine, digest(Algorithm::sha256(), 1)), 0U) << "digests need no scan";
  let_go.count_down();
  slow.join();
  EXPECT_EQ(slow_hits, 2U) << "and it is complete";
}

// Whether the answer to one question has all banks in it, and how many matches.
std::pair<bool, std::size_t> asked(const MatchEngine& engine, match_engine::WideBanks wide = match_engine::WideBanks::asked) {
  const auto question = pdq(0);
  const auto found = engine.find(std::span(&question, 1), BankChoice::all(), wide);
  EXPECT_TRUE(found);
  return {found->is_complete, found->answer.matches.size()};
}

// The banks up to 31 bits are answered all the same, and the answer says that others are missing.
TEST_P(EngineContract, AWideScanThatTakesTooLongIsLeftOut) {
  add_bank(bank_row(1, 60));
  add_bank(bank_row(2));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(3)})));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(2, {pdq(5)}, 2)));
  std::latch let_go(1);
  EngineOptions options;
  options.wide.waiting_max = 1;
  options.wide.wait_max = std::chrono::milliseconds(1);
  options.wide.scan_max = std::chrono::milliseconds(0);
  options.wide.before_scan = [&] { let_go.wait(); };
  MatchEngine engine(std::move(options));
  ASSERT_TRUE(engine.open(store()));
  // The first is with the worker, the second in the queue; neither waits longer than it may.
  EXPECT_EQ(asked(engine), std::pair(false, std::size_t{1}));
  EXPECT_EQ(asked(engine), std::pair(false, std::size_t{1}));
  EXPECT_EQ(engine.facts().wide_left_out, 2);
  EXPECT_EQ(asked(engine, match_engine::WideBanks::left_out), std::pair(false, std::size_t{1}));
  EXPECT_EQ(engine.facts().wide_left_out, 2) << "who did not ask was not refused";
  let_go.count_down();
}

TEST_P(EngineContract, AFullWideQueueIsLeftOutAtOnce) {
  add_bank(bank_row(1, 60));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(3)})));
  EngineOptions options;
  options.wide.waiting_max = 0;
  options.wide.wait_max = std::chrono::hours(1);
  MatchEngine engine(std::move(options));
  ASSERT_TRUE(engine.open(store()));
  EXPECT_EQ(asked(engine), std::pair(false, std::size_t{0}));
  const auto unconcerned = digest(Algorithm::sha256(), 1);
  EXPECT_TRUE(engine.find(std::span(&unconcerned, 1))->is_complete) << "a digest needs no scan";
}

INSTANTIATE_TEST_SUITE_P(Backends, EngineContract, testing::ValuesIn(kBackends), backend_name);

// Several servers on one database. I5 holds for all of them.
class EnginesOnOneDatabase : public EngineContract {};

TEST_P(EnginesOnOneDatabase, AWithdrawalByOneIsSeenByTheOtherOrItAnswersStale) {
  add_bank(bank_row(1));
  const auto other_store = database_.another();
  ASSERT_TRUE(other_store);
  const auto options = [] {
    EngineOptions made;
    made.lease = std::chrono::seconds(30);
    return made;
  };
  MatchEngine here(options());
  MatchEngine there(options());
  ASSERT_TRUE(here.open(store()));
  ASSERT_TRUE(there.open(**other_store));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(3)})));
  ASSERT_TRUE(here.take_over(store()));
  there.follow(**other_store);
  const auto until = [&](std::size_t hits) {
    for (int look = 0; look < 3'000 && found(there, pdq(0)) != hits; ++look)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return found(there, pdq(0));
  };
  EXPECT_EQ(until(1), 1U);
  ASSERT_TRUE(set_status(store(), numbered<EntryId>(1), match::EntryStatus::withdrawn));
  ASSERT_TRUE(here.take_over(store()));
  EXPECT_EQ(found(here, pdq(0)), 0U);
  EXPECT_EQ(until(0), 0U);
  there.stop();
}

// The other one's database is gone: it must not go on answering as if nothing could have changed.
TEST_P(EnginesOnOneDatabase, WhoLosesTheDatabaseAnswersStale) {
  add_bank(bank_row(1));
  ASSERT_TRUE(add(match_engine::testing_banks::entry(1, {pdq(3)})));
  test::PostgresServer server;
  const auto conninfo = server.create_database();
  auto lost = open_postgres(conninfo);
  ASSERT_TRUE(lost);
  ASSERT_TRUE(migrate(**lost));
  std::atomic<std::int64_t> passed_ms = 0;
  EngineOptions options;
  options.lease = std::chrono::milliseconds(2'000);
  options.now = [&] {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1) + std::chrono::milliseconds(passed_ms));
  };
  MatchEngine engine(std::move(options));
  ASSERT_TRUE(engine.open(**lost));
  EXPECT_EQ(reason(engine), "");
  server.crash();
  EXPECT_FALSE(engine.take_over(**lost));
  EXPECT_EQ(reason(engine), "match.stale");
  server.start();
  ASSERT_TRUE(engine.refresh(**lost));
  EXPECT_EQ(reason(engine), "");
  passed_ms = 2'001;
  EXPECT_EQ(reason(engine), "match.stale") << "nobody looked";
}

// Numbers are committed in their order: who has seen one has seen all before it, though writers overlap.
TEST_P(EnginesOnOneDatabase, NoChangeIsMissedWhenWritersOverlap) {
  add_bank(bank_row(1));
  const auto other_store = database_.another();
  ASSERT_TRUE(other_store);
  MatchEngine engine;
  ASSERT_TRUE(engine.open(store()));
  constexpr std::uint64_t kEach = 60;
  std::atomic<int> running = 2;
  const auto write = [&](Store& into, std::uint64_t first) {
    for (std::uint64_t number = first; number < first + kEach; ++number) {
      // A conflict is the caller's to repeat.
      while (!into.write([&](Transaction& tx) { return insert(tx, match_engine::testing_banks::entry(number, {pdq(1)})); })) {
      }
    }
    --running;
  };
  std::thread one([&] { write(store(), 1); });
  std::thread two([&] { write(**other_store, 1'001); });
  while (running > 0) EXPECT_TRUE(engine.take_over(store()));
  one.join();
  two.join();
  ASSERT_TRUE(engine.take_over(store()));
  EXPECT_EQ(found(engine, pdq(0)), 2 * kEach);
}

INSTANTIATE_TEST_SUITE_P(PostgreSql, EnginesOnOneDatabase, testing::Values(std::string_view("postgresql")), backend_name);

}  // namespace
}  // namespace tutela::store
