#include <gtest/gtest.h>

#include <thread>

#include "doors/running_node.h"
#include "ledger/cosignature.h"
#include "ledger/ledger_view.h"
#include "ledger/tile.h"

namespace tutela::test {
namespace {

using access::Scope;

class LedgerDoor : public testing::Test {
 protected:
  Reply get(const std::string& path) { return node.get(Door::machine, "/v1/ledger/" + path, reader_); }
  ledger::Checkpoint checkpoint(const std::string& path = "checkpoint") {
    const auto reply = get(path);
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto cosigned = must(ledger::parse_cosigned_note(reply.body));
    return must(ledger::open_checkpoint(cosigned.note, node.context().keys.signing_key().public_key()));
  }

  RunningNode node;
  http::Headers reader_ = node.token({Scope::ledger_read}, "monitor");
};

// What an outsider does: reads the checkpoint, fetches what it needs, and proves a leaf by itself.
TEST_F(LedgerDoor, AMonitorProvesALeafFromTilesAlone) {
  for (int i = 0; i < 60; ++i) node.token({Scope::match}, "token-" + std::to_string(i));
  const auto wanted = static_cast<std::uint64_t>(60);
  for (int tries = 0; tries < 100 && checkpoint().size < wanted; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto top = checkpoint("epochs/1/checkpoint");
  ASSERT_GE(top.size, wanted);
  const auto source = [&](const ledger::TileId& id, std::uint64_t width) -> Result<ledger::TileHashes> {
    const auto path = "epochs/1/tile/" + ledger::encode_tile_path({ledger::TileKind::hashes, id, width});
    const auto reply = get(path);
    EXPECT_EQ(reply.status, 200) << path;
    EXPECT_EQ(reply.header("Content-Type"), "application/octet-stream");
    EXPECT_EQ(reply.header("Cache-Control"), "no-store") << "a partial tile goes away";
    return ledger::decode_tile(as_bytes(reply.body));
  };
  ledger::TileTree tree(top.size, source);
  const auto proof = must(ledger::inclusion_proof({7, top.size}, tree.nodes()));
  const auto bundle = get("tile/" + ledger::encode_tile_path({ledger::TileKind::entries, {0, 0}, top.size}));
  const auto leaves = must(ledger::parse_bundle(as_bytes(bundle.body)));
  EXPECT_TRUE(ledger::verify_inclusion(ledger::hash_leaf(leaves[7]), {7, top.size}, proof, top.root));
  EXPECT_EQ(bundle.body.find("token"), std::string::npos) << "no kind, no payload";
}

TEST_F(LedgerDoor, FullTilesOfANamedEpochAreImmutable) {
  must(node.context().store.write([&](store::Transaction& tx) -> Result<> {
    for (int i = 0; i < 300; ++i)
      TUTELA_TRY(node.context().recorder.record(tx, {"member.signed_in", "node", {}, node.context().clock.now(), "{}"}));
    return {};
  }));
  for (int tries = 0; tries < 100 && checkpoint().size < 300; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  for (const auto* path : {"tile/0/000", "tile/entries/000"}) {
    EXPECT_EQ(get(std::string("epochs/1/") + path).header("Cache-Control"), "private, max-age=31536000, immutable") << path;
    EXPECT_EQ(get(path).status, 200) << path;
    EXPECT_EQ(get(path).header("Cache-Control"), "no-store") << "after a restore this path means another tree: " << path;
  }
  EXPECT_EQ(get("tile/0/000").body.size(), 8192U);
}

TEST_F(LedgerDoor, WhatIsNotThereIsNotFound) {
  for (const auto* path : {"tile/0/999", "tile/9/000", "tile/0/0", "tile/entries/000.p/0", "tile/x", "epochs/2/checkpoint",
                           "epochs/0/checkpoint", "epochs/x/tile/0/000", "epochs/151/checkpoint", "checkpoint?which=cosigned"})
    EXPECT_EQ(get(path).status, 404) << path;
  EXPECT_EQ(get("checkpoint?which=best").status, 400);
  EXPECT_EQ(node.get(Door::machine, "/v1/ledger/checkpoint").status, 401);
}

// The mechanism behind "within a second": the commit itself wakes the sequencer's loop. Without that this would wait for an hour,
// which no test is given.
TEST(LedgerLoop, IsWokenByTheCommit) {
  const TempFolder folder;
  must(app::create_node({folder.path() / "node"}, {"node.test", "hotline", "DE", true, {}}));
  const auto node = must(app::Node::open({folder.path() / "node"}, app::DecoderUse::none));
  const auto& context = node->context();
  must(node->sequence());
  node->wait_for_entries(std::chrono::milliseconds(0));
  std::size_t numbered = 0;
  std::thread loop([&] {
    node->wait_for_entries(std::chrono::hours(1));
    numbered = must(node->sequence());
  });
  must(context.store.write([&](store::Transaction& tx) {
    return context.recorder.record(tx, {"member.signed_in", "node", {}, context.clock.now(), "{}"});
  }));
  loop.join();
  EXPECT_EQ(numbered, 1U) << "and the checkpoint is of the same commit";
}

}  // namespace
}  // namespace tutela::test
