#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/ids.h"
#include "store/store.h"

// Banks and their entries, as stored. The match engine follows them by their feed.
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
  // Of its last change (next_feed_number()). 0 when it is inserted: insert_entry() takes one.
  std::int64_t feed = 0;
};

// A place in the feed of changes; entries of one transaction share the number.
struct FeedPosition {
  std::int64_t number = 0;
  std::optional<EntryId> entry;  // none: before the first entry of that number
};

struct EntryFingerprintRow {
  EntryId entry_id;
  std::string algorithm;
  Bytes value;
  std::optional<std::int64_t> quality;
};

// The feed: one number that every transaction which changes a bank or an entry takes once and writes to the rows it changes. Its
// row stays locked until the commit, so numbers are committed in their order, and who has seen a number has seen all before it.
// Bank changes therefore wait for each other; nothing else does.
Result<std::int64_t> next_feed_number(store::Transaction& tx);
Result<std::int64_t> last_feed_number(store::Reader& reader);

// conflict, "store.duplicate_key" when the name is taken. Takes a number of the feed.
Result<> insert_bank(store::Transaction& tx, const BankRow& bank);
// not_found, "bank.unknown".
Result<BankRow> find_bank(store::Reader& reader, const BankId& id);
Result<std::optional<BankRow>> find_bank_by_name(store::Reader& reader, const std::string& name);
Result<std::vector<BankRow>> list_banks(store::Reader& reader);

// On the version the row was read with. Takes a number of the feed.
Result<> set_bank_threshold(store::Transaction& tx, const BankRow& bank, std::int64_t threshold);

// With entry.feed 0 it takes a number of the feed; a batch takes one by next_feed_number() and passes it in.
Result<> insert_entry(store::Transaction& tx, const EntryRow& entry);
// not_found, "bank.unknown_entry".
Result<EntryRow> find_entry(store::Reader& reader, const EntryId& id);
// The newest: an item whose entry was withdrawn and that was decided anew has another.
Result<std::optional<EntryRow>> find_entry_of_item(store::Reader& reader, const ItemId& item);
Result<std::vector<EntryRow>> entries_of_bank(store::Reader& reader, const BankId& bank);

struct DrawnEntry {
  EntryId entry;
  BankId bank;
};
// Of each bank at most `count_max` of its entries that are not withdrawn, every one with the same chance; the same for the same
// rows and random numbers, on either back end. One pass over all entries.
Result<std::vector<DrawnEntry>> draw_entries(store::Reader& reader, std::size_t count_max, SeededRandom& random);

// How many entries of the bank are not withdrawn, counted no further than `count_max`.
Result<std::int64_t> count_entries(store::Reader& reader, const BankId& bank, std::int64_t count_max);
// Takes a number of the feed.
Result<> set_entry_status(store::Transaction& tx, const EntryRow& entry, const std::string& status);
// Items whose state rested on this entry: by a match with it, or an inherited verdict.
Result<std::vector<ItemId>> items_resting_on(store::Reader& reader, const EntryId& entry);

Result<> insert_entry_fingerprint(store::Transaction& tx, const EntryFingerprintRow& fingerprint);
Result<std::vector<EntryFingerprintRow>> fingerprints_of_entry(store::Reader& reader, const EntryId& entry);
// In the order of the feed: entries behind `after` and up to number `until`, at most `count_max`; and the fingerprints of those
// behind `after` and up to `until`, included.
Result<std::vector<EntryRow>> entries_after(store::Reader& reader, const FeedPosition& after, std::int64_t until,
                                            std::int64_t count_max);
Result<std::vector<EntryFingerprintRow>> fingerprints_between(store::Reader& reader, const FeedPosition& after,
                                                              const FeedPosition& until);

}  // namespace tutela::match
