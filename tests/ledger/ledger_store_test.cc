#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "crypto/digest.h"

#include "ledger/event_kinds.h"
#include "ledger/ledger_repository.h"
#include "ledger/ledger_schema.h"
#include "ledger/ledger_view.h"
#include "ledger/recorder.h"
#include "ledger/sequencer.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "support/postgres_server.h"
#include "support/temp_folder.h"

namespace tutela::ledger {
namespace {

constexpr std::string_view kItemType = "item";

Bytes id_of(int number) {
  Bytes id(15, 0);
  id.push_back(static_cast<std::uint8_t>(number));
  return id;
}

// Every string of the JSON as it stands, and what it says in hex or base64, word by word.
std::vector<Bytes> decoded_strings(const nlohmann::json& value) {
  std::vector<Bytes> found;
  if (value.is_structured())
    for (const auto& part : value)
      for (auto& one : decoded_strings(part)) found.push_back(std::move(one));
  if (!value.is_string()) return found;
  const auto text = value.get<std::string>();
  found.push_back(to_bytes(text));
  auto parts = text;
  std::ranges::replace(parts, '/', ' ');
  std::istringstream words(parts);
  for (std::string word; words >> word;) {
    if (const auto hex = decode_hex(word)) found.push_back(*hex);
    if (const auto base64 = decode_base64(word)) found.push_back(*base64);
  }
  return found;
}

// Both back ends run everything.
class LedgerStoreTest : public testing::TestWithParam<const char*> {
 protected:
  LedgerStoreTest()
      : random_(11),
        signing_key_(crypto::KeyPair::from_seed(crypto::SigningSeed::make(random_))),
        subject_key_(crypto::SubjectKey::make(random_)),
        clock_(from_unix_ms(1'795'348'800'000)),
        recorder_(subject_key_, random_, [this] { ++wakes_; }) {
    open_store();
    EXPECT_TRUE(store::migrate(*store_, kLedgerMigrations));
  }

  void open_store() {
    store_.reset();
    const bool sqlite = std::string_view(GetParam()) == "sqlite";
    if (!sqlite && database_.empty()) database_ = test::PostgresServer::shared().create_database();
    auto opened = sqlite ? store::open_sqlite(folder_.path() / "tutela.db") : store::open_postgres(database_);
    ASSERT_TRUE(opened) << to_string(opened.error());
    store_ = *std::move(opened);
  }

  Sequencer make_sequencer() { return Sequencer({"node.test/tutela", signing_key_, subject_key_, clock_, random_}); }

  Event event(const std::string& kind, int item, const std::string& payload = "{}") {
    return {kind, std::string(kItemType), id_of(item), clock_.now(), payload};
  }

  Result<> record(const std::vector<Event>& events) {
    return store_->write([&](store::Transaction& tx) -> Result<> {
      for (const auto& one : events) TUTELA_TRY(recorder_.record(tx, one));
      return {};
    });
  }

  template <class Body>
  auto read(Body body) {
    using T = typename decltype(body(std::declval<store::Reader&>()))::value_type;
    return store::in_snapshot<T>(*store_, body);
  }

  std::vector<std::string> kinds_of(int item) {
    std::vector<std::string> kinds;
    const auto entries = read([&](store::Reader& reader) {
                           return entries_of(reader, {std::string(kItemType), id_of(item)}, subject_key_, 1000);
                         }).value();
    for (const auto& entry : entries) kinds.push_back(entry.kind);
    return kinds;
  }

  Result<std::string> excerpt_of(int item) {
    return read([&](store::Reader& reader) {
      return export_excerpt(reader, {std::string(kItemType), id_of(item)}, {signing_key_, subject_key_});
    });
  }

  Checkpoint published() {
    const auto note = read([](store::Reader& reader) { return latest_checkpoint(reader); }).value();
    return open_checkpoint(note, signing_key_.public_key()).value();
  }

  std::int64_t staged() {
    return read([](store::Reader& reader) { return count_staged(reader); }).value();
  }

  test::TempFolder folder_;
  std::string database_;
  std::unique_ptr<store::Store> store_;
  SeededRandom random_;
  crypto::KeyPair signing_key_;
  crypto::SubjectKey subject_key_;
  ManualClock clock_;
  std::atomic<int> wakes_ = 0;
  Recorder recorder_;
};

TEST_P(LedgerStoreTest, FromEventToVerifiedExcerpt) {
  auto sequencer = make_sequencer();
  ASSERT_EQ(sequencer.open_epoch(*store_, std::nullopt).value(), 1U);
  EXPECT_EQ(published().size, 1U);
  ASSERT_TRUE(record({event("item.created", 1), event("item.decoded", 1), event("item.created", 2)}));
  ASSERT_TRUE(record({event("item.matched", 1, R"({"hits":0})")}));
  EXPECT_EQ(wakes_, 4);
  EXPECT_TRUE(kinds_of(1).empty()) << "staged is not numbered";
  EXPECT_EQ(sequencer.sequence_pending(*store_).value(), 4U);
  EXPECT_EQ(sequencer.sequence_pending(*store_).value(), 0U);
  EXPECT_EQ(kinds_of(1), (std::vector<std::string>{"item.created", "item.decoded", "item.matched"}));
  EXPECT_EQ(published().size, 5U);

  const auto text = excerpt_of(1);
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_EQ(excerpt_of(1).value(), *text) << "deterministic";
  const auto report = verify_excerpt(*text, signing_key_.public_key());
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->about, "item/00000000000000000000000000000001");
  ASSERT_EQ(report->entries.size(), 3U);
  EXPECT_EQ(report->entries[2].payload, R"({"hits":0})");
  EXPECT_EQ(excerpt_of(3).error().reason, Reason("ledger.unknown_subject"));
  const auto latest = read([](store::Reader& reader) { return latest_entries(reader, 2); }).value();
  ASSERT_EQ(latest.size(), 2U);
  EXPECT_EQ(latest[0].kind, "item.matched");
}

TEST_P(LedgerStoreTest, OrderOfRecordingInsideOneMillisecondIsKept) {
  auto sequencer = make_sequencer();
  ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
  std::vector<Event> events;
  for (int i = 0; i < 60; ++i) events.push_back(event("item.viewed", 1, R"({"i":)" + std::to_string(i) + "}"));
  ASSERT_TRUE(record(events));
  ASSERT_EQ(sequencer.sequence_pending(*store_).value(), 60U);
  const auto entries = read([&](store::Reader& reader) {
                         return entries_of(reader, {std::string(kItemType), id_of(1)}, subject_key_, 1000);
                       }).value();
  ASSERT_EQ(entries.size(), 60U);
  for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].payload, events[i].payload);
}

// More in one millisecond than the counter in their ids can tell apart.
TEST_P(LedgerStoreTest, IdsOfStagedEntriesAreVersion7AndAscend) {
  constexpr std::int64_t kEvents = 4'100;
  std::vector<Event> events;
  for (int i = 0; i < kEvents; ++i) events.push_back(event("item.viewed", 1, R"({"i":)" + std::to_string(i) + "}"));
  ASSERT_TRUE(record(events));
  const auto rows = read([](store::Reader& reader) { return oldest_staged(reader, kEvents + 1); }).value();
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(kEvents));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& id = rows[i].id;
    ASSERT_EQ(id.size(), 16U);
    EXPECT_EQ(id[6] >> 4, 7);
    EXPECT_EQ(id[8] >> 6, 0b10);
    EXPECT_EQ(rows[i].payload, events[i].payload) << "by id, as they were recorded";
  }
}

TEST_P(LedgerStoreTest, ManyBatchesKeepEveryProof) {
  auto sequencer = make_sequencer();
  ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
  std::vector<Checkpoint> checkpoints{published()};
  for (int round = 0; round < 12; ++round) {
    std::vector<Event> events;
    for (int i = 0; i <= round; ++i) events.push_back(event("item.viewed", i % 5));
    ASSERT_TRUE(record(events));
    ASSERT_EQ(sequencer.sequence_pending(*store_).value(), events.size());
    checkpoints.push_back(published());
    for (int item = 0; item < std::min(round + 1, 5); ++item)
      ASSERT_TRUE(verify_excerpt(excerpt_of(item).value(), signing_key_.public_key())) << round << " " << item;
  }
  for (const auto& earlier : checkpoints) {
    const auto proof = read([&](store::Reader& reader) { return consistency_since(reader, earlier.size); }).value();
    EXPECT_TRUE(verify_consistency({earlier.size, checkpoints.back().size}, proof, {earlier.root, checkpoints.back().root}));
  }
  EXPECT_FALSE(read([&](store::Reader& reader) { return consistency_since(reader, 0); }));
}

TEST_P(LedgerStoreTest, MoreThanABatchTakesMoreCalls) {
  auto sequencer = make_sequencer();
  ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
  ASSERT_TRUE(record(std::vector<Event>(kBatchLeavesMax + 3, event("item.viewed", 1))));
  EXPECT_EQ(sequencer.sequence_pending(*store_).value(), static_cast<std::size_t>(kBatchLeavesMax));
  EXPECT_EQ(sequencer.sequence_pending(*store_).value(), 3U);
  EXPECT_EQ(staged(), 0);
}

TEST_P(LedgerStoreTest, HowFarNumberingIsBehindIsTheAgeOfTheOldestThatWaits) {
  auto sequencer = make_sequencer();
  ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
  const auto behind = [&] { return read([&](store::Reader& reader) { return numbering_behind(reader, clock_.now()); }).value(); };
  EXPECT_EQ(behind(), Duration(0));
  ASSERT_TRUE(record({event("item.viewed", 1)}));
  clock_.advance(Duration(3'000));
  ASSERT_TRUE(record({event("item.viewed", 1)}));
  EXPECT_EQ(behind(), Duration(3'000));
  clock_.advance(Duration(-5'000));
  EXPECT_EQ(behind(), Duration(0)) << "a clock that went back";
  ASSERT_TRUE(sequencer.sequence_pending(*store_));
  clock_.advance(Duration(60'000));
  EXPECT_EQ(behind(), Duration(0));
}

TEST_P(LedgerStoreTest, ARolledBackRequestLeavesNothing) {
  auto sequencer = make_sequencer();
  ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
  const auto written = store_->write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(recorder_.record(tx, event("item.created", 1)));
    return fail(ErrorCode::denied, "test.refused");
  });
  EXPECT_FALSE(written);
  EXPECT_EQ(staged(), 0);
  EXPECT_EQ(wakes_, 0);
}

TEST_P(LedgerStoreTest, ACrashBetweenStagingAndSequencingLosesNothing) {
  {
    auto sequencer = make_sequencer();
    ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
    ASSERT_TRUE(record({event("item.created", 1), event("item.viewed", 1)}));
  }
  open_store();
  auto successor = make_sequencer();
  EXPECT_EQ(successor.sequence_pending(*store_).error().reason, Reason("ledger.sequenced_elsewhere"))
      << "the dead one's lease still runs";
  EXPECT_EQ(staged(), 2);
  clock_.advance(kLeaseTime);
  EXPECT_EQ(successor.sequence_pending(*store_).value(), 2U);
  EXPECT_EQ(kinds_of(1), (std::vector<std::string>{"item.created", "item.viewed"}));
  EXPECT_TRUE(verify_excerpt(excerpt_of(1).value(), signing_key_.public_key()));
}

TEST_P(LedgerStoreTest, AStaleHolderCannotCommit) {
  auto first = make_sequencer();
  ASSERT_TRUE(first.open_epoch(*store_, std::nullopt));
  auto second = make_sequencer();
  ASSERT_TRUE(record({event("item.created", 1)}));
  EXPECT_EQ(second.sequence_pending(*store_).error().code, ErrorCode::busy);
  clock_.advance(kLeaseTime);  // the first one sleeps through its lease
  EXPECT_EQ(second.sequence_pending(*store_).value(), 1U);
  ASSERT_TRUE(record({event("item.viewed", 1)}));
  const auto stale = first.sequence_pending(*store_);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().reason, Reason("ledger.stale_lease"));
  EXPECT_EQ(first.sequence_pending(*store_).error().reason, Reason("ledger.sequenced_elsewhere")) << "asks anew, and is refused";
  EXPECT_EQ(published().size, 2U);
  EXPECT_EQ(second.sequence_pending(*store_).value(), 1U);
  EXPECT_EQ(published().size, 3U);
}

TEST_P(LedgerStoreTest, RacingSequencersAndRecordersMakeOneTree) {
  {
    auto opener = make_sequencer();
    ASSERT_TRUE(opener.open_epoch(*store_, std::nullopt));
  }
  clock_.advance(kLeaseTime);
  // A clock for each that is far ahead by turns, so that both always believe the other's lease has run out.
  constexpr int kEvents = 120;
  std::atomic<bool> recorded = false;
  std::atomic<int> numbered = 0;
  const auto race = [&](std::uint64_t seed) {
    SeededRandom random(seed);
    ManualClock clock(clock_.now());
    Sequencer sequencer({"node.test/tutela", signing_key_, subject_key_, clock, random});
    for (;;) {
      const bool last = recorded;
      clock.advance(kLeaseTime * 2);
      const auto count = sequencer.sequence_pending(*store_);
      if (count) numbered += static_cast<int>(*count);
      if (last && staged() == 0) return;
    }
  };
  std::thread one(race, 21);
  std::thread two(race, 22);
  std::vector<std::thread> recorders;
  for (int thread = 0; thread < 3; ++thread)
    recorders.emplace_back([&, thread] {
      for (int i = 0; i < kEvents / 3; ++i) EXPECT_TRUE(record({event("item.viewed", thread)}));
    });
  for (auto& thread : recorders) thread.join();
  recorded = true;
  one.join();
  two.join();
  EXPECT_EQ(numbered, kEvents);
  EXPECT_EQ(published().size, 1U + kEvents);
  for (int item = 0; item < 3; ++item) {
    const auto report = verify_excerpt(excerpt_of(item).value(), signing_key_.public_key());
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_EQ(report->entries.size(), static_cast<std::size_t>(kEvents / 3));
  }
}

TEST_P(LedgerStoreTest, ARestoreOpensTheNextEpochAndNamesTheLastKnownCheckpoint) {
  auto sequencer = make_sequencer();
  ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
  ASSERT_TRUE(record({event("item.created", 1), event("item.viewed", 1)}));
  ASSERT_TRUE(sequencer.sequence_pending(*store_));
  const auto own = published();
  // What a witness saw after the copy that was restored here: two leaves more, signed by this node.
  const Checkpoint witnessed{own.origin, own.size + 2, hash_leaf(as_bytes("later"))};
  Checkpoint forked = own;
  forked.root[0] ^= 1;
  const auto epoch_after = [&](const Checkpoint& known) {
    return sequencer.open_epoch(*store_, sign_checkpoint(known, signing_key_));
  };
  EXPECT_EQ(epoch_after(forked).error().reason, Reason("ledger.forked"));
  SeededRandom other_random(99);
  const auto stranger = crypto::KeyPair::from_seed(crypto::SigningSeed::make(other_random));
  EXPECT_EQ(sequencer.open_epoch(*store_, sign_checkpoint(witnessed, stranger)).error().reason, Reason("note.wrong_key"));
  const auto second = epoch_after(witnessed).value();
  ASSERT_TRUE(record({event("verdict.given", 1)}));
  ASSERT_TRUE(sequencer.sequence_pending(*store_));
  EXPECT_EQ(published().origin, (Origin{"node.test/tutela", second}));
  EXPECT_EQ(published().size, 2U);
  const auto report = verify_excerpt(excerpt_of(1).value(), signing_key_.public_key());
  ASSERT_TRUE(report) << to_string(report.error());
  ASSERT_EQ(report->epochs.size(), 2U);
  EXPECT_EQ(report->epochs[0].lost.leaves, 2U);
  ASSERT_EQ(report->entries.size(), 3U);
  EXPECT_EQ(report->entries[2].epoch, second);
  EXPECT_EQ(report->entries[2].index, 1U);
  // Without anything lost, the node's own last checkpoint is what the next epoch names.
  ASSERT_GT(sequencer.open_epoch(*store_, std::nullopt).value(), second);
  EXPECT_EQ(verify_excerpt(excerpt_of(1).value(), signing_key_.public_key())->epochs[1].lost.leaves, 0U);
}

TEST_P(LedgerStoreTest, ASmallerKnownCheckpointMustBeTheBeginningOfTheTree) {
  auto sequencer = make_sequencer();
  ASSERT_EQ(sequencer.open_epoch(*store_, std::nullopt).value(), 1U);
  std::vector<Checkpoint> kept;
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(record({event("item.viewed", 1)}));
    ASSERT_EQ(sequencer.sequence_pending(*store_).value(), 1U);
    kept.push_back(published());
  }
  std::uint64_t newest = 1;
  for (int round = 0; round < 2; ++round) {  // of the current epoch, then of one that is closed
    for (auto checkpoint : kept) {
      checkpoint.root[0] ^= 1;
      EXPECT_EQ(sequencer.open_epoch(*store_, sign_checkpoint(checkpoint, signing_key_)).error().reason, Reason("ledger.forked"))
          << checkpoint.size;
    }
    const auto opened = sequencer.open_epoch(*store_, sign_checkpoint(kept[2], signing_key_)).value();
    EXPECT_GT(opened, newest);
    newest = opened;
  }
}

TEST_P(LedgerStoreTest, WithoutAnEpochNothingIsNumberedAndNothingLost) {
  auto sequencer = make_sequencer();
  ASSERT_TRUE(record({event("item.created", 1)}));
  EXPECT_EQ(sequencer.sequence_pending(*store_).error().reason, Reason("ledger.no_epoch"));
  EXPECT_EQ(staged(), 1);
  EXPECT_EQ(read([](store::Reader& reader) { return latest_checkpoint(reader); }).error().reason, Reason("ledger.no_epoch"));
  ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
  EXPECT_EQ(sequencer.sequence_pending(*store_).value(), 1U);
}

TEST_P(LedgerStoreTest, PayloadsAreBoundedAndCanonical) {
  const std::string large = R"({"a":")" + std::string(16 * 1024, 'x') + "\"}";
  EXPECT_EQ(record({event("item.created", 1, large)}).error().reason, Reason("ledger.payload_too_large"));
  for (const auto* payload :
       {"", "{", "{} ", R"({"b":1,"a":2})", R"({"a": 1})", "[]", "1", "{\"a\":\"\xFF\"}", R"({"a":1,"a":1})"})
    EXPECT_EQ(record({event("item.created", 1, payload)}).error().reason, Reason("ledger.payload_not_canonical")) << payload;
  EXPECT_TRUE(record({event("item.created", 1, R"({"a":[1,"ž",null,true],"b":{"c":-1}})")}));
}

TEST_P(LedgerStoreTest, AnUnknownKindIsABug) {
  EXPECT_DEATH({ (void)record({event("item.invented", 1)}); }, "is_event_kind");
}

TEST_P(LedgerStoreTest, ADoctoredRowDoesNotBecomeAnExcerptThatVerifies) {
  auto sequencer = make_sequencer();
  ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
  ASSERT_TRUE(record({event("item.created", 1), event("item.viewed", 1), event("item.viewed", 1)}));
  ASSERT_TRUE(sequencer.sequence_pending(*store_));
  const auto doctor = [&](std::string_view sql) {
    ASSERT_TRUE(store_->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute(sql));
      return {};
    }));
  };
  doctor("UPDATE ledger_leaf SET kind = 'item.claimed' WHERE n = 2 AND leaf_index = 2");
  EXPECT_EQ(verify_excerpt(excerpt_of(1).value(), signing_key_.public_key()).error().reason, Reason("excerpt.bad_entry"));
  doctor("UPDATE ledger_leaf SET kind = 'item.viewed' WHERE n = 2 AND leaf_index = 2");
  EXPECT_TRUE(verify_excerpt(excerpt_of(1).value(), signing_key_.public_key()));
  doctor("DELETE FROM ledger_leaf WHERE leaf_index = 2");
  const auto excerpt = excerpt_of(1);
  EXPECT_TRUE(!excerpt || !verify_excerpt(*excerpt, signing_key_.public_key()));
}

TEST_P(LedgerStoreTest, AnExcerptOfOneItemShowsNothingOfOthers) {
  auto sequencer = make_sequencer();
  ASSERT_TRUE(sequencer.open_epoch(*store_, std::nullopt));
  const auto marked = [](char mark) { return Bytes(16, static_cast<std::uint8_t>(mark)); };
  const auto payload = [](char mark) { return R"({"by":"member:)" + std::string(12, mark) + R"("})"; };
  // The items' entries stand between each other, so that the proofs of one pass by those of the others.
  for (int round = 0; round < 5; ++round)
    for (const char mark : {'Q', 'Z', 'J'})
      ASSERT_TRUE(record({{"item.viewed", std::string(kItemType), marked(mark), clock_.now(), payload(mark)}}));
  ASSERT_TRUE(sequencer.sequence_pending(*store_));
  const auto text = read([&](store::Reader& reader) {
                      return export_excerpt(reader, {std::string(kItemType), marked('Q')}, {signing_key_, subject_key_});
                    }).value();
  auto shown = decoded_strings(nlohmann::json::parse(text));
  shown.push_back(to_bytes(text));
  const auto shows = [&](BytesView wanted) {
    return std::ranges::any_of(shown, [&](const Bytes& bytes) { return !std::ranges::search(bytes, wanted).empty(); });
  };
  const auto leaves = read([](store::Reader& reader) { return leaves_from_index(reader, 1, 0, 100); }).value();
  ASSERT_EQ(leaves.size(), 16U);
  for (const char mark : {'Q', 'Z', 'J'}) {
    const bool is_own = mark == 'Q';
    const auto pseudonym = pseudonym_of(subject_key_, kItemType, marked(mark));
    EXPECT_EQ(shows(marked(mark)), is_own);
    EXPECT_EQ(shows(as_bytes(std::string(12, mark))), is_own);
    EXPECT_EQ(shows(pseudonym), is_own);
    for (const auto& leaf : leaves)
      if (leaf.opening.subject == pseudonym) {
        EXPECT_EQ(shows(leaf.opening.salt), is_own) << "with the salt a guess could be tried";
        EXPECT_EQ(shows(crypto::sha256(as_bytes(leaf.opening.payload))), false);
      }
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, LedgerStoreTest, testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace tutela::ledger
