#include "ledger/log_verify.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/random.h"
#include "ledger/test_ledger.h"

namespace tutela::ledger {
namespace {

using Files = std::map<std::string, Bytes>;

ExportSource source_of(const Files& files) { return export_source(files); }

TileSource tiles_of(const Files& files, const std::string& folder) {
  return [&files, folder](const TileId& id, std::uint64_t width) -> Result<TileHashes> {
    const auto found = files.find(folder + "tile/" + encode_tile_path({TileKind::hashes, id, width}));
    if (found == files.end()) return fail(ErrorCode::not_found, "test.no_file");
    return decode_tile(found->second);
  };
}

// `count` entries more, in one ledger as in every other of the same seed.
void grow(TestLedger& ledger, const SubjectPseudonym& item, int count) {
  for (int i = 0; i < count; ++i) ledger.add(item, "item.viewed", R"({"by":"node"})");
}

class LogVerifyTest : public testing::Test {
 protected:
  LogVerifyTest() : ledger_(7), item_(ledger_.new_subject()) { grow(ledger_, item_, 599); }

  const crypto::PublicKey& key() const { return ledger_.key().public_key(); }
  Result<ExportReport> verify(const Files& files, ExportTrust trust = {}) {
    trust.key = key();
    return verify_export(source_of(files), trust);
  }
  // A checkpoint of another history of the same size, under the same key.
  std::string forked(std::uint64_t size) const {
    auto checkpoint = ledger_.checkpoint_at(1, size);
    checkpoint.root[5] ^= 1;
    return sign_checkpoint(checkpoint, ledger_.key());
  }
  Reason reason_of(const Files& files) {
    const auto verified = verify(files);
    return verified ? Reason("ok") : verified.error().reason;
  }

  TestLedger ledger_;
  SubjectPseudonym item_;
};

TEST_F(LogVerifyTest, TwoCheckpointsOfOneHistoryAreJoinedByAProof) {
  const auto files = ledger_.export_files();
  for (const std::uint64_t size : {1U, 2U, 255U, 256U, 300U, 512U, 599U}) {
    const auto earlier = ledger_.signed_checkpoint(1, size);
    const auto later = ledger_.signed_checkpoint(1, 600);
    TileTree tree(600, tiles_of(files, "epoch-1/"));
    const auto proof = consistency_proof({size, 600}, tree.nodes()).value();
    for (const auto& compared :
         {compare_checkpoints(earlier, later, key(), proof), compare_checkpoints(later, earlier, key(), proof),
          compare_by_tiles(earlier, later, key(), tiles_of(files, "epoch-1/"))}) {
      ASSERT_TRUE(compared) << size << to_string(compared.error());
      EXPECT_FALSE(compared->equivocation);
      EXPECT_EQ(compared->earlier.size, size);
      EXPECT_EQ(compared->later.size, 600U);
    }
    EXPECT_EQ(compare_checkpoints(earlier, later, key(), std::nullopt).error().reason, Reason("consistency.proof_needed"));
    auto wrong = proof;
    wrong.back()[0] ^= 1;
    EXPECT_EQ(compare_checkpoints(earlier, later, key(), wrong).error().reason, Reason("ledger.bad_consistency"))
        << "a bad proof convicts nobody";
  }
  const auto same =
      compare_checkpoints(ledger_.signed_checkpoint(1, 600), ledger_.signed_checkpoint(1, 600), key(), std::nullopt);
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->equivocation);
}

TEST_F(LogVerifyTest, TwoRootsForOneSizeAreAnEquivocation) {
  const auto one = ledger_.signed_checkpoint(1, 300);
  const auto other = forked(300);
  const auto compared = compare_checkpoints(one, other, key(), std::nullopt);
  ASSERT_TRUE(compared);
  ASSERT_TRUE(compared->equivocation);
  EXPECT_EQ(compared->equivocation->first, one);
  EXPECT_EQ(compared->equivocation->second, other);
  // Signed by somebody else it is nobody's.
  SeededRandom random(99);
  const auto stranger = crypto::KeyPair::from_seed(crypto::SigningSeed::make(random));
  auto checkpoint = ledger_.checkpoint_at(1, 300);
  checkpoint.root[5] ^= 1;
  EXPECT_EQ(compare_checkpoints(one, sign_checkpoint(checkpoint, stranger), key(), std::nullopt).error().reason,
            Reason("note.wrong_key"));
}

TEST_F(LogVerifyTest, SizesThatNoProofJoinsAreAnEquivocation) {
  const auto files = ledger_.export_files();
  const auto later = ledger_.signed_checkpoint(1, 600);
  for (const std::uint64_t size : {255U, 256U, 300U, 512U}) {
    const auto by_tiles = compare_by_tiles(forked(size), later, key(), tiles_of(files, "epoch-1/"));
    ASSERT_TRUE(by_tiles) << to_string(by_tiles.error());
    ASSERT_TRUE(by_tiles->equivocation) << size;
    EXPECT_EQ(by_tiles->equivocation->first, forked(size));
  }
  // A proof alone convicts too, where it holds the node that the earlier root is made of.
  TileTree tree(600, tiles_of(files, "epoch-1/"));
  const auto proof = consistency_proof({300, 600}, tree.nodes()).value();
  EXPECT_TRUE(compare_checkpoints(forked(300), later, key(), proof)->equivocation);
  // Tiles of another tree say nothing.
  auto doctored = files;
  doctored["epoch-1/tile/1/000.p/2"][0] ^= 1;
  EXPECT_EQ(compare_by_tiles(ledger_.signed_checkpoint(1, 300), later, key(), tiles_of(doctored, "epoch-1/")).error().reason,
            Reason("ledger.bad_tiles"));
}

TEST_F(LogVerifyTest, EpochsAreNotComparedDirectly) {
  ledger_.open_epoch(ledger_.checkpoint_of(1));
  EXPECT_EQ(
      compare_checkpoints(ledger_.signed_checkpoint(1, 600), ledger_.signed_checkpoint(2, 1), key(), std::nullopt).error().reason,
      Reason("consistency.other_origin"));
}

TEST_F(LogVerifyTest, AWholeExportIsRecomputedFromItsLeaves) {
  const auto known = ledger_.checkpoint_of(1);
  ledger_.lose(40);
  ledger_.open_epoch(known);
  grow(ledger_, item_, 300);
  const auto files = ledger_.export_files();
  const auto report = verify(files);
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->node, "node.test/tutela");
  ASSERT_EQ(report->epochs.size(), 2U);
  EXPECT_EQ(report->epochs[0].checkpoint.size, 560U);
  EXPECT_EQ(report->epochs[0].lost.leaves, 40U);
  EXPECT_EQ(report->epochs[1].checkpoint.size, 301U);
  EXPECT_EQ(report->epochs[1].lost.leaves, 0U);
  EXPECT_TRUE(report->equivocations.empty());
}

TEST_F(LogVerifyTest, EveryFileOfAnExportCounts) {
  ledger_.open_epoch(ledger_.checkpoint_of(1));
  const auto files = ledger_.export_files();
  ASSERT_EQ(reason_of(files), Reason("ok"));
  for (const auto& [path, content] : files) {
    auto without = files;
    without.erase(path);
    EXPECT_NE(reason_of(without), Reason("ok")) << path << " missing";
    auto changed = files;
    changed[path][content.size() / 2] ^= 1;
    EXPECT_NE(reason_of(changed), Reason("ok")) << path << " changed";
    auto longer = files;
    longer[path].push_back('\n');
    EXPECT_NE(reason_of(longer), Reason("ok")) << path << " longer";
  }
  auto tile = files;
  tile["epoch-1/tile/0/001"][100] ^= 1;
  EXPECT_EQ(reason_of(tile), Reason("export.bad_tile"));
  auto leaf = files;
  leaf["epoch-1/tile/entries/001"][40] ^= 1;
  EXPECT_EQ(reason_of(leaf), Reason("export.bad_tile"));
  auto older = files;
  older["epoch-1/checkpoint"] = to_bytes(ledger_.signed_checkpoint(1, 512));
  EXPECT_EQ(reason_of(older), Reason("excerpt.bad_epoch")) << "the first leaf is shown in the tree of 600";
}

TEST_F(LogVerifyTest, KnownCheckpointsAreHeldAgainstTheExport) {
  const auto files = ledger_.export_files();
  const auto honest = verify(files, {.key = {}, .known = {ledger_.signed_checkpoint(1, 1), ledger_.signed_checkpoint(1, 256)}});
  ASSERT_TRUE(honest) << to_string(honest.error());
  EXPECT_EQ(honest->known_compared, 2U);
  EXPECT_TRUE(honest->equivocations.empty());
  const auto caught = verify(files, {.key = {}, .known = {ledger_.signed_checkpoint(1, 9), forked(256), forked(600)}});
  ASSERT_TRUE(caught);
  ASSERT_EQ(caught->equivocations.size(), 2U);
  EXPECT_EQ(caught->equivocations[0].first, forked(256));
  // What is larger than the export is only newer, as long as no later epoch says otherwise.
  grow(ledger_, item_, 5);
  const auto newer = ledger_.signed_checkpoint(1, 605);
  EXPECT_EQ(verify(files, {.key = {}, .known = {newer}}).error().reason, Reason("export.older_than_known"));
  ledger_.lose(5);
  ledger_.open_epoch(ledger_.checkpoint_of(1));
  const auto cut = verify(ledger_.export_files(), {.key = {}, .known = {newer}});
  ASSERT_TRUE(cut) << to_string(cut.error());
  EXPECT_EQ(cut->epochs[0].lost.leaves, 5U) << "whatever the opening admits";
}

TEST_F(LogVerifyTest, WhatARestoreCutOffMustBeTheTreeThatTheNextEpochNames) {
  const auto genuine = ledger_.signed_checkpoint(1, 600);
  const auto other = forked(600);
  const auto last_known = ledger_.checkpoint_of(1);
  ledger_.lose(100);
  ledger_.open_epoch(last_known);
  const auto files = ledger_.export_files();
  EXPECT_TRUE(verify(files, {.key = {}, .known = {genuine}})->equivocations.empty());
  const auto report = verify(files, {.key = {}, .known = {other}});
  ASSERT_TRUE(report) << to_string(report.error());
  ASSERT_EQ(report->equivocations.size(), 1U);
  EXPECT_EQ(report->equivocations[0].first, other);
  EXPECT_EQ(report->equivocations[0].second, ledger_.signed_checkpoint(2, 1));
  // Nor do two kept checkpoints agree with each other, of a size that nobody names.
  auto apart = last_known;
  apart.size = 590;
  const auto one = sign_checkpoint(apart, ledger_.key());
  apart.root[3] ^= 1;
  EXPECT_EQ(verify(files, {.key = {}, .known = {one, sign_checkpoint(apart, ledger_.key())}})->equivocations.size(), 1U);
}

TEST_F(LogVerifyTest, CosignaturesAreCheckedAgainstTheTreeToo) {
  SeededRandom random(41);
  const auto pair = crypto::KeyPair::from_seed(crypto::SigningSeed::make(random));
  const WitnessKey witness{"witness.test/w1", pair.public_key()};
  const auto cosign = [&](const std::string& note) {
    const auto text = parse_note(note).value().text;
    return to_bytes(encode_cosigned_note(
        {note, {cosignature_line(witness, 1'795'348'900, pair.sign(as_bytes(cosigned_text(text, 1'795'348'900))))}}));
  };
  auto files = ledger_.export_files();
  files["epoch-1/cosigned"] = cosign(ledger_.signed_checkpoint(1, 300));
  const auto report = verify(files, {.key = {}, .witnesses = {witness}});
  ASSERT_TRUE(report) << to_string(report.error());
  ASSERT_EQ(report->epochs[0].witnesses.size(), 1U);
  EXPECT_EQ(report->epochs[0].witnesses[0].size, 300U);
  EXPECT_EQ(verify(files)->epochs[0].witnesses.size(), 0U) << "nobody's word counts that was not named";
  files["epoch-1/cosigned"] = cosign(forked(300));
  ASSERT_EQ(verify(files, {.key = {}, .witnesses = {witness}})->equivocations.size(), 1U);
  auto spoilt = cosign(ledger_.signed_checkpoint(1, 300));
  auto line = parse_cosigned_note(as_text(spoilt)).value();
  line.others[0].signature[20] ^= 1;
  files["epoch-1/cosigned"] = to_bytes(encode_cosigned_note(line));
  EXPECT_EQ(verify(files, {.key = {}, .witnesses = {witness}}).error().reason, Reason("witness.bad_cosignature"));
}

}  // namespace
}  // namespace tutela::ledger
