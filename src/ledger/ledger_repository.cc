#include "ledger/ledger_repository.h"

#include <algorithm>
#include <iterator>
#include <map>

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
    "SELECT epoch, leaf_index, kind, subject, n, previous, at, payload, salt, leaf_hash, born_at FROM ledger_leaf ";

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
  leaf.born_at = row.integer(10);
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

// Statements of many rows are made of chunks of one length, so that each text is prepared once, and a rest of single rows.
constexpr std::size_t kRowsAtOnce = 32;

// "$first, …, $last".
std::string placeholders(std::size_t first, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "$" : ", $") + std::to_string(first + i);
  return text;
}

// Calls `body` with chunks of kRowsAtOnce, then with single items.
template <class Item, class Body>
Result<> in_chunks(std::span<const Item> items, Body body) {
  while (!items.empty()) {
    const auto count = items.size() >= kRowsAtOnce ? kRowsAtOnce : 1;
    TUTELA_TRY(body(items.first(count)));
    items = items.subspan(count);
  }
  return {};
}

constexpr std::size_t kLeafColumns = 11;

std::string insert_leaves_text(std::size_t count) {
  std::string text =
      "INSERT INTO ledger_leaf (epoch, leaf_index, kind, subject, n, previous, at, payload, salt, leaf_hash, born_at) VALUES ";
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "(" : ", (") + placeholders(i * kLeafColumns + 1, kLeafColumns) + ")";
  return text;
}

// One look into the index by subject each, in one statement: a grouped maximum would walk whole chains.
std::string heads_text(std::size_t count) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i)
    text += std::string(i == 1 ? "" : " UNION ALL ") +
            "SELECT * FROM (SELECT subject, n, leaf_hash, born_at FROM ledger_leaf WHERE born_at = $" +
            std::to_string(2 * i - 1) + " AND subject = $" + std::to_string(2 * i) + " ORDER BY n DESC LIMIT 1) AS head" +
            std::to_string(i);
  return text;
}

constexpr std::string_view kSelectEpoch = "SELECT epoch, name, size, frontier, opened_at, tiled FROM ledger_epoch ";

Result<EpochRow> epoch_from(const store::Row& row) {
  TUTELA_ASSIGN(auto frontier, Frontier::decode(number_at(row, 2), row.blob(3)));
  return EpochRow{{row.text(1), number_at(row, 0)}, std::move(frontier), row.time(4), number_at(row, 5)};
}

Result<std::optional<EpochRow>> one_epoch(const std::optional<store::Row>& row) {
  if (!row) return std::nullopt;
  TUTELA_ASSIGN(auto epoch, epoch_from(*row));
  return epoch;
}

}  // namespace

Result<> insert_staged(store::Transaction& tx, const StagedRow& row) {
  return tx.append(
      "INSERT INTO ledger_staged (id, kind, subject, at, payload, salt, born_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {row.id, row.kind, view(row.chain.subject), row.at, row.payload, view(row.salt), row.chain.born_at});
}

Result<std::vector<StagedRow>> oldest_staged(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query("SELECT id, kind, subject, at, payload, salt, born_at FROM ledger_staged ORDER BY id LIMIT $1", {count_max}));
  std::vector<StagedRow> staged;
  staged.reserve(rows.size());
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto subject, hash_at(row, 2));
    TUTELA_ASSIGN(const auto salt, hash_at(row, 5));
    staged.push_back({row.blob(0), row.text(1), {row.integer(6), subject}, row.time(3), row.text(4), salt});
  }
  return staged;
}

Result<std::int64_t> count_staged(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT COUNT(*) FROM ledger_staged"));
  return row->integer(0);
}

Result<> delete_staged_until(store::Transaction& tx, const Bytes& id, std::size_t count) {
  TUTELA_ASSIGN(const auto changed, tx.execute("DELETE FROM ledger_staged WHERE id <= $1", {id}));
  if (changed != static_cast<std::int64_t>(count)) return fail(ErrorCode::conflict, "store.row_changed", "ledger_staged");
  return {};
}

Result<> insert_leaves(store::Transaction& tx, std::span<const LeafRow> leaves) {
  static const std::string kMany = insert_leaves_text(kRowsAtOnce);
  static const std::string kOne = insert_leaves_text(1);
  std::vector<store::Value> values;
  values.reserve(kRowsAtOnce * kLeafColumns);
  return in_chunks(leaves, [&](std::span<const LeafRow> chunk) -> Result<> {
    values.clear();
    for (const auto& leaf : chunk) {
      const auto& opening = leaf.opening;
      values.insert(values.end(),
                    {stored(leaf.epoch), stored(leaf.index), opening.kind, view(opening.subject), stored(opening.n),
                     view(opening.previous), opening.at, opening.payload, view(opening.salt), view(leaf.hash), leaf.born_at});
    }
    TUTELA_TRY(tx.execute(chunk.size() == kRowsAtOnce ? kMany : kOne, std::span<const store::Value>(values)));
    return {};
  });
}

Result<std::vector<LeafRow>> leaves_of(store::Reader& reader, const Chain& chain, std::int64_t count_max) {
  std::vector<LeafRow> leaves;
  // What has no time is the older part.
  for (const auto born_at : {Chain::kBornUnknown, chain.born_at}) {
    const auto wanted = count_max - static_cast<std::int64_t>(leaves.size());
    TUTELA_ASSIGN(const auto rows,
                  reader.query(std::string(kSelectLeaf) + "WHERE born_at = $1 AND subject = $2 ORDER BY n LIMIT $3",
                               {born_at, view(chain.subject), wanted}));
    TUTELA_ASSIGN(auto found, leaves_from(rows));
    std::ranges::move(found, std::back_inserter(leaves));
    if (chain.born_at == Chain::kBornUnknown) break;
  }
  return leaves;
}

Result<std::vector<LeafRow>> latest_leaves(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows,
                reader.query(std::string(kSelectLeaf) + "ORDER BY epoch DESC, leaf_index DESC LIMIT $1", {count_max}));
  return leaves_from(rows);
}

Result<std::vector<LeafRow>> leaves_from_index(store::Reader& reader, std::uint64_t epoch, std::uint64_t first,
                                               std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows,
                reader.query(std::string(kSelectLeaf) + "WHERE epoch = $1 AND leaf_index >= $2 ORDER BY leaf_index LIMIT $3",
                             {stored(epoch), stored(first), count_max}));
  return leaves_from(rows);
}

Result<std::vector<LeafRow>> leaves_of_kinds(store::Reader& reader, std::span<const std::string_view> kinds,
                                             const LeafRange& range) {
  std::vector<store::Value> values{stored(range.epoch), stored(range.begin), stored(range.end)};
  for (const auto kind : kinds) values.emplace_back(kind);
  TUTELA_ASSIGN(const auto rows, reader.query(std::string(kSelectLeaf) +
                                                  "WHERE epoch = $1 AND leaf_index >= $2 AND leaf_index < $3 AND kind IN (" +
                                                  placeholders(4, kinds.size()) + ") ORDER BY leaf_index",
                                              std::span<const store::Value>(values)));
  return leaves_from(rows);
}

Result<LeafRow> find_leaf(store::Reader& reader, std::uint64_t epoch, std::uint64_t index) {
  TUTELA_ASSIGN(const auto row, reader.query_one(std::string(kSelectLeaf) + "WHERE epoch = $1 AND leaf_index = $2",
                                                 {stored(epoch), stored(index)}));
  if (!row) return fail(ErrorCode::corrupt, "ledger.missing_leaf");
  return leaf_from(*row);
}

Result<std::vector<SubjectHead>> heads_of(store::Reader& reader, std::span<const Chain> chains) {
  static const std::string kMany = heads_text(kRowsAtOnce);
  static const std::string kOne = heads_text(1);
  std::map<SubjectPseudonym, SubjectHead> found;
  std::vector<store::Value> values;
  const auto look_at = [&](std::span<const Chain> wanted) {
    return in_chunks(wanted, [&](std::span<const Chain> chunk) -> Result<> {
      values.clear();
      for (const auto& chain : chunk) values.insert(values.end(), {chain.born_at, view(chain.subject)});
      TUTELA_ASSIGN(const auto rows,
                    reader.query(chunk.size() == kRowsAtOnce ? kMany : kOne, std::span<const store::Value>(values)));
      for (const auto& row : rows) {
        TUTELA_ASSIGN(const auto subject, hash_at(row, 0));
        TUTELA_ASSIGN(const auto hash, hash_at(row, 2));
        found[subject] = {number_at(row, 1), hash, row.integer(3)};
      }
      return {};
    });
  };
  TUTELA_TRY(look_at(chains));
  TUTELA_ASSIGN(const auto untimed,
                reader.query_one("SELECT n FROM ledger_leaf WHERE born_at = $1 LIMIT 1", {Chain::kBornUnknown}));
  if (untimed) {
    std::vector<Chain> others;
    for (const auto& chain : chains)
      if (!found.contains(chain.subject)) others.push_back({Chain::kBornUnknown, chain.subject});
    TUTELA_TRY(look_at(others));
  }
  std::vector<SubjectHead> heads;
  heads.reserve(chains.size());
  for (const auto& chain : chains) {
    const auto head = found.find(chain.subject);
    heads.push_back(head == found.end() ? SubjectHead{0, {}, chain.born_at} : head->second);
  }
  return heads;
}

Result<> put_tile(store::Transaction& tx, std::uint64_t epoch, const TileId& id, std::span<const Hash> hashes) {
  TUTELA_TRY(
      tx.execute("INSERT INTO ledger_tile (epoch, level, position, hashes) VALUES ($1, $2, $3, $4) "
                 "ON CONFLICT (epoch, level, position) DO UPDATE SET hashes = excluded.hashes",
                 {stored(epoch), id.level, stored(id.position), encode_tile(hashes)}));
  return {};
}

Result<TileHashes> find_tile(store::Reader& reader, std::uint64_t epoch, const TileId& id) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one("SELECT hashes FROM ledger_tile WHERE epoch = $1 AND level = $2 AND position = $3",
                                 {stored(epoch), id.level, stored(id.position)}));
  if (!row) return fail(ErrorCode::corrupt, "ledger.missing_tile");
  return decode_tile(row->blob(0));
}

TileSource tiles_of(store::Reader& reader, std::uint64_t epoch) {
  return [&reader, epoch](const TileId& id, std::uint64_t) { return find_tile(reader, epoch, id); };
}

Result<> insert_epoch(store::Transaction& tx, const EpochRow& row) {
  TUTELA_TRY(
      tx.execute("INSERT INTO ledger_epoch (epoch, name, size, frontier, opened_at, tiled) VALUES ($1, $2, $3, $4, $5, $3)",
                 {stored(row.origin.epoch), row.origin.name, stored(row.frontier.size()), row.frontier.encode(), row.opened_at}));
  return {};
}

Result<> update_epoch(store::Transaction& tx, const EpochRow& row, std::uint64_t size_before) {
  return tx.execute_versioned(
      "UPDATE ledger_epoch SET size = $3, frontier = $4, tiled = $3 WHERE epoch = $1 AND size = $2",
      {stored(row.origin.epoch), stored(size_before), stored(row.frontier.size()), row.frontier.encode()});
}

Result<std::optional<EpochRow>> current_epoch(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row, reader.query_one(std::string(kSelectEpoch) + "ORDER BY epoch DESC LIMIT 1"));
  return one_epoch(row);
}

Result<std::optional<EpochRow>> find_epoch(store::Reader& reader, std::uint64_t epoch) {
  TUTELA_ASSIGN(const auto row, reader.query_one(std::string(kSelectEpoch) + "WHERE epoch = $1", {stored(epoch)}));
  return one_epoch(row);
}

Result<std::vector<std::uint64_t>> epoch_numbers(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT epoch FROM ledger_epoch ORDER BY epoch"));
  std::vector<std::uint64_t> numbers;
  for (const auto& row : rows) numbers.push_back(number_at(row, 0));
  return numbers;
}

Result<std::vector<EpochRow>> untiled_epochs(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query(std::string(kSelectEpoch) + "WHERE tiled < size ORDER BY epoch"));
  std::vector<EpochRow> epochs;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(auto epoch, epoch_from(row));
    epochs.push_back(std::move(epoch));
  }
  return epochs;
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

Result<std::optional<std::string>> find_checkpoint(store::Reader& reader, std::uint64_t epoch, std::uint64_t size) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT note FROM ledger_checkpoint WHERE epoch = $1 AND size = $2",
                                                 {stored(epoch), stored(size)}));
  if (!row) return std::nullopt;
  return row->text(0);
}

Result<> put_cosignature(store::Transaction& tx, const CosignatureRow& row) {
  TUTELA_TRY(
      tx.execute("INSERT INTO ledger_cosignature (epoch, size, witness, line, cosigned_at) VALUES ($1, $2, $3, $4, $5) "
                 "ON CONFLICT (epoch, size, witness) DO UPDATE SET line = excluded.line, cosigned_at = excluded.cosigned_at",
                 {stored(row.epoch), stored(row.size), row.witness, row.line, row.cosigned_at}));
  return {};
}

Result<std::vector<CosignatureRow>> cosignatures_of(store::Reader& reader, std::uint64_t epoch, std::uint64_t size) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query("SELECT witness, line, cosigned_at FROM ledger_cosignature WHERE epoch = $1 AND size = $2 ORDER BY witness",
                   {stored(epoch), stored(size)}));
  std::vector<CosignatureRow> found;
  for (const auto& row : rows) found.push_back({epoch, size, row.text(0), row.text(1), row.time(2)});
  return found;
}

Result<std::uint64_t> largest_cosigned(store::Reader& reader, std::uint64_t epoch, std::string_view witness) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT COALESCE(MAX(size), 0) FROM ledger_cosignature WHERE epoch = $1 AND "
                                                 "(witness = $2 OR $2 = '')",
                                                 {stored(epoch), witness}));
  return number_at(*row, 0);
}

Result<> put_time_stamp(store::Transaction& tx, const TimeStampRow& row) {
  TUTELA_TRY(
      tx.execute("INSERT INTO ledger_time_stamp (epoch, size, reply, stamped_at) VALUES ($1, $2, $3, $4) "
                 "ON CONFLICT (epoch, size) DO UPDATE SET reply = excluded.reply, stamped_at = excluded.stamped_at",
                 {stored(row.epoch), stored(row.size), row.reply, row.stamped_at}));
  return {};
}

Result<std::optional<TimeStampRow>> last_time_stamp(store::Reader& reader, std::uint64_t epoch) {
  TUTELA_ASSIGN(
      const auto row,
      reader.query_one("SELECT size, reply, stamped_at FROM ledger_time_stamp WHERE epoch = $1 ORDER BY size DESC LIMIT 1",
                       {stored(epoch)}));
  if (!row) return std::nullopt;
  return TimeStampRow{epoch, number_at(*row, 0), row->blob(1), row->time(2)};
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

Result<> end_copied_lease(store::Transaction& tx) {
  TUTELA_TRY(tx.execute("UPDATE ledger_lease SET expires_at = 0"));
  return {};
}

Result<> end_lease(store::Transaction& tx, const LeaseRow& lease) {
  TUTELA_TRY(tx.execute("UPDATE ledger_lease SET expires_at = 0 WHERE id = 1 AND holder = $1 AND fencing = $2",
                        {lease.holder, lease.fencing}));
  return {};
}

Result<bool> renew_lease(store::Transaction& tx, const LeaseRow& lease) {
  TUTELA_ASSIGN(const auto changed,
                tx.execute("UPDATE ledger_lease SET expires_at = $3 WHERE id = 1 AND holder = $1 AND fencing = $2",
                           {lease.holder, lease.fencing, lease.expires_at}));
  return changed == 1;
}

}  // namespace tutela::ledger
