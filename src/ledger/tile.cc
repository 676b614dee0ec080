#include "ledger/tile.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "ledger/checkpoint.h"

namespace tutela::ledger {
namespace {

constexpr std::size_t kGroupDigits = 3;
constexpr std::uint64_t kGroup = 1000;
constexpr std::string_view kEntries = "entries";
constexpr std::string_view kPartial = ".p/";
// An excerpt of many entries reads many tiles once; proofs of one tree share those of the upper levels.
constexpr std::size_t kTilesKeptMax = 64;

std::unexpected<Error> bad_path() { return fail(ErrorCode::invalid, "tile.bad_path"); }
std::unexpected<Error> malformed() { return fail(ErrorCode::corrupt, "tile.malformed"); }

std::string three_digits(std::uint64_t number) {
  const auto digits = std::to_string(number);
  return std::string(kGroupDigits - digits.size(), '0') + digits;
}

// "x001/x234/067" for 1234067.
std::string encode_position(std::uint64_t position) {
  std::string text = three_digits(position % kGroup);
  for (position /= kGroup; position > 0; position /= kGroup) text = "x" + three_digits(position % kGroup) + "/" + text;
  return text;
}

std::optional<std::uint64_t> parse_position(std::string_view text) {
  std::uint64_t position = 0;
  for (bool first = true;; first = false) {
    const bool last = !text.starts_with('x');
    if (!last) text.remove_prefix(1);
    const auto digits = text.substr(0, kGroupDigits);
    const bool numeric = digits.size() == kGroupDigits && digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (!numeric || (first && !last && digits == "000")) return std::nullopt;
    std::uint64_t group = 0;
    for (const char digit : digits) group = group * 10 + static_cast<std::uint64_t>(digit - '0');
    if (position > (UINT64_MAX >> kTileHeight) / kGroup - 1) return std::nullopt;
    position = position * kGroup + group;
    text.remove_prefix(kGroupDigits);
    if (last) return text.empty() ? std::optional(position) : std::nullopt;
    if (!text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
  }
}

// Joins a row of 2^n hashes pair by pair.
Hash join(std::span<const Hash> row) {
  std::array<Hash, kTileWidth / 2> joined;
  if (row.size() == 1) return row[0];
  for (std::size_t i = 0; i < row.size() / 2; ++i) joined[i] = hash_node(row[2 * i], row[2 * i + 1]);
  for (std::size_t count = row.size() / 2; count > 1; count /= 2)
    for (std::size_t i = 0; i < count / 2; ++i) joined[i] = hash_node(joined[2 * i], joined[2 * i + 1]);
  return joined[0];
}

}  // namespace

std::uint64_t tile_width(const TileId& id, std::uint64_t size) {
  if (id.level < 0 || id.level >= kTileLevelsMax) return 0;
  const auto hashes = size >> (kTileHeight * id.level);
  if (id.position > hashes / kTileWidth) return 0;
  return std::min(kTileWidth, hashes - id.position * kTileWidth);
}

std::string encode_tile_path(const TilePath& path) {
  TUTELA_CHECK(path.width >= 1 && path.width <= kTileWidth);
  std::string text = path.kind == TileKind::entries ? std::string(kEntries) : std::to_string(path.id.level);
  text += "/" + encode_position(path.id.position);
  if (path.width < kTileWidth) text += std::string(kPartial) + std::to_string(path.width);
  return text;
}

Result<TilePath> parse_tile_path(std::string_view text) {
  TilePath path{TileKind::hashes, {0, 0}, kTileWidth};
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return bad_path();
  const auto first = text.substr(0, slash);
  text.remove_prefix(slash + 1);
  if (first == kEntries) {
    path.kind = TileKind::entries;
  } else {
    const auto level = parse_decimal(first);
    if (!level || *level >= static_cast<std::uint64_t>(kTileLevelsMax)) return bad_path();
    path.id.level = static_cast<int>(*level);
  }
  if (const auto mark = text.find(kPartial); mark != std::string_view::npos) {
    const auto width = parse_decimal(text.substr(mark + kPartial.size()));
    if (!width || *width == 0 || *width >= kTileWidth) return bad_path();
    path.width = *width;
    text = text.substr(0, mark);
  }
  const auto position = parse_position(text);
  if (!position) return bad_path();
  path.id.position = *position;
  return path;
}

Bytes encode_tile(std::span<const Hash> hashes) {
  Bytes bytes;
  bytes.reserve(hashes.size() * sizeof(Hash));
  for (const auto& hash : hashes) append_bytes(bytes, hash);
  return bytes;
}

Result<TileHashes> decode_tile(BytesView bytes) {
  const auto count = bytes.size() / sizeof(Hash);
  if (count == 0 || count > kTileWidth || bytes.size() % sizeof(Hash) != 0) return malformed();
  TileHashes hashes(count);
  for (std::size_t i = 0; i < count; ++i) std::ranges::copy(bytes.subspan(i * sizeof(Hash), sizeof(Hash)), hashes[i].begin());
  return hashes;
}

Hash root_of_tile(std::span<const Hash, kTileWidth> hashes) { return join(hashes); }

void append_bundled(Bytes& bundle, const LeafData& leaf) {
  append_u16(bundle, kLeafBytes);
  append_bytes(bundle, leaf);
}

Result<std::vector<LeafData>> parse_bundle(BytesView bytes) {
  constexpr std::size_t kEntryBytes = 2 + kLeafBytes;
  const auto count = bytes.size() / kEntryBytes;
  if (count == 0 || bytes.size() > kBundleBytesMax || bytes.size() % kEntryBytes != 0) return malformed();
  std::vector<LeafData> leaves(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto entry = bytes.subspan(i * kEntryBytes, kEntryBytes);
    if (entry[0] != 0 || entry[1] != kLeafBytes) return malformed();
    std::ranges::copy(entry.subspan(2), leaves[i].begin());
  }
  return leaves;
}

Result<TileEdge> TileEdge::load(std::uint64_t size, const TileSource& tiles) {
  TileEdge edge;
  edge.size_ = size;
  for (int level = 0; level < kTileLevelsMax && size >> (kTileHeight * level) > 0; ++level) {
    const TileId id{level, size >> (kTileHeight * (level + 1))};
    const auto width = tile_width(id, size);
    TileHashes hashes;
    if (width > 0) {
      TUTELA_ASSIGN(hashes, tiles(id, width));
      if (hashes.size() < width) return malformed();
      hashes.resize(width);
    }
    edge.levels_.push_back(std::move(hashes));
  }
  return edge;
}

Result<> TileEdge::append(const Hash& leaf, const Full& full) {
  Hash hash = leaf;
  ++size_;
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    auto& hashes = levels_[level];
    hashes.push_back(hash);
    if (hashes.size() < kTileWidth) return {};
    const int below = static_cast<int>(level);
    TUTELA_TRY(full({below, (size_ >> (kTileHeight * (below + 1))) - 1}, hashes));
    hash = join(hashes);
    hashes.clear();
  }
}

Result<> TileEdge::each_partial(const Full& visit) const {
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    if (levels_[level].empty()) continue;
    const int of = static_cast<int>(level);
    TUTELA_TRY(visit({of, size_ >> (kTileHeight * (of + 1))}, levels_[level]));
  }
  return {};
}

Result<Hash> TileTree::node(const NodeId& id) {
  const int level = id.level / kTileHeight;
  const auto count = std::uint64_t{1} << (id.level % kTileHeight);
  const TileId tile{level, id.position / (kTileWidth / count)};
  const auto first = id.position % (kTileWidth / count) * count;
  const auto width = tile_width(tile, size_);
  if (first + count > width) return fail(ErrorCode::corrupt, "ledger.missing_node");
  auto found = read_.find(tile);
  if (found == read_.end()) {
    TUTELA_ASSIGN(auto hashes, tiles_(tile, width));
    if (hashes.size() < width) return malformed();
    if (read_.size() >= kTilesKeptMax) read_.clear();
    found = read_.emplace(tile, std::move(hashes)).first;
  }
  return join(std::span(found->second).subspan(first, count));
}

}  // namespace tutela::ledger
