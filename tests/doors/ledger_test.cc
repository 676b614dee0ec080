#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "doors/running_node.h"
#include "ledger/cosignature.h"
#include "ledger/ledger_repository.h"
#include "ledger/ledger_view.h"
#include "ledger/tile.h"

namespace tutela::test {
namespace {

using access::Scope;

class LedgerDoor : public testing::Test {
 protected:
  Reply get(const std::string& path) { return node.get(Door::machine, "/v1/ledger/" + path, reader_); }
  ledger::Checkpoint checkpoint(const std::string& path = "checkpoint") { return parsed(get(path)); }
  ledger::Checkpoint parsed(const Reply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto cosigned = must(ledger::parse_cosigned_note(reply.body));
    return must(ledger::open_checkpoint(cosigned.note, node.context().keys.signing_key().public_key()));
  }

  void record(const std::string& kind) {
    const auto& context = node.context();
    must(context.store.write([&](store::Transaction& tx) -> Result<> {
      return context.recorder.record(tx, {kind, "node", {}, context.clock.now(), "{}"});
    }));
  }
  // The checkpoint once everything that was staged is numbered.
  ledger::Checkpoint settled() {
    for (int tries = 0; tries < 200; ++tries) {
      const auto staged = must(store::in_snapshot<std::int64_t>(
          node.context().store, [](store::Reader& reader) { return ledger::count_staged(reader); }));
      if (staged == 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return checkpoint();
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
  for (const auto* path :
       {"tile/0/999", "tile/9/000", "tile/0/0", "tile/entries/000.p/0", "tile/x", "epochs/2/checkpoint", "epochs/0/checkpoint",
        "epochs/x/tile/0/000", "epochs/151/checkpoint", "epochs/9007199254740992/checkpoint",
        "epochs/18446744073709551615/checkpoint", "checkpoint?which=cosigned"})
    EXPECT_EQ(get(path).status, 404) << path;
  EXPECT_EQ(get("checkpoint?which=best").status, 400);
  EXPECT_EQ(node.get(Door::machine, "/v1/ledger/checkpoint").status, 401);
}

// What changed, in the order of the commits: a reader waits at the checkpoint and then reads the bundles behind its old size.
TEST_F(LedgerDoor, AReaderIsHeldUntilTheLogHasGrown) {
  const auto before = settled();
  Reply woken{};
  std::thread reader([&] { woken = get(fmt::format("checkpoint?above={}&wait=20", before.size)); });
  record("member.signed_in");
  reader.join();
  ASSERT_EQ(woken.status, 200) << woken.body;
  const auto after = parsed(woken);
  EXPECT_GT(after.size, before.size);
  const auto bundle = get("tile/" + ledger::encode_tile_path({ledger::TileKind::entries, {0, 0}, after.size}));
  EXPECT_EQ(must(ledger::parse_bundle(as_bytes(bundle.body))).size(), after.size);

  EXPECT_EQ(parsed(get(fmt::format("checkpoint?above={}&wait=20", before.size))).size, after.size) << "at once";
  const auto same = settled();
  EXPECT_EQ(parsed(get(fmt::format("checkpoint?above={}&wait=1", same.size))).size, same.size) << "nothing happened";
  EXPECT_EQ(get("epochs/7/checkpoint?above=0&wait=1").reason(), "ledger.no_epoch");
}

TEST_F(LedgerDoor, AWaitIsBoundedInTimeAndNumber) {
  for (const auto* query : {"above=1", "wait=1", "above=1&wait=31", "above=x&wait=1", "above=-1&wait=1",
                            "above=1&wait=", "above=18446744073709551616&wait=1", "above=1&wait=1&which=cosigned"})
    EXPECT_EQ(get(std::string("checkpoint?") + query).reason(), "request.bad_query") << query;
  const auto path = fmt::format("checkpoint?above={}&wait=20", settled().size + 1);
  // Whoever found the last place taken, by the question below, asks again.
  const auto hold = [&](Reply& reply) {
    do {
      reply = get(path);
    } while (reply.status == 503);
  };
  std::vector<Reply> held(limits::kLogWaitersMax);
  std::vector<std::thread> readers;
  for (auto& reply : held) readers.emplace_back(hold, std::ref(reply));
  Reply refused{};
  for (int tries = 0; tries < 10 && refused.status != 503; ++tries)
    refused = get(fmt::format("checkpoint?above={}&wait=1", UINT32_MAX));
  EXPECT_EQ(refused.reason(), "ledger.too_many_waiters");
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(get("checkpoint").status, 200) << "who does not wait is answered";
  record("member.signed_in");
  record("member.signed_in");
  for (auto& reader : readers) reader.join();
  for (const auto& reply : held) EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(get(fmt::format("checkpoint?above={}&wait=1", UINT32_MAX)).status, 200) << "their places are free again";
}

TEST(LedgerWait, EndsWhenTheServerStops) {
  auto node = std::make_unique<RunningNode>();
  const auto reader = node->token({Scope::ledger_read}, "monitor");
  const auto url = node->url(Door::machine) + fmt::format("/v1/ledger/checkpoint?above={}&wait=30", UINT32_MAX);
  std::atomic<bool> asked = false;
  Result<net::OutboundResponse> held = fail(ErrorCode::internal, "test.not_answered");
  std::thread waiting([&] {
    net::OutboundRequest request;
    request.url = url;
    request.headers = reader;
    asked = true;
    held = net::send_request(request, net::DestinationPolicy::loopback_only());
  });
  while (!asked) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  node.reset();  // cuts what is not answered after ten seconds
  waiting.join();
  ASSERT_TRUE(held.has_value()) << to_string(held.error());
  EXPECT_EQ(held->status, 200) << "with the checkpoint as it is";
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
