#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// Items as stored, with their locations, fingerprints and matches.
namespace tutela::review {

struct ItemRow {
  ItemId id;
  std::string state;
  std::string action = "none";  // none, hold, block
  bool is_new = false;          // matched nothing known
  bool urgent = false;
  bool is_safe = false;  // matches a `safe` bank: annotated and ordered lower, never hidden
  Time first_seen_at;
  std::optional<Time> due_at;
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> height;
  std::optional<std::string> format;
  std::optional<std::string> object_name;  // in the object store, if the mandate lets this node hold media
  Bytes wrapped_key;
  std::optional<Bytes> sealed_capture;       // EXIF facts
  std::optional<std::string> decode_reason;  // why it could not be decoded
  std::int64_t version = 1;
  std::optional<EntryId> stack_entry;  // matched so often that its items stand in one stack (line/item_floods.h)
};

struct LocationRow {
  LocationId id;
  ItemId item_id;
  Bytes address_key;  // keyed hash of the canonical address, to find it again
  Bytes sealed_address;
  std::string scheme;
  std::string host;
  std::optional<std::string> country;  // of hosting, as far as known
  std::string state;                   // live, gone, unknown
  Time first_seen_at;
  std::int64_t version = 1;
};

struct FingerprintRow {
  std::string algorithm;
  Bytes value;
  std::optional<std::int64_t> quality;
  std::string origin;  // node, off_node
};

struct ItemMatchRow {
  EntryId entry_id;
  std::string algorithm;
  std::int64_t distance;
  std::int64_t threshold;
  std::string why;
  Time matched_at;
};

Result<> insert_item(store::Transaction& tx, const ItemRow& item);
// not_found, "item.unknown".
Result<ItemRow> find_item(store::Reader& reader, const ItemId& id);
// Writes state, action, is_new, urgent, is_safe, due_at, stack_entry on the version the row was read with.
Result<> update_item(store::Transaction& tx, const ItemRow& item);
// Writes what a file told of an item that was known by its address alone: width, height, format, object_name, sealed_capture and
// decode_reason, on the version the row was read with.
Result<> complete_item(store::Transaction& tx, const ItemRow& item);
// In one of `states`, oldest first, at most `count_max`.
Result<std::vector<ItemRow>> list_items(store::Reader& reader, const std::vector<std::string>& states, std::int64_t count_max);

// What waits for members or is being looked at (matched, queued, needs_second, in_review), in the order of review/queue.h, at
// most `count_max`: what is urgent is among them however much is older. Of each stack the first only.
Result<std::vector<ItemRow>> list_waiting(store::Reader& reader, std::int64_t count_max);
// Of the same items those in one stack, in the same order.
Result<std::vector<ItemRow>> list_stack(store::Reader& reader, const EntryId& entry, std::int64_t count_max);
// How many of them each stack has.
Result<std::map<EntryId, std::int64_t>> count_stacks(store::Reader& reader);
// The same items, all of them, counted by what the queue's counts ask for: one row a combination that occurs.
struct WaitingCountRow {
  std::string state;
  bool urgent = false;
  bool is_new = false;
  bool is_safe = false;
  std::int64_t items = 0;
  std::int64_t overdue = 0;
  Time oldest_at;
  std::optional<Time> next_due_at;  // not yet passed
};
Result<std::vector<WaitingCountRow>> count_waiting(store::Reader& reader, Time now);
// How many locations and reports each of them has; none: not among them.
Result<std::map<ItemId, std::int64_t>> count_waiting_locations(store::Reader& reader);
Result<std::map<ItemId, std::int64_t>> count_waiting_reports(store::Reader& reader);

Result<> insert_location(store::Transaction& tx, const LocationRow& location);
// not_found, "location.unknown".
Result<LocationRow> find_location(store::Reader& reader, const LocationId& id);
// The newest of that address: what stands there may have changed, and then is another item.
Result<std::optional<LocationRow>> find_location_by_key(store::Reader& reader, const Bytes& address_key);
Result<std::vector<LocationRow>> locations_of_item(store::Reader& reader, const ItemId& item);
Result<> set_location_state(store::Transaction& tx, const LocationRow& location, const std::string& state);

// conflict, "store.duplicate_key" when the item has one of that algorithm.
Result<> insert_fingerprint(store::Transaction& tx, const ItemId& item, const FingerprintRow& fingerprint);
Result<std::vector<FingerprintRow>> fingerprints_of_item(store::Reader& reader, const ItemId& item);
// The first item whose SHA-256 this is.
Result<std::optional<ItemId>> find_item_by_sha256(store::Reader& reader, const Bytes& digest);

// Items that nobody has decided yet, with their fingerprints, oldest first: those of `state` behind `after`, at most `count_max`.
struct UndecidedItem {
  ItemId id;
  Time first_seen_at;
  std::vector<FingerprintRow> fingerprints;
};
Result<std::vector<UndecidedItem>> list_undecided(store::Reader& reader, const std::string& state,
                                                  const std::optional<UndecidedItem>& after, std::int64_t count_max);

Result<> insert_match(store::Transaction& tx, const ItemId& item, const ItemMatchRow& match);
Result<std::vector<ItemMatchRow>> matches_of_item(store::Reader& reader, const ItemId& item);

}  // namespace tutela::review
