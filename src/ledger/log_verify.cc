#include "ledger/log_verify.h"

#include <algorithm>
#include <bit>
#include <map>

#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/statement.h"

namespace tutela::ledger {
namespace {

// A checkpoint with the bytes that its key signed.
struct Opened {
  CosignedNote cosigned;
  Checkpoint checkpoint;
};

Result<Opened> open_cosigned(std::string_view bytes, const KeyChain& keys) {
  TUTELA_ASSIGN(auto cosigned, parse_cosigned_note(bytes));
  TUTELA_ASSIGN(auto checkpoint, open_checkpoint(cosigned.note, keys));
  return Opened{std::move(cosigned), std::move(checkpoint)};
}

struct OrderedPair {
  Opened earlier;
  Opened later;
  SizePair sizes() const { return {earlier.checkpoint.size, later.checkpoint.size}; }
};

Result<OrderedPair> open_pair(std::string_view one, std::string_view other, const KeyChain& keys) {
  TUTELA_ASSIGN(auto first, open_cosigned(one, keys));
  TUTELA_ASSIGN(auto second, open_cosigned(other, keys));
  if (first.checkpoint.origin != second.checkpoint.origin) return fail(ErrorCode::invalid, "consistency.other_origin");
  if (first.checkpoint.size > second.checkpoint.size) std::swap(first, second);
  return OrderedPair{std::move(first), std::move(second)};
}

Equivocation equivocation_of(const Opened& earlier, const Opened& later) {
  const auto& first = earlier.checkpoint;
  const auto& second = later.checkpoint;
  const auto of = encode_origin(first.origin);
  return {earlier.cosigned.note, later.cosigned.note,
          first.size == second.size
              ? "two roots were signed for size " + std::to_string(first.size) + " of " + of
              : "the tree of size " + std::to_string(second.size) + " of " + of + " does not begin with the one of size " +
                    std::to_string(first.size) + ": no proof can join them"};
}

// What can be said without any proof: of equal sizes, and of the empty tree, with which every other begins.
std::optional<Comparison> compare_alone(const OrderedPair& pair) {
  Comparison comparison{pair.earlier.checkpoint, pair.later.checkpoint, std::nullopt};
  const bool same_size = comparison.earlier.size == comparison.later.size;
  if (!same_size && comparison.earlier.size > 0) return std::nullopt;
  const auto expected = same_size ? comparison.later.root : empty_root();
  if (comparison.earlier.root != expected) comparison.equivocation = equivocation_of(pair.earlier, pair.later);
  return comparison;
}

// By roots that a proof led to, the second of which is the later checkpoint's.
Comparison compare_roots(const OrderedPair& pair, const Hash& beginning) {
  Comparison comparison{pair.earlier.checkpoint, pair.later.checkpoint, std::nullopt};
  if (beginning != comparison.earlier.root) comparison.equivocation = equivocation_of(pair.earlier, pair.later);
  return comparison;
}

constexpr std::string_view kFolderBegin = "epoch-";

std::string folder_of(std::uint64_t epoch) { return std::string(kFolderBegin) + std::to_string(epoch) + "/"; }

// Reads one epoch of an export from its first leaf to its last, and takes the root at every size that a checkpoint names.
class EpochReading {
 public:
  EpochReading(const ExportSource& files, const ExportTrust& trust, const KeyChain& keys, std::uint64_t epoch)
      : files_(files), trust_(trust), keys_(keys), epoch_(epoch) {}

  Result<ExportEpoch> read(const std::vector<Opened>& known, std::vector<Equivocation>& equivocations) {
    TUTELA_ASSIGN(const auto top, checkpoint_file("checkpoint"));
    if (!top) return missing("checkpoint");
    if (top->checkpoint.origin.epoch != epoch_ || top->checkpoint.size == 0)
      return fail(ErrorCode::corrupt, "excerpt.bad_epoch", folder_of(epoch_));
    ExportEpoch report{top->checkpoint, {}, {}, {}, {}, {}};
    TUTELA_ASSIGN(report.witnesses, witnesses_of(top->cosigned, top->checkpoint.size, trust_.witnesses));
    std::vector<Opened> others = known;
    TUTELA_ASSIGN(const auto cosigned, checkpoint_file("cosigned"));
    if (cosigned) {
      TUTELA_ASSIGN(const auto seen, witnesses_of(cosigned->cosigned, cosigned->checkpoint.size, trust_.witnesses));
      report.witnesses.insert(report.witnesses.end(), seen.begin(), seen.end());
      others.push_back(*cosigned);
    }
    TUTELA_ASSIGN(const auto stamped, checkpoint_file("stamped"));
    if (stamped) {
      TUTELA_TRY(read_stamp(*stamped, report));
      others.push_back(*stamped);
    }
    for (const auto& other : others) {
      if (other.checkpoint.origin != top->checkpoint.origin) return fail(ErrorCode::corrupt, "excerpt.bad_epoch", "origin");
      roots_[other.checkpoint.size] = {};
    }
    TUTELA_TRY(read_tree(top->checkpoint));
    newest_note_ = top->cosigned.note;
    for (const auto& other : others) {
      // Larger than what is shown: lost by a restore or newer than the export, which the caller tells apart.
      if (other.checkpoint.size > top->checkpoint.size) continue;
      if (other.checkpoint.root != roots_[other.checkpoint.size]) equivocations.push_back(equivocation_of(other, *top));
    }
    return report;
  }

  // After read().
  const Hash& first_leaf() const { return first_leaf_; }
  const std::string& newest_note() const { return newest_note_; }

 private:
  std::unexpected<Error> missing(const std::string& name) const {
    return fail(ErrorCode::not_found, "export.missing_file", folder_of(epoch_) + name);
  }

  Result<std::optional<Opened>> checkpoint_file(const std::string& name) const {
    const auto bytes = files_.file(folder_of(epoch_) + name, kNoteBytesMax * 2);
    if (!bytes && bytes.error().code == ErrorCode::not_found) return std::nullopt;
    TUTELA_TRY(bytes);
    TUTELA_ASSIGN(auto opened, open_cosigned(as_text(*bytes), keys_));
    return opened;
  }

  Result<> read_stamp(const Opened& stamped, ExportEpoch& report) const {
    TUTELA_ASSIGN(const auto reply, files_.file(folder_of(epoch_) + "stamped.tsr", limits::kTimeStampReplyBytesMax));
    report.stamped_size = stamped.checkpoint.size;
    if (!trust_.time_stamps) return {};
    const auto imprint = crypto::sha256(as_bytes(stamped.cosigned.note));
    TUTELA_ASSIGN(report.stamped_at, crypto::verify_time_stamp(reply, imprint, *trust_.time_stamps));
    return {};
  }

  Result<> compare_tile(const TileId& id, std::span<const Hash> hashes) const {
    const auto path = folder_of(epoch_) + "tile/" + encode_tile_path({TileKind::hashes, id, hashes.size()});
    TUTELA_ASSIGN(const auto stored, files_.file(path, kTileWidth * sizeof(Hash)));
    if (stored != encode_tile(hashes)) return fail(ErrorCode::corrupt, "export.bad_tile", path);
    return {};
  }

  Result<> read_tree(const Checkpoint& checkpoint) {
    Frontier frontier;
    TileEdge edge;
    const auto compare = [this](const TileId& id, std::span<const Hash> hashes) { return compare_tile(id, hashes); };
    const auto note_root = [&] {
      if (const auto wanted = roots_.find(frontier.size()); wanted != roots_.end()) wanted->second = frontier.root();
    };
    note_root();
    for (std::uint64_t position = 0; frontier.size() < checkpoint.size; ++position) {
      const auto width = tile_width({0, position}, checkpoint.size);
      const auto path = folder_of(epoch_) + "tile/" + encode_tile_path({TileKind::entries, {0, position}, width});
      TUTELA_ASSIGN(const auto bundle, files_.file(path, kBundleBytesMax));
      const auto leaves = parse_bundle(bundle);
      if (!leaves || leaves->size() != width) return fail(ErrorCode::corrupt, "export.bad_tile", path);
      for (const auto& leaf : *leaves) {
        const auto hash = hash_leaf(leaf);
        if (frontier.size() == 0) first_leaf_ = hash;
        frontier.append(hash);
        TUTELA_TRY(edge.append(hash, compare));
        note_root();
      }
    }
    TUTELA_TRY(edge.each_partial(compare));
    if (frontier.root() != checkpoint.root)
      return fail(ErrorCode::corrupt, "export.wrong_root", folder_of(epoch_) + "checkpoint");
    return {};
  }

  const ExportSource& files_;
  const ExportTrust& trust_;
  const KeyChain& keys_;
  std::uint64_t epoch_;
  std::map<std::uint64_t, Hash> roots_;  // by size, at the sizes that somebody signed
  Hash first_leaf_{};
  std::string newest_note_;
};

Result<KeyChain> keys_of(const ExportSource& files, const ExportTrust& trust) {
  const auto bytes = files.file("successions", limits::kSuccessionsBytesMax);
  if (!bytes && bytes.error().code != ErrorCode::not_found) return std::unexpected(bytes.error());
  TUTELA_ASSIGN(auto successions, join_successions(bytes ? as_text(*bytes) : std::string_view{}, trust.successions));
  return KeyChain::make(trust.key, std::move(successions));
}

// A root that the node signed and that the export's own trees may not reach any more.
struct SignedRoot {
  Checkpoint checkpoint;
  std::string note;  // of the checkpoint, or of the tree whose first leaf names it
};

// What a restore cut off is in no tree that could be recomputed, but two accounts of it must agree all the same.
void compare_lost(const std::vector<SignedRoot>& roots, ExportReport& report) {
  const auto is_shown = [&](const Checkpoint& checkpoint) {
    return std::ranges::any_of(report.epochs, [&](const auto& epoch) {
      return epoch.checkpoint.origin == checkpoint.origin && checkpoint.size <= epoch.checkpoint.size;
    });
  };
  for (auto first = roots.begin(); first != roots.end(); ++first) {
    const auto& one = first->checkpoint;
    if (is_shown(one)) continue;
    for (auto second = std::next(first); second != roots.end(); ++second) {
      const auto& other = second->checkpoint;
      if (one.origin != other.origin || one.size != other.size || one.root == other.root) continue;
      report.equivocations.push_back({first->note, second->note,
                                      "two roots were signed for size " + std::to_string(one.size) + " of " +
                                          encode_origin(one.origin) +
                                          ", the second perhaps in the first leaf of the epoch that followed"});
    }
  }
}

// Whatever the next opening admits, so much did once stand under the node's signature.
Result<> compare_known(const Checkpoint& known, ExportReport& report) {
  auto& epochs = report.epochs;
  // The epoch of the checkpoint, or where that was lost whole, the last one before it.
  const auto next =
      std::ranges::upper_bound(epochs, known.origin.epoch, {}, [](const auto& one) { return one.checkpoint.origin.epoch; });
  auto& shown = *std::prev(next);
  const bool is_lost = shown.checkpoint.origin.epoch != known.origin.epoch;
  if (known.origin.name != report.node) return fail(ErrorCode::corrupt, "excerpt.bad_epoch", "origin");
  const bool beyond = is_lost || known.size > shown.checkpoint.size;
  if (beyond && next == epochs.end()) return fail(ErrorCode::invalid, "export.older_than_known", encode_origin(known.origin));
  if (beyond) note_lost(known, shown.checkpoint, shown.lost);
  ++report.known_compared;
  return {};
}

}  // namespace

Result<Comparison> compare_checkpoints(std::string_view one, std::string_view other, const KeyChain& keys,
                                       const std::optional<std::vector<Hash>>& proof) {
  TUTELA_ASSIGN(const auto pair, open_pair(one, other, keys));
  if (const auto alone = compare_alone(pair)) return *alone;
  if (!proof) return fail(ErrorCode::invalid, "consistency.proof_needed");
  const auto& roots = RootPair{pair.earlier.checkpoint.root, pair.later.checkpoint.root};
  TUTELA_ASSIGN(const auto found, consistency_roots(pair.sizes(), *proof, roots.first));
  if (found.second != roots.second) return fail(ErrorCode::corrupt, "ledger.bad_consistency");
  return compare_roots(pair, found.first);
}

Result<Comparison> compare_by_tiles(std::string_view one, std::string_view other, const KeyChain& keys, const TileSource& tiles) {
  TUTELA_ASSIGN(const auto pair, open_pair(one, other, keys));
  if (const auto alone = compare_alone(pair)) return *alone;
  TileTree tree(pair.later.checkpoint.size, tiles);
  TUTELA_ASSIGN(const auto proof, consistency_proof(pair.sizes(), tree.nodes()));
  Hash beginning{};
  if (const auto size = pair.earlier.checkpoint.size; std::has_single_bit(size)) {
    TUTELA_ASSIGN(beginning, tree.node({std::countr_zero(size), 0}));
  }
  TUTELA_ASSIGN(const auto found, consistency_roots(pair.sizes(), proof, beginning));
  if (found.second != pair.later.checkpoint.root) return fail(ErrorCode::corrupt, "ledger.bad_tiles");
  return compare_roots(pair, found.first);
}

Result<std::vector<WitnessSeen>> witnesses_of(const CosignedNote& cosigned, std::uint64_t size,
                                              std::span<const WitnessKey> witnesses) {
  TUTELA_ASSIGN(const auto note, parse_note(cosigned.note));
  std::vector<WitnessSeen> seen;
  for (const auto& line : cosigned.others) {
    for (const auto& witness : witnesses) {
      TUTELA_ASSIGN(const auto at, verify_cosignature(line, note.text, witness));
      if (at) seen.push_back({witness.name, size, *at});
    }
  }
  return seen;
}

std::optional<std::uint64_t> parse_epoch_folder(std::string_view name) {
  if (!name.starts_with(kFolderBegin)) return std::nullopt;
  const auto epoch = parse_decimal(name.substr(kFolderBegin.size()));
  return epoch && *epoch > 0 && *epoch <= kEpochMax ? epoch : std::nullopt;
}

Result<ExportReport> verify_export(const ExportSource& files, const ExportTrust& trust) {
  TUTELA_ASSIGN(const auto keys, keys_of(files, trust));
  ExportReport report;
  report.successions = keys.successions();
  std::map<std::uint64_t, std::vector<Opened>> known;
  for (const auto& bytes : trust.known) {
    TUTELA_ASSIGN(auto opened, open_cosigned(bytes, keys));
    const auto epoch = opened.checkpoint.origin.epoch;
    known[epoch].push_back(std::move(opened));
  }
  std::vector<SignedRoot> roots;
  for (const auto& [epoch, checkpoints] : known)
    for (const auto& one : checkpoints) roots.push_back({one.checkpoint, one.cosigned.note});
  std::optional<SubjectPseudonym> node;
  if (files.epochs.empty() || files.epochs.front() != 1)
    return fail(ErrorCode::not_found, "export.missing_file", folder_of(1) + "checkpoint");
  if (files.epochs.size() > kEpochsMax) return fail(ErrorCode::limit, "ledger.too_many_epochs");
  for (const auto epoch : files.epochs) {
    EpochReading reading(files, trust, keys, epoch);
    TUTELA_ASSIGN(auto read, reading.read(known[epoch], report.equivocations));
    TUTELA_ASSIGN(const auto opening_bytes, files.file(folder_of(epoch) + "opening", kOpeningBytesMax));
    TUTELA_ASSIGN(const auto opening, parse_opening(as_text(opening_bytes)));
    const auto bad = [&] { return fail(ErrorCode::corrupt, "excerpt.bad_epoch", folder_of(epoch)); };
    const auto& checkpoint = read.checkpoint;
    if (!verify_inclusion(leaf_hash(opening), {0, checkpoint.size}, opening.proof, checkpoint.root)) return bad();
    if (leaf_hash(opening) != reading.first_leaf() || (node && opening.subject != *node)) return bad();
    const auto before = report.epochs.empty() ? std::nullopt : std::optional(report.epochs.back().checkpoint);
    if (before && before->origin.name != read.checkpoint.origin.name) return bad();
    TUTELA_ASSIGN(const auto lost, verify_opening(opening, epoch, before));
    if (before) report.epochs.back().lost = lost;
    TUTELA_ASSIGN(const auto payload, parse_opening_payload(opening.payload));
    if (payload.previous) {
      roots.push_back({*payload.previous, reading.newest_note()});
    }
    node = opening.subject;
    read.opened_at = opening.at;
    report.epochs.push_back(std::move(read));
  }
  report.node = report.epochs[0].checkpoint.origin.name;
  for (const auto& [epoch, checkpoints] : known)
    for (const auto& one : checkpoints) TUTELA_TRY(compare_known(one.checkpoint, report));
  compare_lost(roots, report);
  return report;
}

}  // namespace tutela::ledger
