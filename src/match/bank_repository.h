#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// Banks and their entries, as stored. The match index is built from these and follows them.
namespace tutela::match {

struct BankRow {
  BankId id;
  std::string name;
  std::string purpose;     // match, self_reported, safe
  std::int64_t threshold;  // bits of Hamming distance, of 256
  std::string source;
  std::string legal_basis;
  Time created_at;
  std::int64_t version = 1;
};

struct EntryRow {
  EntryId id;
  BankId bank_id;
  std::string status;  // active, disputed, withdrawn
  std::string act;
  std::string age_band;
  std::string source;             // a named human source
  std::optional<ItemId> item_id;  // the item whose final verdict made it
  std::optional<MemberId> adopted_first;
  std::optional<MemberId> adopted_second;  // both set: a byte-exact match may inherit the verdict
  Time created_at;
  std::int64_t version = 1;
};

struct EntryFingerprintRow {
  EntryId entry_id;
  std::string algorithm;
  Bytes value;
  std::optional<std::int64_t> quality;
};

// conflict, "store.duplicate_key" when the name is taken.
Result<> insert_bank(store::Transaction& tx, const BankRow& bank);
// not_found, "bank.unknown".
Result<BankRow> find_bank(store::Reader& reader, const BankId& id);
Result<std::optional<BankRow>> find_bank_by_name(store::Reader& reader, const std::string& name);
Result<std::vector<BankRow>> list_banks(store::Reader& reader);

Result<> insert_entry(store::Transaction& tx, const EntryRow& entry);
// not_found, "bank.unknown_entry".
Result<EntryRow> find_entry(store::Reader& reader, const EntryId& id);
// The newest: an item whose entry was withdrawn and that was decided anew has another.
Result<std::optional<EntryRow>> find_entry_of_item(store::Reader& reader, const ItemId& item);
Result<std::vector<EntryRow>> entries_of_bank(store::Reader& reader, const BankId& bank);
Result<> set_entry_status(store::Transaction& tx, const EntryRow& entry, const std::string& status);
// Items whose state rested on this entry: by a match with it, or an inherited verdict.
Result<std::vector<ItemId>> items_resting_on(store::Reader& reader, const EntryId& entry);

Result<> insert_entry_fingerprint(store::Transaction& tx, const EntryFingerprintRow& fingerprint);
Result<std::vector<EntryFingerprintRow>> fingerprints_of_entry(store::Reader& reader, const EntryId& entry);
// Of every entry that is not withdrawn, in order of entry id.
Result<std::vector<EntryFingerprintRow>> list_entry_fingerprints(store::Reader& reader);

}  // namespace tutela::match
