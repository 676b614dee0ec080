#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/leaf.h"
#include "ledger/merkle.h"

// The tree as tiles of 256 hashes (C2SP tlog-tiles): what a log stores, serves and exports, and all that a proof needs.
namespace tutela::ledger {

inline constexpr int kTileHeight = 8;
inline constexpr std::uint64_t kTileWidth = std::uint64_t{1} << kTileHeight;
inline constexpr int kTileLevelsMax = 8;  // of 2^62 leaves

// The hashes of the subtrees of 256^level leaves from position * 256 on. Level 0 holds the leaves' hashes.
struct TileId {
  int level;
  std::uint64_t position;
  friend auto operator<=>(const TileId&, const TileId&) = default;
};

// How many hashes this tile has in the tree of the first `size` leaves: 0 to 256.
std::uint64_t tile_width(const TileId& id, std::uint64_t size);

// What stands behind "tile/" in a URL or a folder: "0/x001/x234/067", "1/000.p/17", "entries/x001/067".
enum class TileKind : std::uint8_t { hashes, entries };
struct TilePath {
  TileKind kind;
  TileId id;            // level 0 for entries
  std::uint64_t width;  // 1..256
  friend bool operator==(const TilePath&, const TilePath&) = default;
};
std::string encode_tile_path(const TilePath& path);
// One form only. invalid, "tile.bad_path".
Result<TilePath> parse_tile_path(std::string_view text);

using TileHashes = std::vector<Hash>;
Bytes encode_tile(std::span<const Hash> hashes);
// 1 to 256 whole hashes. corrupt, "tile.malformed".
Result<TileHashes> decode_tile(BytesView bytes);
// The hash that a full tile has in the level above.
Hash root_of_tile(std::span<const Hash, kTileWidth> hashes);

// Entries as a bundle: each as u16 length and bytes. Ours are all leaf data v1.
void append_bundled(Bytes& bundle, const LeafData& leaf);
inline constexpr std::size_t kBundleBytesMax = kTileWidth * (2 + kLeafBytes);
// 1 to 256 entries of 33 bytes. corrupt, "tile.malformed".
Result<std::vector<LeafData>> parse_bundle(BytesView bytes);

// Gives at least the first `width` hashes of a tile that the tree has.
using TileSource = std::function<Result<TileHashes>(const TileId& id, std::uint64_t width)>;

// The right edge of a log's tiles: all that appending reads or changes.
class TileEdge {
 public:
  // Called with each tile at the moment it is full.
  using Full = std::function<Result<>(const TileId& id, std::span<const Hash> hashes)>;

  TileEdge() = default;
  // Of the tree of `size` leaves. Reads one tile a level. Errors of `tiles`; corrupt, "tile.malformed" when one is too short.
  static Result<TileEdge> load(std::uint64_t size, const TileSource& tiles);

  // Cost  one hash, amortised. Fails only as `full` does.
  Result<> append(const Hash& leaf, const Full& full);
  // The tiles that are neither full nor empty, from level 0 up.
  Result<> each_partial(const Full& visit) const;
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_ = 0;
  std::vector<TileHashes> levels_;
};

// The nodes of the tree of the first `size` leaves, from tiles alone. Keeps the tiles it read. For one thread.
class TileTree {
 public:
  TileTree(std::uint64_t size, TileSource tiles) : size_(size), tiles_(std::move(tiles)) {}
  // Errors of the source; corrupt, "ledger.missing_node" for a node that the tree does not have whole.
  // Cost  one tile and up to 255 hashes.
  Result<Hash> node(const NodeId& id);
  // Must not outlive the tree.
  NodeSource nodes() {
    return [this](const NodeId& id) { return node(id); };
  }

 private:
  std::uint64_t size_;
  TileSource tiles_;
  std::map<TileId, TileHashes> read_;
};

}  // namespace tutela::ledger
