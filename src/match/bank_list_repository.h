#pragma once

#include <optional>
#include <string>
#include <vector>

#include "match/bank_repository.h"
#include "match/list_entry.h"

// What a bank needs to take lists in, to hand itself out and to be adopted, as stored.
namespace tutela::match {

// How far one list has been taken into one bank: committed with each batch, so that the next start goes on there.
struct ListImportRow {
  BankId bank_id;
  Bytes digest;  // SHA-256 of the whole list
  std::string format;
  std::int64_t position_bytes = 0;  // of the list: all before it is done
  std::int64_t lines = 0;
  std::int64_t imported = 0;
  std::int64_t known = 0;          // were in the bank before, whatever their status
  std::int64_t refused = 0;        // lines kept aside
  std::int64_t refused_bytes = 0;  // of the file they are kept in
  Time started_at;
  std::optional<Time> finished_at;
  std::int64_t version = 1;
};
Result<std::optional<ListImportRow>> find_list_import(store::Reader& reader, const BankId& bank, const Bytes& digest);
Result<std::vector<ListImportRow>> list_imports_of_bank(store::Reader& reader, const BankId& bank);
Result<> insert_list_import(store::Transaction& tx, const ListImportRow& row);
// conflict, "store.row_changed" when another process went on with it.
Result<> update_list_import(store::Transaction& tx, const ListImportRow& row);

// The source's own name for an entry.
Result<> insert_entry_reference(store::Transaction& tx, const EntryId& entry, const std::string& reference);

// Entries of a bank in the order of their ids, whatever their status.
struct StoredEntry {
  EntryRow row;
  std::vector<EntryFingerprintRow> fingerprints;
  std::string reference;
};
// At most `count_max` of those after `after`. Cost: two ranges of primary keys.
Result<std::vector<StoredEntry>> stored_entries_after(store::Reader& reader, const BankId& bank,
                                                      const std::optional<EntryId>& after, std::int64_t count_max);
// Of entries that are not withdrawn, by word.
Result<std::vector<std::string>> algorithms_of_bank(store::Reader& reader, const BankId& bank);

struct EntryCounts {
  std::int64_t active = 0;
  std::int64_t disputed = 0;
  std::int64_t withdrawn = 0;
  std::int64_t adopted = 0;  // of the active
};
Result<EntryCounts> entry_counts_of_bank(store::Reader& reader, const BankId& bank);

// Of entries that are not withdrawn. Cost: all fingerprints of the bank are read, twice.
Result<NotCompared> not_compared_in_bank(store::Reader& reader, const BankId& bank);

// Two members' word for a bank's source. What stood in the bank when the first spoke is what both adopt.
struct AdoptionRow {
  BankAdoptionId id;
  BankId bank_id;
  MemberId first_member;
  Time first_at;
  std::optional<MemberId> second_member;
  std::optional<Time> second_at;
  std::int64_t version = 1;
};
Result<std::vector<AdoptionRow>> adoptions_of_bank(store::Reader& reader, const BankId& bank);  // oldest first
Result<> insert_adoption(store::Transaction& tx, const AdoptionRow& row);
Result<> complete_adoption(store::Transaction& tx, const AdoptionRow& row);
// Active entries of lists that came in until then and were not adopted yet. Takes a number of the feed. Returns how many.
Result<std::int64_t> adopt_entries(store::Transaction& tx, const AdoptionRow& row);

// When a safe bank ends.
Result<> insert_bank_term(store::Transaction& tx, const BankId& bank, Time expires_at);
Result<std::optional<Time>> find_bank_term(store::Reader& reader, const BankId& bank);
// Banks whose term is over and was not ended yet.
Result<std::vector<BankId>> banks_out_of_term(store::Reader& reader, Time now);
// conflict, "store.row_changed" when it was ended before.
Result<> end_bank_term(store::Transaction& tx, const BankId& bank, Time at);
// Every entry of the bank. Takes a number of the feed. Returns how many.
Result<std::int64_t> withdraw_entries(store::Transaction& tx, const BankId& bank);
Result<std::vector<ItemId>> items_matched_by_bank(store::Reader& reader, const BankId& bank);

}  // namespace tutela::match
