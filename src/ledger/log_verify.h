#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/time_stamp.h"
#include "ledger/cosignature.h"
#include "ledger/excerpt.h"
#include "ledger/key_chain.h"
#include "ledger/tile.h"

// What an outsider checks of a whole log: that two checkpoints are of one history, and that an export is what was signed.
namespace tutela::ledger {

// Two checkpoints that one key signed and that cannot both be true: the evidence, whole.
struct Equivocation {
  std::string first;   // signed note
  std::string second;  // signed note
  std::string why;     // "two roots for size 7"
};

struct Comparison {
  Checkpoint earlier;
  Checkpoint later;
  std::optional<Equivocation> equivocation;  // absent: the earlier tree is the beginning of the later one
};

// Both notes may carry cosignatures and come in any order. Besides the errors of open_checkpoint:
// invalid, "consistency.other_origin" (two epochs are two trees: an export shows how one follows the other);
// invalid, "consistency.proof_needed" (the sizes differ, and there is no proof);
// corrupt, "ledger.bad_consistency" (the proof does not lead to the later checkpoint, so it shows nothing of either).
Result<Comparison> compare_checkpoints(std::string_view one, std::string_view other, const KeyChain& keys,
                                       const std::optional<std::vector<Hash>>& proof);
// The same by the tiles of the later tree. corrupt, "ledger.bad_tiles" when they are not those of it.
Result<Comparison> compare_by_tiles(std::string_view one, std::string_view other, const KeyChain& keys, const TileSource& tiles);

struct WitnessSeen {
  std::string name;
  std::uint64_t size;  // of the checkpoint that it cosigned
  Time at;
};
// Who of `witnesses` cosigned. corrupt, "witness.bad_cosignature"; lines of others are passed over.
Result<std::vector<WitnessSeen>> witnesses_of(const CosignedNote& cosigned, std::uint64_t size,
                                              std::span<const WitnessKey> witnesses);

// An export is a folder for each epoch, "epoch-N/", of
//   checkpoint          signed note, perhaps with cosignatures
//   opening             the first leaf opened, one line
//   cosigned            the newest checkpoint that a witness cosigned; may be missing
//   stamped, stamped.tsr  a checkpoint and the RFC 3161 reply about it; may be missing
//   tile/…              all tiles and bundles of the checkpoint's tree
// and beside them `successions`, as parse_successions() reads them; missing where the key was never changed.
struct ExportSource {
  // By its path below the folder; not_found when there is none; at most `bytes_max` long.
  std::function<Result<Bytes>(const std::string& path, std::size_t bytes_max)> file;
  std::vector<std::uint64_t> epochs;  // of which there are folders, ascending
};
// The epoch whose folder has this name; nullopt where it is none's.
std::optional<std::uint64_t> parse_epoch_folder(std::string_view name);

struct ExportTrust {
  crypto::PublicKey key;  // any one that the node had
  std::vector<WitnessKey> witnesses = {};
  std::optional<crypto::TimeStampTrust> time_stamps = {};
  std::vector<std::string> known = {};  // checkpoints kept from elsewhere, to be compared with the export
  std::string successions = {};         // known from elsewhere, for an export that is older than the key
};

struct ExportEpoch {
  Checkpoint checkpoint;
  Time opened_at;
  Cut lost;
  std::vector<WitnessSeen> witnesses;
  std::optional<std::uint64_t> stamped_size;
  std::optional<Time> stamped_at;  // only where the trust names an authority
};

struct ExportReport {
  std::string node;
  std::vector<ExportEpoch> epochs;
  std::vector<Succession> successions;
  std::uint64_t known_compared = 0;
  std::vector<Equivocation> equivocations;
};

// Recomputes every tree from its leaves. corrupt unless said otherwise:
//   export.missing_file (not_found), export.bad_tile, export.wrong_root, export.wrong_width, excerpt.bad_epoch
//   export.older_than_known (invalid): a known checkpoint is larger than the export's last epoch
//   ledger.too_many_epochs (limit)
//   as open_checkpoint, witnesses_of, verify_time_stamp, join_successions
Result<ExportReport> verify_export(const ExportSource& files, const ExportTrust& trust);

}  // namespace tutela::ledger
