#include "match/bank_list_repository.h"

#include <map>

namespace tutela::match {
namespace {

ListImportRow import_from(const store::Row& row) {
  return {.bank_id = row.id<BankId>(0),
          .digest = row.blob(1),
          .format = row.text(2),
          .position_bytes = row.integer(3),
          .lines = row.integer(4),
          .imported = row.integer(5),
          .known = row.integer(6),
          .refused = row.integer(7),
          .refused_bytes = row.integer(8),
          .started_at = row.time(9),
          .finished_at = row.time_or_null(10),
          .version = row.integer(11)};
}

EntryRow entry_from(const store::Row& row) {
  return {.id = row.id<EntryId>(0),
          .bank_id = row.id<BankId>(1),
          .status = row.text(2),
          .act = row.text(3),
          .age_band = row.text(4),
          .source = row.text(5),
          .item_id = row.id_or_null<ItemId>(6),
          .adopted_first = row.id_or_null<MemberId>(7),
          .adopted_second = row.id_or_null<MemberId>(8),
          .created_at = row.time(9),
          .version = row.integer(10)};
}

// Before every id.
Bytes lowest_id() { return Bytes(16, 0); }

}  // namespace

Result<std::optional<ListImportRow>> find_list_import(store::Reader& reader, const BankId& bank, const Bytes& digest) {
  TUTELA_ASSIGN(
      const auto row,
      reader.query_one("SELECT bank_id, digest, format, position_bytes, lines, imported, known, refused, refused_bytes, "
                       "started_at, finished_at, version FROM bank_list_import WHERE bank_id = $1 AND digest = $2",
                       {bank, digest}));
  if (!row) return std::nullopt;
  return import_from(*row);
}

Result<std::vector<ListImportRow>> list_imports_of_bank(store::Reader& reader, const BankId& bank) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query("SELECT bank_id, digest, format, position_bytes, lines, imported, known, refused, refused_bytes, "
                   "started_at, finished_at, version FROM bank_list_import WHERE bank_id = $1 ORDER BY started_at, digest",
                   {bank}));
  std::vector<ListImportRow> found;
  for (const auto& row : rows) found.push_back(import_from(row));
  return found;
}

Result<> insert_list_import(store::Transaction& tx, const ListImportRow& row) {
  TUTELA_TRY(
      tx.execute("INSERT INTO bank_list_import (bank_id, digest, format, position_bytes, lines, imported, known, refused, "
                 "refused_bytes, started_at, finished_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                 {row.bank_id, row.digest, row.format, row.position_bytes, row.lines, row.imported, row.known, row.refused,
                  row.refused_bytes, row.started_at, row.finished_at, row.version}));
  return {};
}

Result<> update_list_import(store::Transaction& tx, const ListImportRow& row) {
  return tx.execute_versioned(
      "UPDATE bank_list_import SET position_bytes = $4, lines = $5, imported = $6, known = $7, refused = $8, refused_bytes = $9, "
      "finished_at = $10, version = version + 1 WHERE bank_id = $1 AND digest = $2 AND version = $3",
      {row.bank_id, row.digest, row.version, row.position_bytes, row.lines, row.imported, row.known, row.refused,
       row.refused_bytes, row.finished_at});
}

Result<> insert_entry_reference(store::Transaction& tx, const EntryId& entry, const std::string& reference) {
  TUTELA_TRY(tx.execute("INSERT INTO entry_reference (entry_id, reference) VALUES ($1, $2)", {entry, reference}));
  return {};
}

Result<std::vector<StoredEntry>> stored_entries_after(store::Reader& reader, const BankId& bank,
                                                      const std::optional<EntryId>& after, std::int64_t count_max) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query("SELECT id, bank_id, status, act, age_band, source, item_id, adopted_first, adopted_second, created_at, "
                   "version FROM bank_entry WHERE id > $1 AND bank_id = $2 ORDER BY id LIMIT $3",
                   {after ? store::Value(*after) : store::Value(lowest_id()), bank, count_max}));
  std::vector<StoredEntry> entries;
  if (rows.empty()) return entries;
  std::map<EntryId, std::size_t> places;
  for (const auto& row : rows) {
    places.emplace(row.id<EntryId>(0), entries.size());
    entries.push_back({entry_from(row), {}, {}});
  }
  const EntryId first = entries.front().row.id;
  const EntryId last = entries.back().row.id;
  TUTELA_ASSIGN(const auto fingerprints,
                reader.query("SELECT entry_id, algorithm, value, quality FROM entry_fingerprint WHERE entry_id >= $1 AND "
                             "entry_id <= $2 ORDER BY entry_id, algorithm",
                             {first, last}));
  for (const auto& row : fingerprints) {
    const auto place = places.find(row.id<EntryId>(0));
    if (place == places.end()) continue;
    entries[place->second].fingerprints.push_back({place->first, row.text(1), row.blob(2), row.integer_or_null(3)});
  }
  TUTELA_ASSIGN(
      const auto references,
      reader.query("SELECT entry_id, reference FROM entry_reference WHERE entry_id >= $1 AND entry_id <= $2", {first, last}));
  for (const auto& row : references)
    if (const auto place = places.find(row.id<EntryId>(0)); place != places.end()) entries[place->second].reference = row.text(1);
  return entries;
}

Result<std::vector<std::string>> algorithms_of_bank(store::Reader& reader, const BankId& bank) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT DISTINCT f.algorithm FROM entry_fingerprint f JOIN bank_entry e ON "
                                              "e.id = f.entry_id WHERE e.bank_id = $1 AND e.status <> 'withdrawn' ORDER BY 1",
                                              {bank}));
  std::vector<std::string> words;
  for (const auto& row : rows) words.push_back(row.text(0));
  return words;
}

Result<EntryCounts> entry_counts_of_bank(store::Reader& reader, const BankId& bank) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT status, count(*), count(adopted_second) FROM bank_entry WHERE bank_id = $1 "
                                              "GROUP BY status",
                                              {bank}));
  EntryCounts counts;
  for (const auto& row : rows) {
    if (row.text(0) == "active") {
      counts.active = row.integer(1);
      counts.adopted = row.integer(2);
    } else if (row.text(0) == "disputed") {
      counts.disputed = row.integer(1);
    } else {
      counts.withdrawn += row.integer(1);
    }
  }
  return counts;
}

Result<NotCompared> not_compared_in_bank(store::Reader& reader, const BankId& bank) {
  TUTELA_ASSIGN(const auto words, algorithms_of_bank(reader, bank));
  // No algorithm has an empty word; with it neither list is empty, which SQL does not know.
  std::vector<std::string> near = {""};
  std::vector<std::string> compared = {""};
  for (const auto& word : words) {
    TUTELA_ASSIGN(const auto algorithm, Algorithm::parse(word));
    if (algorithm.comparison() == Comparison::hamming_256) near.push_back(word);
    if (algorithm.comparison() != Comparison::carried) compared.push_back(word);
  }
  std::vector<store::Value> parameters = {bank, kPdqQualityMin};
  const auto in_list = [&parameters](const std::vector<std::string>& texts) {
    std::string list;
    for (const auto& text : texts) {
      parameters.emplace_back(text);
      list += (list.empty() ? "$" : ", $") + std::to_string(parameters.size());
    }
    return "(" + list + ")";
  };
  const std::string sql = "SELECT COUNT(DISTINCT CASE WHEN f.quality < $2 AND f.algorithm IN " + in_list(near) +
                          " THEN f.entry_id END), COUNT(DISTINCT CASE WHEN f.algorithm NOT IN " + in_list(compared) +
                          " THEN f.entry_id END) FROM entry_fingerprint f JOIN bank_entry e ON e.id = f.entry_id "
                          "WHERE e.bank_id = $1 AND e.status <> 'withdrawn'";
  TUTELA_ASSIGN(const auto rows, reader.query(sql, std::span<const store::Value>(parameters)));
  return NotCompared{rows.at(0).integer(0), rows.at(0).integer(1)};
}

Result<std::vector<AdoptionRow>> adoptions_of_bank(store::Reader& reader, const BankId& bank) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT id, bank_id, first_member, first_at, second_member, second_at, version FROM "
                             "bank_adoption WHERE bank_id = $1 ORDER BY id",
                             {bank}));
  std::vector<AdoptionRow> found;
  for (const auto& row : rows)
    found.push_back({row.id<BankAdoptionId>(0), row.id<BankId>(1), row.id<MemberId>(2), row.time(3), row.id_or_null<MemberId>(4),
                     row.time_or_null(5), row.integer(6)});
  return found;
}

Result<> insert_adoption(store::Transaction& tx, const AdoptionRow& row) {
  TUTELA_TRY(tx.execute("INSERT INTO bank_adoption (id, bank_id, first_member, first_at, version) VALUES ($1, $2, $3, $4, $5)",
                        {row.id, row.bank_id, row.first_member, row.first_at, row.version}));
  return {};
}

Result<> complete_adoption(store::Transaction& tx, const AdoptionRow& row) {
  return tx.execute_versioned(
      "UPDATE bank_adoption SET second_member = $3, second_at = $4, version = version + 1 WHERE id = $1 AND version = $2",
      {row.id, row.version, row.second_member, row.second_at});
}

Result<std::int64_t> adopt_entries(store::Transaction& tx, const AdoptionRow& row) {
  TUTELA_ASSIGN(const auto feed, next_feed_number(tx));
  return tx.execute(
      "UPDATE bank_entry SET adopted_first = $2, adopted_second = $3, version = version + 1, feed = $5 WHERE bank_id = $1 AND "
      "created_at <= $4 AND status = 'active' AND adopted_second IS NULL AND item_id IS NULL",
      {row.bank_id, row.first_member, row.second_member, row.first_at, feed});
}

Result<> insert_bank_term(store::Transaction& tx, const BankId& bank, Time expires_at) {
  TUTELA_TRY(tx.execute("INSERT INTO bank_term (bank_id, expires_at) VALUES ($1, $2)", {bank, expires_at}));
  return {};
}

Result<std::optional<Time>> find_bank_term(store::Reader& reader, const BankId& bank) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT expires_at FROM bank_term WHERE bank_id = $1", {bank}));
  if (!row) return std::nullopt;
  return row->time(0);
}

Result<std::vector<BankId>> banks_out_of_term(store::Reader& reader, Time now) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query("SELECT bank_id FROM bank_term WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY bank_id", {now}));
  std::vector<BankId> banks;
  for (const auto& row : rows) banks.push_back(row.id<BankId>(0));
  return banks;
}

Result<> end_bank_term(store::Transaction& tx, const BankId& bank, Time at) {
  return tx.execute_versioned("UPDATE bank_term SET ended_at = $2 WHERE bank_id = $1 AND ended_at IS NULL", {bank, at});
}

Result<std::int64_t> withdraw_entries(store::Transaction& tx, const BankId& bank) {
  TUTELA_ASSIGN(const auto feed, next_feed_number(tx));
  return tx.execute(
      "UPDATE bank_entry SET status = 'withdrawn', version = version + 1, feed = $2 WHERE bank_id = $1 AND "
      "status <> 'withdrawn'",
      {bank, feed});
}

Result<std::vector<ItemId>> items_matched_by_bank(store::Reader& reader, const BankId& bank) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT DISTINCT m.item_id FROM item_match m JOIN bank_entry e ON e.id = m.entry_id "
                             "WHERE e.bank_id = $1 ORDER BY 1",
                             {bank}));
  std::vector<ItemId> items;
  for (const auto& row : rows) items.push_back(row.id<ItemId>(0));
  return items;
}

}  // namespace tutela::match
