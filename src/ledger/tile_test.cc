#include "ledger/tile.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace tutela::ledger {
namespace {

Hash nth_leaf(std::uint64_t index) {
  Bytes data;
  append_u64(data, index);
  return hash_leaf(data);
}

// All tiles and all nodes of a growing tree.
struct Grown {
  explicit Grown(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i) add();
  }
  void add() {
    const auto leaf = nth_leaf(frontier.size());
    nodes[{0, frontier.size()}] = leaf;
    for (const auto& node : frontier.append(leaf)) nodes[node.id] = node.hash;
    EXPECT_TRUE(edge.append(leaf, [this](const TileId& id, std::span<const Hash> hashes) -> Result<> {
      EXPECT_EQ(hashes.size(), kTileWidth);
      EXPECT_TRUE(tiles.emplace(id, TileHashes(hashes.begin(), hashes.end())).second) << "full only once";
      return {};
    }));
  }
  // As a log serves them now: the partial ones too.
  TileSource source() const {
    auto all = tiles;
    EXPECT_TRUE(edge.each_partial([&](const TileId& id, std::span<const Hash> hashes) -> Result<> {
      all[id] = TileHashes(hashes.begin(), hashes.end());
      return {};
    }));
    return [all](const TileId& id, std::uint64_t width) -> Result<TileHashes> {
      const auto found = all.find(id);
      if (found == all.end() || found->second.size() < width) return fail(ErrorCode::not_found, "test.no_tile");
      return found->second;
    };
  }

  Frontier frontier;
  TileEdge edge;
  std::map<NodeId, Hash> nodes;
  std::map<TileId, TileHashes> tiles;
};

TEST(TilePath, IsWrittenAsTheStandardWritesIt) {
  const std::pair<TilePath, std::string> examples[] = {
      {{TileKind::hashes, {0, 0}, 256}, "0/000"},         {{TileKind::hashes, {0, 1234067}, 256}, "0/x001/x234/067"},
      {{TileKind::hashes, {3, 999}, 1}, "3/999.p/1"},     {{TileKind::hashes, {1, 1000}, 255}, "1/x001/000.p/255"},
      {{TileKind::entries, {0, 67}, 256}, "entries/067"}, {{TileKind::entries, {0, 1'000'067}, 17}, "entries/x001/x000/067.p/17"},
  };
  for (const auto& [path, text] : examples) {
    EXPECT_EQ(encode_tile_path(path), text);
    const auto parsed = parse_tile_path(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, path) << text;
  }
}

TEST(TilePath, HasOneFormOnly) {
  for (const auto* text : {"",
                           "0",
                           "0/",
                           "/000",
                           "00/000",
                           "8/000",
                           "-1/000",
                           "0/0",
                           "0/00",
                           "0/0000",
                           "0/x000/001",
                           "0/001/002",
                           "0/x001",
                           "0/x001/",
                           "0/x1/002",
                           "0/x001/x002",
                           "0/000.p/0",
                           "0/000.p/256",
                           "0/000.p/01",
                           "0/000.p/",
                           "0/000.p",
                           "0/000.p/1/",
                           "0/000/",
                           "entries",
                           "entries/",
                           "Entries/000",
                           "entries/000.p/1.p/1",
                           "0/00a",
                           "0/+01",
                           "0/x001/x002/x003/x004/x005/x006/x007/008"})
    EXPECT_FALSE(parse_tile_path(text)) << text;
}

TEST(TileWidth, IsThatOfTheStandardsExample) {
  // 70,000 leaves: 273 full tiles and 112 hashes; one full and 17; one.
  EXPECT_EQ(tile_width({0, 272}, 70'000), 256U);
  EXPECT_EQ(tile_width({0, 273}, 70'000), 112U);
  EXPECT_EQ(tile_width({0, 274}, 70'000), 0U);
  EXPECT_EQ(tile_width({1, 0}, 70'000), 256U);
  EXPECT_EQ(tile_width({1, 1}, 70'000), 17U);
  EXPECT_EQ(tile_width({2, 0}, 70'000), 1U);
  EXPECT_EQ(tile_width({3, 0}, 70'000), 0U);
  EXPECT_EQ(tile_width({1, 0}, 256), 1U);
  EXPECT_EQ(tile_width({0, 1}, 256), 0U);
  EXPECT_EQ(tile_width({0, UINT64_MAX >> 8}, 256), 0U);
  EXPECT_EQ(tile_width({kTileLevelsMax, 0}, UINT64_MAX), 0U);
}

TEST(TileEdge, MakesTheTilesThatTheTreeHas) {
  const Grown grown(70'000);
  EXPECT_EQ(grown.edge.size(), 70'000U);
  EXPECT_EQ(grown.tiles.size(), 273U + 1U);
  for (const auto& [id, hashes] : grown.tiles)
    for (std::uint64_t i = 0; i < kTileWidth; ++i)
      ASSERT_EQ(hashes[i], grown.nodes.at({id.level * kTileHeight, id.position * kTileWidth + i}));
  std::map<TileId, std::size_t> partial;
  ASSERT_TRUE(grown.edge.each_partial([&](const TileId& id, std::span<const Hash> hashes) -> Result<> {
    partial[id] = hashes.size();
    return {};
  }));
  EXPECT_EQ(partial, (std::map<TileId, std::size_t>{{{0, 273}, 112}, {{1, 1}, 17}, {{2, 0}, 1}}));
}

TEST(TileEdge, GoesOnFromWhatIsStored) {
  for (const std::uint64_t size : {0U, 1U, 255U, 256U, 257U, 511U, 512U, 65'535U, 65'536U, 65'793U}) {
    Grown grown(size);
    auto loaded = TileEdge::load(size, grown.source());
    ASSERT_TRUE(loaded) << size << " " << to_string(loaded.error());
    std::map<TileId, TileHashes> full;
    for (std::uint64_t i = 0; i < 300; ++i) {
      grown.add();
      ASSERT_TRUE(loaded->append(nth_leaf(size + i), [&](const TileId& id, std::span<const Hash> hashes) -> Result<> {
        full[id] = TileHashes(hashes.begin(), hashes.end());
        return {};
      }));
    }
    for (const auto& [id, hashes] : full) EXPECT_EQ(grown.tiles.at(id), hashes) << size;
    std::map<TileId, TileHashes> ours;
    std::map<TileId, TileHashes> theirs;
    const auto into = [](auto& map) {
      return [&map](const TileId& id, std::span<const Hash> hashes) -> Result<> {
        map[id] = TileHashes(hashes.begin(), hashes.end());
        return {};
      };
    };
    ASSERT_TRUE(loaded->each_partial(into(ours)));
    ASSERT_TRUE(grown.edge.each_partial(into(theirs)));
    EXPECT_EQ(ours, theirs) << size;
  }
}

TEST(TileTree, ProvesEveryLeafOfSmallTrees) {
  Grown grown(0);
  for (std::uint64_t size = 1; size <= 530; ++size) {
    grown.add();
    if (size > 20 && size < 240) continue;
    TileTree tree(size, grown.source());
    for (std::uint64_t index = 0; index < size; index += size > 20 ? 7 : 1) {
      const auto proof = inclusion_proof({index, size}, tree.nodes());
      ASSERT_TRUE(proof) << size << " " << index;
      EXPECT_TRUE(verify_inclusion(nth_leaf(index), {index, size}, *proof, grown.frontier.root())) << size << " " << index;
    }
  }
}

TEST(TileTree, ReadsTheTreeOfAnEarlierSizeFromLaterTiles) {
  const Grown grown(66'000);
  Frontier earlier;
  while (earlier.size() < 65'800) earlier.append(nth_leaf(earlier.size()));
  TileTree old_tree(earlier.size(), grown.source());
  for (const std::uint64_t index : {0U, 255U, 256U, 65'535U, 65'536U, 65'799U}) {
    const auto proof = inclusion_proof({index, earlier.size()}, old_tree.nodes());
    ASSERT_TRUE(proof);
    EXPECT_TRUE(verify_inclusion(nth_leaf(index), {index, earlier.size()}, *proof, earlier.root())) << index;
  }
  TileTree tree(66'000, grown.source());
  const auto proof = consistency_proof({earlier.size(), 66'000}, tree.nodes());
  ASSERT_TRUE(proof);
  EXPECT_TRUE(verify_consistency({earlier.size(), 66'000}, *proof, {earlier.root(), grown.frontier.root()}));
}

TEST(TileTree, RefusesWhatIsNotThere) {
  const Grown grown(300);
  TileTree tree(300, grown.source());
  EXPECT_TRUE(tree.node({8, 0}));
  EXPECT_EQ(tree.node({8, 1}).error().reason, Reason("ledger.missing_node"));
  EXPECT_EQ(tree.node({0, 300}).error().reason, Reason("ledger.missing_node"));
  EXPECT_EQ(tree.node({62, 0}).error().reason, Reason("ledger.missing_node"));
  TileTree larger(301, grown.source());
  EXPECT_EQ(larger.node({0, 300}).error().reason, Reason("test.no_tile"));
  TileTree shortened(300, [](const TileId&, std::uint64_t) -> Result<TileHashes> { return TileHashes(1); });
  EXPECT_EQ(shortened.node({0, 290}).error().reason, Reason("tile.malformed"));
}

TEST(Bundle, HoldsLeafDataOnly) {
  SeededRandom random(3);
  Bytes bundle;
  std::vector<LeafData> leaves;
  for (int i = 0; i < 256; ++i) {
    leaves.push_back(random.bytes<kLeafBytes>());
    append_bundled(bundle, leaves.back());
  }
  EXPECT_EQ(bundle.size(), kBundleBytesMax);
  EXPECT_EQ(parse_bundle(bundle).value(), leaves);
  auto longer = bundle;
  append_bundled(longer, leaves[0]);
  EXPECT_FALSE(parse_bundle(longer));
  EXPECT_FALSE(parse_bundle({}));
  EXPECT_FALSE(parse_bundle(BytesView(bundle).first(bundle.size() - 1)));
  bundle[1] = 32;
  EXPECT_FALSE(parse_bundle(bundle));
}

TEST(Tile, HoldsWholeHashes) {
  const Grown grown(256);
  const auto& hashes = grown.tiles.at({0, 0});
  const auto bytes = encode_tile(hashes);
  EXPECT_EQ(bytes.size(), 8192U);
  EXPECT_EQ(decode_tile(bytes).value(), hashes);
  EXPECT_EQ(root_of_tile(std::span<const Hash, kTileWidth>(hashes)), grown.frontier.root());
  EXPECT_FALSE(decode_tile({}));
  EXPECT_FALSE(decode_tile(BytesView(bytes).first(33)));
  auto longer = bytes;
  longer.resize(bytes.size() + 32);
  EXPECT_FALSE(decode_tile(longer));
}

}  // namespace
}  // namespace tutela::ledger
