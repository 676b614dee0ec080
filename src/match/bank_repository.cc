#include "match/bank_repository.h"

#include <map>

namespace tutela::match {
namespace {

constexpr std::int64_t kDrawnPageRows = 4'096;

std::string select_bank(std::string_view where) {
  return "SELECT id, name, purpose, threshold, source, legal_basis, created_at, version FROM bank " + std::string(where);
}

BankRow bank_from(const store::Row& row) {
  return {row.id<BankId>(0), row.text(1), row.text(2), row.integer(3), row.text(4), row.text(5), row.time(6), row.integer(7)};
}

std::string select_entry(std::string_view where) {
  return "SELECT id, bank_id, status, act, age_band, source, item_id, adopted_first, adopted_second, created_at, version, feed "
         "FROM "
         "bank_entry " +
         std::string(where);
}

EntryRow entry_from(const store::Row& row) {
  return {row.id<EntryId>(0),
          row.id<BankId>(1),
          row.text(2),
          row.text(3),
          row.text(4),
          row.text(5),
          row.id_or_null<ItemId>(6),
          row.id_or_null<MemberId>(7),
          row.id_or_null<MemberId>(8),
          row.time(9),
          row.integer(10),
          row.integer(11)};
}

std::vector<EntryFingerprintRow> fingerprints_from(const std::vector<store::Row>& rows) {
  std::vector<EntryFingerprintRow> fingerprints;
  for (const auto& row : rows) fingerprints.push_back({row.id<EntryId>(0), row.text(1), row.blob(2), row.integer_or_null(3)});
  return fingerprints;
}

// The first id of all, or the entry's.
Bytes id_of(const FeedPosition& position) {
  if (!position.entry) return {};
  return {position.entry->bytes().begin(), position.entry->bytes().end()};
}

}  // namespace

Result<std::int64_t> next_feed_number(store::Transaction& tx) {
  TUTELA_ASSIGN(const auto row, tx.query_one("UPDATE bank_feed SET last = last + 1 WHERE id = 1 RETURNING last"));
  if (!row) return fail(ErrorCode::corrupt, "bank.no_feed");
  TUTELA_TRY(tx.announce());
  return row->integer(0);
}

Result<std::int64_t> last_feed_number(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT last FROM bank_feed WHERE id = 1"));
  if (!row) return fail(ErrorCode::corrupt, "bank.no_feed");
  return row->integer(0);
}

Result<> insert_bank(store::Transaction& tx, const BankRow& bank) {
  TUTELA_TRY(next_feed_number(tx));
  TUTELA_TRY(tx.execute(
      "INSERT INTO bank (id, name, purpose, threshold, source, legal_basis, created_at, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {bank.id, bank.name, bank.purpose, bank.threshold, bank.source, bank.legal_basis, bank.created_at, bank.version}));
  return {};
}

Result<BankRow> find_bank(store::Reader& reader, const BankId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_bank("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "bank.unknown");
  return bank_from(*row);
}

Result<std::optional<BankRow>> find_bank_by_name(store::Reader& reader, const std::string& name) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_bank("WHERE name = $1"), {name}));
  if (!row) return std::nullopt;
  return bank_from(*row);
}

Result<std::vector<BankRow>> list_banks(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_bank("ORDER BY name")));
  std::vector<BankRow> banks;
  for (const auto& row : rows) banks.push_back(bank_from(row));
  return banks;
}

Result<> set_bank_threshold(store::Transaction& tx, const BankRow& bank, std::int64_t threshold) {
  TUTELA_TRY(next_feed_number(tx));
  return tx.execute_versioned("UPDATE bank SET threshold = $3, version = version + 1 WHERE id = $1 AND version = $2",
                              {bank.id, bank.version, threshold});
}

Result<> insert_entry(store::Transaction& tx, const EntryRow& entry) {
  std::int64_t feed = entry.feed;
  if (feed == 0) {
    TUTELA_ASSIGN(feed, next_feed_number(tx));
  }
  TUTELA_TRY(
      tx.execute("INSERT INTO bank_entry (id, bank_id, status, act, age_band, source, item_id, adopted_first, adopted_second, "
                 "created_at, version, feed) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                 {entry.id, entry.bank_id, entry.status, entry.act, entry.age_band, entry.source, entry.item_id,
                  entry.adopted_first, entry.adopted_second, entry.created_at, entry.version, feed}));
  return {};
}

Result<EntryRow> find_entry(store::Reader& reader, const EntryId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_entry("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "bank.unknown_entry");
  return entry_from(*row);
}

Result<std::optional<EntryRow>> find_entry_of_item(store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_entry("WHERE item_id = $1 ORDER BY id DESC LIMIT 1"), {item}));
  if (!row) return std::nullopt;
  return entry_from(*row);
}

Result<std::vector<EntryRow>> entries_of_bank(store::Reader& reader, const BankId& bank) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_entry("WHERE bank_id = $1 ORDER BY id"), {bank}));
  std::vector<EntryRow> entries;
  for (const auto& row : rows) entries.push_back(entry_from(row));
  return entries;
}

Result<std::vector<DrawnEntry>> draw_entries(store::Reader& reader, std::size_t count_max, SeededRandom& random) {
  struct Drawing {
    std::uint64_t seen = 0;
    std::vector<DrawnEntry> drawn;
  };
  std::map<BankId, Drawing> banks;
  Bytes after;
  for (;;) {
    TUTELA_ASSIGN(const auto rows, reader.query("SELECT id, bank_id FROM bank_entry WHERE id > $1 AND status <> 'withdrawn' "
                                                "ORDER BY id LIMIT $2",
                                                {after, kDrawnPageRows}));
    for (const auto& row : rows) {
      const DrawnEntry entry{row.id<EntryId>(0), row.id<BankId>(1)};
      auto& [seen, drawn] = banks[entry.bank];
      ++seen;
      // The k-th takes a place with the chance that each before it has kept one.
      if (drawn.size() < count_max) {
        drawn.push_back(entry);
      } else if (const auto place = random.next() % seen; place < count_max) {
        drawn[place] = entry;
      }
    }
    if (rows.size() < static_cast<std::size_t>(kDrawnPageRows)) break;
    after = rows.back().blob(0);
  }
  std::vector<DrawnEntry> all;
  for (const auto& [bank, drawing] : banks) all.insert(all.end(), drawing.drawn.begin(), drawing.drawn.end());
  return all;
}

Result<std::int64_t> count_entries(store::Reader& reader, const BankId& bank, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one("SELECT COUNT(*) FROM (SELECT 1 FROM bank_entry WHERE bank_id = $1 AND status <> 'withdrawn' "
                                 "LIMIT $2) AS counted",
                                 {bank, count_max}));
  return row->integer(0);
}

Result<> set_entry_status(store::Transaction& tx, const EntryRow& entry, const std::string& status) {
  TUTELA_ASSIGN(const auto feed, next_feed_number(tx));
  return tx.execute_versioned(
      "UPDATE bank_entry SET status = $3, feed = $4, version = version + 1 WHERE id = $1 AND version = $2",
      {entry.id, entry.version, status, feed});
}

Result<std::vector<ItemId>> items_resting_on(store::Reader& reader, const EntryId& entry) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT item_id FROM item_match WHERE entry_id = $1 UNION "
                                              "SELECT item_id FROM verdict WHERE inherited_entry = $1 ORDER BY 1",
                                              {entry}));
  std::vector<ItemId> items;
  for (const auto& row : rows) items.push_back(row.id<ItemId>(0));
  return items;
}

Result<> insert_entry_fingerprint(store::Transaction& tx, const EntryFingerprintRow& fingerprint) {
  TUTELA_TRY(tx.execute("INSERT INTO entry_fingerprint (entry_id, algorithm, value, quality) VALUES ($1, $2, $3, $4)",
                        {fingerprint.entry_id, fingerprint.algorithm, fingerprint.value, fingerprint.quality}));
  return {};
}

Result<std::vector<EntryFingerprintRow>> fingerprints_of_entry(store::Reader& reader, const EntryId& entry) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT entry_id, algorithm, value, quality FROM entry_fingerprint WHERE entry_id = $1 "
                             "ORDER BY algorithm",
                             {entry}));
  return fingerprints_from(rows);
}

Result<std::vector<EntryRow>> entries_after(store::Reader& reader, const FeedPosition& after, std::int64_t until,
                                            std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows,
                reader.query(select_entry("WHERE (feed, id) > ($1, $2) AND feed <= $3 ORDER BY feed, id LIMIT $4"),
                             {after.number, id_of(after), until, count_max}));
  std::vector<EntryRow> entries;
  for (const auto& row : rows) entries.push_back(entry_from(row));
  return entries;
}

Result<std::vector<EntryFingerprintRow>> fingerprints_between(store::Reader& reader, const FeedPosition& after,
                                                              const FeedPosition& until) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT f.entry_id, f.algorithm, f.value, f.quality FROM bank_entry e "
                                              "JOIN entry_fingerprint f ON f.entry_id = e.id "
                                              "WHERE (e.feed, e.id) > ($1, $2) AND (e.feed, e.id) <= ($3, $4) "
                                              "ORDER BY e.feed, e.id, f.algorithm",
                                              {after.number, id_of(after), until.number, id_of(until)}));
  return fingerprints_from(rows);
}

}  // namespace tutela::match
