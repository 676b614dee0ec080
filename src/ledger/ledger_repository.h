#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/leaf.h"
#include "ledger/merkle.h"
#include "ledger/tile.h"
#include "store/store.h"

// The ledger's rows (ledger_schema.h).
namespace tutela::ledger {

struct StagedRow {
  Bytes id;  // UUIDv7, in the order of recording
  std::string kind;
  Chain chain;
  Time at;
  std::string payload;
  Salt salt;
};

struct LeafRow {
  std::uint64_t epoch;
  std::uint64_t index;
  LeafOpening opening;
  Hash hash;
  std::int64_t born_at = Chain::kNeverBorn;  // of its chain
};

struct EpochRow {
  Origin origin;
  Frontier frontier;
  Time opened_at;
  std::uint64_t tiled = 0;  // leaves that the stored tiles cover; below the size only in a log of before there were tiles
};

struct SubjectHead {
  std::uint64_t n;                           // 0 for a subject without entries
  Hash hash;                                 // zeros then
  std::int64_t born_at = Chain::kNeverBorn;  // where the chain stands: as asked, or unknown
};

struct LeaseRow {
  Bytes holder;
  std::int64_t fencing;
  Time expires_at;
};

Result<> insert_staged(store::Transaction& tx, const StagedRow& row);
Result<std::vector<StagedRow>> oldest_staged(store::Reader& reader, std::int64_t count_max);
Result<std::int64_t> count_staged(store::Reader& reader);
// Deletes every staged row up to this id and wants them to be `count`: one that was committed meanwhile in between is not
// lost. conflict, "store.row_changed".
Result<> delete_staged_until(store::Transaction& tx, const Bytes& id, std::size_t count);

Result<> insert_leaves(store::Transaction& tx, std::span<const LeafRow> leaves);
Result<std::vector<LeafRow>> leaves_of(store::Reader& reader, const Chain& chain, std::int64_t count_max);
Result<std::vector<LeafRow>> latest_leaves(store::Reader& reader, std::int64_t count_max);
// In order of index, from `first` on.
Result<std::vector<LeafRow>> leaves_from_index(store::Reader& reader, std::uint64_t epoch, std::uint64_t first,
                                               std::int64_t count_max);
struct LeafPlace {
  std::uint64_t epoch;
  std::uint64_t index;
};
struct LeafRange {
  std::uint64_t epoch;
  std::uint64_t begin;
  std::uint64_t end;  // not in it
};
// Those of these kinds in the range, in its order. Cost: reads the kind of every leaf in it.
Result<std::vector<LeafRow>> leaves_of_kinds(store::Reader& reader, std::span<const std::string_view> kinds,
                                             const LeafRange& range);
// corrupt, "ledger.missing_leaf".
Result<LeafRow> find_leaf(store::Reader& reader, std::uint64_t epoch, std::uint64_t index);
// In the order of the chains; n = 0 for one without entries. A chain that was begun under an unknown time goes on there.
Result<std::vector<SubjectHead>> heads_of(store::Reader& reader, std::span<const Chain> chains);

// Writes the tile, or what it has become.
Result<> put_tile(store::Transaction& tx, std::uint64_t epoch, const TileId& id, std::span<const Hash> hashes);
// As many hashes as stand there now. corrupt, "ledger.missing_tile".
Result<TileHashes> find_tile(store::Reader& reader, std::uint64_t epoch, const TileId& id);
// find_tile for TileEdge and TileTree. Must not outlive the reader.
TileSource tiles_of(store::Reader& reader, std::uint64_t epoch);

Result<> insert_epoch(store::Transaction& tx, const EpochRow& row);
// On the size it was read with; conflict, "store.row_changed". The tiles must cover it by now.
Result<> update_epoch(store::Transaction& tx, const EpochRow& row, std::uint64_t size_before);
Result<std::optional<EpochRow>> current_epoch(store::Reader& reader);
Result<std::optional<EpochRow>> find_epoch(store::Reader& reader, std::uint64_t epoch);
// From 1, ascending; there may be any numbers between them.
Result<std::vector<std::uint64_t>> epoch_numbers(store::Reader& reader);
// Those whose tiles do not cover their leaves.
Result<std::vector<EpochRow>> untiled_epochs(store::Reader& reader);

Result<> insert_checkpoint(store::Transaction& tx, const Checkpoint& checkpoint, const std::string& note, Time signed_at);
// The note of an epoch's largest stored checkpoint. corrupt, "ledger.missing_checkpoint".
Result<std::string> last_checkpoint(store::Reader& reader, std::uint64_t epoch);

// The note of exactly this size, if one was signed.
Result<std::optional<std::string>> find_checkpoint(store::Reader& reader, std::uint64_t epoch, std::uint64_t size);

struct CosignatureRow {
  std::uint64_t epoch;
  std::uint64_t size;
  std::string witness;  // its key's name
  std::string line;     // as it stands in the note, with its newline
  Time cosigned_at;     // as the witness says
};
// A later one of the same witness takes the place of the earlier.
Result<> put_cosignature(store::Transaction& tx, const CosignatureRow& row);
// In order of the witnesses' names.
Result<std::vector<CosignatureRow>> cosignatures_of(store::Reader& reader, std::uint64_t epoch, std::uint64_t size);
// The largest size of the epoch that this witness, or with an empty name any, has cosigned; 0 for none.
Result<std::uint64_t> largest_cosigned(store::Reader& reader, std::uint64_t epoch, std::string_view witness);

struct TimeStampRow {
  std::uint64_t epoch;
  std::uint64_t size;
  Bytes reply;      // TimeStampResp of RFC 3161, DER
  Time stamped_at;  // as the authority says
};
Result<> put_time_stamp(store::Transaction& tx, const TimeStampRow& row);
// Of the epoch's largest stamped checkpoint.
Result<std::optional<TimeStampRow>> last_time_stamp(store::Reader& reader, std::uint64_t epoch);

Result<std::optional<LeaseRow>> find_lease(store::Reader& reader);
Result<> insert_lease(store::Transaction& tx, const LeaseRow& lease);
// From the fencing number it was read with; conflict, "store.row_changed".
Result<> take_lease(store::Transaction& tx, const LeaseRow& lease, std::int64_t fencing_before);
// Ends the lease of this holder and fencing number now.
Result<> end_lease(store::Transaction& tx, const LeaseRow& lease);
// In a copy of a database: whoever held the lease when it was copied does not number here.
Result<> end_copied_lease(store::Transaction& tx);
// Whether the row still names this holder and fencing number. Locks it until the commit, so that nobody takes it meanwhile.
Result<bool> renew_lease(store::Transaction& tx, const LeaseRow& lease);

}  // namespace tutela::ledger
