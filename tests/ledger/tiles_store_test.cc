#include <gtest/gtest.h>

#include "ledger/ledger_schema.h"
#include "ledger/log_on_store.h"

namespace tutela::ledger {
namespace {

class TilesStoreTest : public LogOnStore {
 protected:
  void execute(std::string_view sql) {
    const auto done = store_->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute(sql));
      return {};
    });
    ASSERT_TRUE(done) << to_string(done.error());
  }
  Result<Bytes> tile(const std::string& path, std::uint64_t epoch = 1) {
    return read([&](store::Reader& reader) { return published_tile(reader, epoch, parse_tile_path(path).value()); });
  }
};

TEST_P(TilesStoreTest, WhatIsPublishedMakesTheCheckpointsTree) {
  for (const int more : {1, 254, 1, 1, 700}) {
    append(more);
    const auto report = verify_files(export_files());
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_EQ(report->epochs[0].checkpoint, checkpoint());
  }
}

TEST_P(TilesStoreTest, EarlierPartialTilesAreStillServed) {
  append(299);  // 300 leaves
  const auto full = tile("0/000").value();
  EXPECT_EQ(full.size(), 8192U);
  EXPECT_EQ(tile("0/000.p/17").value(), Bytes(full.begin(), full.begin() + 17 * 32));
  EXPECT_EQ(tile("0/001.p/44").value().size(), 44U * 32U);
  EXPECT_EQ(tile("entries/001.p/44").value().size(), 44U * 35U);
  EXPECT_EQ(tile("entries/000").value().size(), 256U * 35U);
  EXPECT_EQ(tile("1/000.p/1").value().size(), 32U);
  for (const auto* path : {"0/001", "0/001.p/45", "0/002", "1/000", "1/000.p/2", "2/000.p/1", "entries/001", "entries/001.p/45"})
    EXPECT_EQ(tile(path).error().reason, Reason("ledger.no_tile")) << path;
  EXPECT_EQ(tile("0/000", 2).error().reason, Reason("ledger.no_tile"));
}

TEST_P(TilesStoreTest, ABundleHoldsCommitmentsAndNothingElse) {
  append(5);
  const auto bundle = tile("entries/000.p/6").value();
  const auto leaves = parse_bundle(bundle).value();
  for (const auto& leaf : leaves) EXPECT_EQ(leaf[0], 0x01);
  EXPECT_EQ(as_text(bundle).find("item.viewed"), std::string_view::npos);
}

TEST_P(TilesStoreTest, TheSubjectsHeadsAreFoundHoweverManyInABatch) {
  // More subjects than one statement asks for, some new, some with a chain, one several times in the batch.
  const auto record = [&](int first, int last) {
    ASSERT_TRUE(store_->write([&](store::Transaction& tx) -> Result<> {
      for (int i = first; i < last; ++i)
        for (const int id : {i, 0})
          TUTELA_TRY(recorder_.record(
              tx, {"item.viewed", "item", Bytes{static_cast<std::uint8_t>(id)}, clock_.now(), R"({"by":"node"})"}));
      return {};
    }));
    ASSERT_TRUE(sequencer_->sequence_pending(*store_));
  };
  record(1, 40);
  record(20, 150);
  for (const int id : {0, 1, 39, 40, 149}) {
    const auto text = read([&](store::Reader& reader) {
      return export_excerpt(reader, {"item", Bytes{static_cast<std::uint8_t>(id)}}, {signing_key_, subject_key_});
    });
    ASSERT_TRUE(text) << id;
    const auto report = verify_excerpt(*text, signing_key_.public_key());
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_EQ(report->entries.size(), id == 0 ? 169U : id == 39 ? 2U : 1U) << id;
  }
}

TEST_P(TilesStoreTest, ADoctoredTileDoesNotBecomeAnExportThatVerifies) {
  append(400);
  execute("UPDATE ledger_leaf SET payload = '{\"by\":\"nobody\"}' WHERE leaf_index = 200");
  EXPECT_EQ(verify_files(export_files()).error().reason, Reason("export.bad_tile"));
}

TEST_P(TilesStoreTest, AStaleLeaseIsGivenUpAtOnce) {
  Sequencer other({"node.test/tutela", signing_key_, subject_key_, clock_, random_});
  append(1);
  ASSERT_TRUE(store_->write(
      [&](store::Transaction& tx) { return recorder_.record(tx, {"item.viewed", "item", Bytes{1}, clock_.now(), "{}"}); }));
  EXPECT_EQ(other.sequence_pending(*store_).error().reason, Reason("ledger.sequenced_elsewhere"));
  ASSERT_TRUE(sequencer_->release(*store_));
  EXPECT_EQ(other.sequence_pending(*store_).value(), 1U);
  EXPECT_TRUE(sequencer_->release(*store_)) << "what one no longer has, one gives up in vain";
  ASSERT_TRUE(store_->write(
      [&](store::Transaction& tx) { return recorder_.record(tx, {"item.viewed", "item", Bytes{1}, clock_.now(), "{}"}); }));
  EXPECT_EQ(other.sequence_pending(*store_).value(), 1U) << "and takes nothing from who has it";
}

// A database as version 2 of the schema left it, on both back ends: leaves and nodes, no tiles, and no time of a subject.
Result<> insert_old_leaf(store::Transaction& tx, const LeafRow& leaf) {
  const auto& opening = leaf.opening;
  return tx.append(
      "INSERT INTO ledger_leaf (epoch, leaf_index, kind, subject, n, previous, at, payload, salt, leaf_hash) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {static_cast<std::int64_t>(leaf.epoch), static_cast<std::int64_t>(leaf.index), opening.kind, BytesView(opening.subject),
       static_cast<std::int64_t>(opening.n), BytesView(opening.previous), opening.at, opening.payload, BytesView(opening.salt),
       BytesView(leaf.hash)});
}

class OldLog : public testing::TestWithParam<const char*> {};

TEST_P(OldLog, GetsItsTilesFromItsLeaves) {
  const test::TempFolder folder;
  SeededRandom random(31);
  const auto key = crypto::KeyPair::from_seed(crypto::SigningSeed::make(random));
  const auto subject_key = crypto::SubjectKey::make(random);
  ManualClock clock(from_unix_ms(1'795'348'800'000));
  const bool sqlite = std::string_view(GetParam()) == "sqlite";
  const auto store = sqlite ? store::open_sqlite(folder.path() / "old.db").value()
                            : store::open_postgres(test::PostgresServer::shared().create_database()).value();
  ASSERT_TRUE(store::migrate(*store, std::span(kLedgerMigrations).first(1)));
  const auto old_item = make_uuid_v7(clock.now(), random);
  const auto new_item = make_uuid_v7(clock.now() + Duration{5}, random);
  const auto old_chain = chain_of(subject_key, "item", old_item);
  const auto new_chain = chain_of(subject_key, "item", new_item);
  // Two epochs, one ending inside a tile, one at the end of a tile, written as that version wrote them.
  Checkpoint previous{};
  for (const std::uint64_t epoch : {1U, 2U}) {
    const std::uint64_t size = epoch == 1 ? 600 : 256;
    Frontier frontier;
    ASSERT_TRUE(store->write([&](store::Transaction& tx) -> Result<> {
      const auto node = pseudonym_of(subject_key, kNodeSubjectType, {});
      for (std::uint64_t i = 0; i < size; ++i) {
        const auto subject = i == 0 ? node : epoch == 1 && i == 7 ? old_chain.subject : random.bytes<32>();
        LeafRow leaf{
            epoch,
            i,
            {i == 0 ? "ledger.epoch_opened" : "item.viewed",
             subject,
             i == 0 ? epoch : 1,
             {},
             clock.now(),
             i == 0 ? encode_opening_payload({epoch, epoch - 1, epoch == 1 ? std::nullopt : std::optional(previous)}) : "{}",
             random.bytes<32>()},
            {}};
        leaf.hash = leaf_hash(leaf.opening);
        for (const auto& one : frontier.append(leaf.hash))
          TUTELA_TRY(tx.execute(
              "INSERT INTO ledger_node (epoch, level, position, hash) VALUES ($1, $2, $3, $4)",
              {static_cast<std::int64_t>(epoch), one.id.level, static_cast<std::int64_t>(one.id.position), BytesView(one.hash)}));
        TUTELA_TRY(insert_old_leaf(tx, leaf));
      }
      TUTELA_TRY(tx.execute("INSERT INTO ledger_epoch (epoch, name, size, frontier, opened_at) VALUES ($1, $2, $3, $4, $5)",
                            {static_cast<std::int64_t>(epoch), "node.test/tutela", static_cast<std::int64_t>(size),
                             frontier.encode(), clock.now()}));
      previous = {{"node.test/tutela", epoch}, size, frontier.root()};
      return insert_checkpoint(tx, previous, sign_checkpoint(previous, key), clock.now());
    }));
  }
  Recorder recorder(subject_key, random, [] {});
  ASSERT_TRUE(store::migrate(*store, kLedgerMigrations));
  ASSERT_TRUE(store->write([&](store::Transaction& tx) -> Result<> {
    for (const auto& item : {new_item, old_item, new_item})
      TUTELA_TRY(recorder.record(tx, {"item.viewed", "item", Bytes(item.begin(), item.end()), clock.now(), "{}"}));
    return {};
  }));
  Sequencer sequencer({"node.test/tutela", key, subject_key, clock, random});
  const auto numbered = sequencer.sequence_pending(*store);
  ASSERT_TRUE(numbered) << to_string(numbered.error());
  EXPECT_EQ(*numbered, 3U);
  std::map<std::string, Bytes> files;
  const auto sink = [&](const std::string& path, BytesView content) -> Result<> {
    files[path] = Bytes(content.begin(), content.end());
    return {};
  };
  ASSERT_TRUE(store::in_snapshot<ExportCounts>(*store, [&](store::Reader& reader) { return export_log(reader, {}, sink); }));
  const auto report = verify_export(export_source(files), {.key = key.public_key()});
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->epochs[0].checkpoint.size, 600U);
  EXPECT_EQ(report->epochs[1].checkpoint.size, 259U);
  EXPECT_TRUE(store::in_snapshot<std::vector<EpochRow>>(*store, untiled_epochs)->empty());

  // A chain goes on where it was begun; a new one stands behind its subject's time.
  ASSERT_TRUE(store->read([&](store::Reader& reader) -> Result<> {
    for (const auto& [chain, born_at] : {std::pair{old_chain, Chain::kBornUnknown}, {new_chain, new_chain.born_at}}) {
      TUTELA_ASSIGN(const auto leaves, leaves_of(reader, chain, 10));
      TUTELA_CHECK(leaves.size() == 2);
      EXPECT_EQ(leaves[0].opening.n, 1U);
      EXPECT_EQ(leaves[1].opening.n, 2U);
      EXPECT_EQ(leaves[1].opening.previous, leaves[0].hash);
      for (const auto& leaf : leaves) EXPECT_EQ(leaf.born_at, born_at);
      TUTELA_ASSIGN(const auto first, leaves_of(reader, chain, 1));
      EXPECT_EQ(first.size(), 1U);
      TUTELA_ASSIGN(const auto heads, heads_of(reader, std::span(&chain, 1)));
      EXPECT_EQ(heads[0].hash, leaves[1].hash);
    }
    return {};
  }));
}

TEST(Chain, StandsBehindTheTimeOfItsSubject) {
  SeededRandom random(8);
  const auto key = crypto::SubjectKey::make(random);
  const auto id = make_uuid_v7(from_unix_ms(1'795'348'800'123), random);
  EXPECT_EQ(chain_of(key, "item", id).born_at, 1'795'348'800'123);
  EXPECT_EQ(chain_of(key, "item", id).subject, pseudonym_of(key, "item", id));
  auto other = id;
  other[6] = 0x40;
  EXPECT_EQ(chain_of(key, "item", other).born_at, Chain::kNeverBorn);
  EXPECT_EQ(chain_of(key, "item", BytesView(id).first(15)).born_at, Chain::kNeverBorn);
  EXPECT_EQ(chain_of(key, kNodeSubjectType, {}).born_at, Chain::kNeverBorn);
}

INSTANTIATE_TEST_SUITE_P(Stores, TilesStoreTest, kBackEnds, back_end_name);
INSTANTIATE_TEST_SUITE_P(Stores, OldLog, kBackEnds, back_end_name);

}  // namespace
}  // namespace tutela::ledger
