#include "match/bank_repository.h"

namespace tutela::match {
namespace {

std::string select_bank(std::string_view where) {
  return "SELECT id, name, purpose, threshold, source, legal_basis, created_at, version FROM bank " + std::string(where);
}

BankRow bank_from(const store::Row& row) {
  return {row.id<BankId>(0), row.text(1), row.text(2), row.integer(3), row.text(4), row.text(5), row.time(6), row.integer(7)};
}

std::string select_entry(std::string_view where) {
  return "SELECT id, bank_id, status, act, age_band, source, item_id, adopted_first, adopted_second, created_at, version FROM "
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
          row.integer(10)};
}

std::vector<EntryFingerprintRow> fingerprints_from(const std::vector<store::Row>& rows) {
  std::vector<EntryFingerprintRow> fingerprints;
  for (const auto& row : rows) fingerprints.push_back({row.id<EntryId>(0), row.text(1), row.blob(2), row.integer_or_null(3)});
  return fingerprints;
}

}  // namespace

Result<> insert_bank(store::Transaction& tx, const BankRow& bank) {
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

Result<> insert_entry(store::Transaction& tx, const EntryRow& entry) {
  TUTELA_TRY(
      tx.execute("INSERT INTO bank_entry (id, bank_id, status, act, age_band, source, item_id, adopted_first, adopted_second, "
                 "created_at, version) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                 {entry.id, entry.bank_id, entry.status, entry.act, entry.age_band, entry.source, entry.item_id,
                  entry.adopted_first, entry.adopted_second, entry.created_at, entry.version}));
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

Result<> set_entry_status(store::Transaction& tx, const EntryRow& entry, const std::string& status) {
  return tx.execute_versioned("UPDATE bank_entry SET status = $3, version = version + 1 WHERE id = $1 AND version = $2",
                              {entry.id, entry.version, status});
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

Result<std::vector<EntryFingerprintRow>> list_entry_fingerprints(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT f.entry_id, f.algorithm, f.value, f.quality FROM entry_fingerprint f "
                                              "JOIN bank_entry e ON e.id = f.entry_id WHERE e.status <> 'withdrawn' "
                                              "ORDER BY f.entry_id, f.algorithm"));
  return fingerprints_from(rows);
}

}  // namespace tutela::match
