#include "ledger/ledger_repository.h"

#include <algorithm>

#include "base/check.h"

namespace tutela::ledger {
namespace {

std::int64_t stored(std::uint64_t number) {
  TUTELA_CHECK(number <= INT64_MAX);
  return static_cast<std::int64_t>(number);
}

std::uint64_t number_at(const store::Row& row, std::size_t column) { return static_cast<std::uint64_t>(row.integer(column)); }

BytesView view(const Hash& hash) { return hash; }

// 32 bytes of a column; a row of another length was changed behind our back.
Result<Hash> hash_at(const store::Row& row, std::size_t column) {
  const auto& blob = row.blob(column);
  Hash hash;
  if (blob.size() != hash.size()) return fail(ErrorCode::corrupt, "ledger.bad_row");
  std::copy(blob.begin(), blob.end(), hash.begin());
  return hash;
}

constexpr std::string_view kSelectLeaf =
    "SELECT epoch, leaf_index, kind, subject, n, previous, at, payload, salt, leaf_hash FROM ledger_leaf ";

Result<LeafRow> leaf_from(const store::Row& row) {
  LeafRow leaf{};
  leaf.epoch = number_at(row, 0);
  leaf.index = number_at(row, 1);
  leaf.opening.kind = row.text(2);
  TUTELA_ASSIGN(leaf.opening.subject, hash_at(row, 3));
  leaf.opening.n = number_at(row, 4);
  TUTELA_ASSIGN(leaf.opening.previous, hash_at(row, 5));
  leaf.opening.at = row.time(6);
  leaf.opening.payload = row.text(7);
  TUTELA_ASSIGN(leaf.opening.salt, hash_at(row, 8));
  TUTELA_ASSIGN(leaf.hash, hash_at(row, 9));
  return leaf;
}

Result<std::vector<LeafRow>> leaves_from(const std::vector<store::Row>& rows) {
  std::vector<LeafRow> leaves;
  leaves.reserve(rows.size());
  for (const auto& row : rows) {
    TUTELA_ASSIGN(auto leaf, leaf_from(row));
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

}  // namespace

Result<> insert_staged(store::Transaction& tx, const StagedRow& row) {
  return tx.append("INSERT INTO ledger_staged (id, kind, subject, at, payload, salt) VALUES ($1, $2, $3, $4, $5, $6)",
                   {row.id, row.kind, view(row.subject), row.at, row.payload, view(row.salt)});
}

Result<std::vector<StagedRow>> oldest_staged(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT id, kind, subject, at, payload, salt FROM ledger_staged ORDER BY id LIMIT $1", {count_max}));
  std::vector<StagedRow> staged;
  staged.reserve(rows.size());
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto subject, hash_at(row, 2));
    TUTELA_ASSIGN(const auto salt, hash_at(row, 5));
    staged.push_back({row.blob(0), row.text(1), subject, row.time(3), row.text(4), salt});
  }
  return staged;
}

Result<std::int64_t> count_staged(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT COUNT(*) FROM ledger_staged"));
  return row->integer(0);
}

Result<> delete_staged(store::Transaction& tx, const StagedRow& row) {
  TUTELA_ASSIGN(const auto changed, tx.execute("DELETE FROM ledger_staged WHERE id = $1", {row.id}));
  if (changed != 1) return fail(ErrorCode::conflict, "store.row_changed");
  return {};
}

Result<> insert_leaf(store::Transaction& tx, const LeafRow& leaf) {
  const auto& opening = leaf.opening;
  TUTELA_TRY(
      tx.execute("INSERT INTO ledger_leaf (epoch, leaf_index, kind, subject, n, previous, at, payload, salt, leaf_hash) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                 {stored(leaf.epoch), stored(leaf.index), opening.kind, view(opening.subject), stored(opening.n),
                  view(opening.previous), opening.at, opening.payload, view(opening.salt), view(leaf.hash)}));
  return {};
}

Result<std::vector<LeafRow>> leaves_of(store::Reader& reader, const SubjectPseudonym& subject, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows,
                reader.query(std::string(kSelectLeaf) + "WHERE subject = $1 ORDER BY n LIMIT $2", {view(subject), count_max}));
  return leaves_from(rows);
}

Result<std::vector<LeafRow>> latest_leaves(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows,
                reader.query(std::string(kSelectLeaf) + "ORDER BY epoch DESC, leaf_index DESC LIMIT $1", {count_max}));
  return leaves_from(rows);
}

Result<LeafRow> find_leaf(store::Reader& reader, std::uint64_t epoch, std::uint64_t index) {
  TUTELA_ASSIGN(const auto row, reader.query_one(std::string(kSelectLeaf) + "WHERE epoch = $1 AND leaf_index = $2",
                                                 {stored(epoch), stored(index)}));
  if (!row) return fail(ErrorCode::corrupt, "ledger.missing_leaf");
  return leaf_from(*row);
}

Result<SubjectHead> head_of(store::Reader& reader, const SubjectPseudonym& subject) {
  TUTELA_ASSIGN(
      const auto row,
      reader.query_one("SELECT n, leaf_hash FROM ledger_leaf WHERE subject = $1 ORDER BY n DESC LIMIT 1", {view(subject)}));
  if (!row) return SubjectHead{0, {}};
  TUTELA_ASSIGN(const auto hash, hash_at(*row, 1));
  return SubjectHead{number_at(*row, 0), hash};
}

Result<> insert_node(store::Transaction& tx, std::uint64_t epoch, const Frontier::Node& node) {
  TUTELA_TRY(tx.execute("INSERT INTO ledger_node (epoch, level, position, hash) VALUES ($1, $2, $3, $4)",
                        {stored(epoch), node.id.level, stored(node.id.position), view(node.hash)}));
  return {};
}

Result<Hash> find_node(store::Reader& reader, std::uint64_t epoch, const NodeId& id) {
  const bool leaf = id.level == 0;
  TUTELA_ASSIGN(const auto row,
                leaf ? reader.query_one("SELECT leaf_hash FROM ledger_leaf WHERE epoch = $1 AND leaf_index = $2",
                                        {stored(epoch), stored(id.position)})
                     : reader.query_one("SELECT hash FROM ledger_node WHERE epoch = $1 AND level = $2 AND position = $3",
                                        {stored(epoch), id.level, stored(id.position)}));
  if (!row) return fail(ErrorCode::corrupt, "ledger.missing_node");
  return hash_at(*row, 0);
}

Result<> insert_epoch(store::Transaction& tx, const EpochRow& row) {
  TUTELA_TRY(
      tx.execute("INSERT INTO ledger_epoch (epoch, name, size, frontier, opened_at) VALUES ($1, $2, $3, $4, $5)",
                 {stored(row.origin.epoch), row.origin.name, stored(row.frontier.size()), row.frontier.encode(), row.opened_at}));
  return {};
}

Result<> update_epoch(store::Transaction& tx, const EpochRow& row, std::uint64_t size_before) {
  return tx.execute_versioned(
      "UPDATE ledger_epoch SET size = $3, frontier = $4 WHERE epoch = $1 AND size = $2",
      {stored(row.origin.epoch), stored(size_before), stored(row.frontier.size()), row.frontier.encode()});
}

Result<std::optional<EpochRow>> current_epoch(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one("SELECT epoch, name, size, frontier, opened_at FROM ledger_epoch ORDER BY epoch DESC LIMIT 1"));
  if (!row) return std::nullopt;
  TUTELA_ASSIGN(auto frontier, Frontier::decode(number_at(*row, 2), row->blob(3)));
  return EpochRow{{row->text(1), number_at(*row, 0)}, std::move(frontier), row->time(4)};
}

Result<> insert_checkpoint(store::Transaction& tx, const Checkpoint& checkpoint, const std::string& note, Time signed_at) {
  TUTELA_TRY(tx.execute("INSERT INTO ledger_checkpoint (epoch, size, note, signed_at) VALUES ($1, $2, $3, $4)",
                        {stored(checkpoint.origin.epoch), stored(checkpoint.size), note, signed_at}));
  return {};
}

Result<std::string> last_checkpoint(store::Reader& reader, std::uint64_t epoch) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT note FROM ledger_checkpoint WHERE epoch = $1 ORDER BY size DESC LIMIT 1",
                                                 {stored(epoch)}));
  if (!row) return fail(ErrorCode::corrupt, "ledger.missing_checkpoint");
  return row->text(0);
}

Result<std::optional<LeaseRow>> find_lease(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT holder, fencing, expires_at FROM ledger_lease WHERE id = 1"));
  if (!row) return std::nullopt;
  return LeaseRow{row->blob(0), row->integer(1), row->time(2)};
}

Result<> insert_lease(store::Transaction& tx, const LeaseRow& lease) {
  TUTELA_TRY(tx.execute("INSERT INTO ledger_lease (id, holder, fencing, expires_at) VALUES (1, $1, $2, $3)",
                        {lease.holder, lease.fencing, lease.expires_at}));
  return {};
}

Result<> take_lease(store::Transaction& tx, const LeaseRow& lease, std::int64_t fencing_before) {
  return tx.execute_versioned("UPDATE ledger_lease SET holder = $2, fencing = $3, expires_at = $4 WHERE id = 1 AND fencing = $1",
                              {fencing_before, lease.holder, lease.fencing, lease.expires_at});
}

Result<bool> renew_lease(store::Transaction& tx, const LeaseRow& lease) {
  TUTELA_ASSIGN(const auto changed,
                tx.execute("UPDATE ledger_lease SET expires_at = $3 WHERE id = 1 AND holder = $1 AND fencing = $2",
                           {lease.holder, lease.fencing, lease.expires_at}));
  return changed == 1;
}

}  // namespace tutela::ledger
