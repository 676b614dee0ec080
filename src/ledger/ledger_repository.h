#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/leaf.h"
#include "ledger/merkle.h"
#include "store/store.h"

// The ledger's rows (ledger_schema.h).
namespace tutela::ledger {

struct StagedRow {
  Bytes id;  // UUIDv7, in the order of recording
  std::string kind;
  SubjectPseudonym subject;
  Time at;
  std::string payload;
  Salt salt;
};

struct LeafRow {
  std::uint64_t epoch;
  std::uint64_t index;
  LeafOpening opening;
  Hash hash;
};

struct EpochRow {
  Origin origin;
  Frontier frontier;
  Time opened_at;
};

struct SubjectHead {
  std::uint64_t n;  // 0 for a subject without entries
  Hash hash;        // zeros then
};

struct LeaseRow {
  Bytes holder;
  std::int64_t fencing;
  Time expires_at;
};

Result<> insert_staged(store::Transaction& tx, const StagedRow& row);
Result<std::vector<StagedRow>> oldest_staged(store::Reader& reader, std::int64_t count_max);
Result<std::int64_t> count_staged(store::Reader& reader);
Result<> delete_staged(store::Transaction& tx, const StagedRow& row);

Result<> insert_leaf(store::Transaction& tx, const LeafRow& leaf);
Result<std::vector<LeafRow>> leaves_of(store::Reader& reader, const SubjectPseudonym& subject, std::int64_t count_max);
Result<std::vector<LeafRow>> latest_leaves(store::Reader& reader, std::int64_t count_max);
// In order of index, from `first` on.
Result<std::vector<LeafRow>> leaves_from_index(store::Reader& reader, std::uint64_t epoch, std::uint64_t first,
                                               std::int64_t count_max);
// corrupt, "ledger.missing_leaf".
Result<LeafRow> find_leaf(store::Reader& reader, std::uint64_t epoch, std::uint64_t index);
Result<SubjectHead> head_of(store::Reader& reader, const SubjectPseudonym& subject);

Result<> insert_node(store::Transaction& tx, std::uint64_t epoch, const Frontier::Node& node);
// Level 0 is read from the leaves. corrupt, "ledger.missing_node".
Result<Hash> find_node(store::Reader& reader, std::uint64_t epoch, const NodeId& id);

Result<> insert_epoch(store::Transaction& tx, const EpochRow& row);
// On the size it was read with; conflict, "store.row_changed".
Result<> update_epoch(store::Transaction& tx, const EpochRow& row, std::uint64_t size_before);
Result<std::optional<EpochRow>> current_epoch(store::Reader& reader);

Result<> insert_checkpoint(store::Transaction& tx, const Checkpoint& checkpoint, const std::string& note, Time signed_at);
// The note of an epoch's largest stored checkpoint. corrupt, "ledger.missing_checkpoint".
Result<std::string> last_checkpoint(store::Reader& reader, std::uint64_t epoch);

Result<std::optional<LeaseRow>> find_lease(store::Reader& reader);
Result<> insert_lease(store::Transaction& tx, const LeaseRow& lease);
// From the fencing number it was read with; conflict, "store.row_changed".
Result<> take_lease(store::Transaction& tx, const LeaseRow& lease, std::int64_t fencing_before);
// Whether the row still names this holder and fencing number. Locks it until the commit, so that nobody takes it meanwhile.
Result<bool> renew_lease(store::Transaction& tx, const LeaseRow& lease);

}  // namespace tutela::ledger
