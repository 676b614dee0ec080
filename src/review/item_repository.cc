#include "review/item_repository.h"

#include <fmt/format.h>

namespace tutela::review {
namespace {

std::string select_item(std::string_view where) {
  return "SELECT id, state, action, is_new, urgent, is_safe, first_seen_at, due_at, width, height, format, object_name, "
         "wrapped_key, "
         "sealed_capture, decode_reason, version, stack_entry FROM item " +
         std::string(where);
}

ItemRow item_from(const store::Row& row) {
  return {row.id<ItemId>(0),
          row.text(1),
          row.text(2),
          row.integer(3) != 0,
          row.integer(4) != 0,
          row.integer(5) != 0,
          row.time(6),
          row.time_or_null(7),
          row.integer_or_null(8),
          row.integer_or_null(9),
          row.text_or_null(10),
          row.text_or_null(11),
          row.blob(12),
          row.blob_or_null(13),
          row.text_or_null(14),
          row.integer(15),
          row.id_or_null<EntryId>(16)};
}

std::string select_location(std::string_view where) {
  return "SELECT id, item_id, address_key, sealed_address, scheme, host, country, state, first_seen_at, version FROM "
         "item_location " +
         std::string(where);
}

LocationRow location_from(const store::Row& row) {
  return {row.id<LocationId>(0), row.id<ItemId>(1),   row.blob(2), row.blob(3), row.text(4),
          row.text(5),           row.text_or_null(6), row.text(7), row.time(8), row.integer(9)};
}

constexpr std::string_view kIsWaiting = "item.state IN ('matched', 'queued', 'needs_second', 'in_review')";

Result<std::map<ItemId, std::int64_t>> count_by_item(store::Reader& reader, const std::string& table) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT item_id, COUNT(*) FROM " + table + " WHERE item_id IN (SELECT id FROM item WHERE " +
                             std::string(kIsWaiting) + ") GROUP BY item_id"));
  std::map<ItemId, std::int64_t> counts;
  for (const auto& row : rows) counts.emplace(row.id<ItemId>(0), row.integer(1));
  return counts;
}

}  // namespace

Result<> insert_item(store::Transaction& tx, const ItemRow& item) {
  return tx.append(
      "INSERT INTO item (id, state, action, is_new, urgent, is_safe, first_seen_at, due_at, width, height, format, object_name, "
      "wrapped_key, sealed_capture, decode_reason, version, stack_entry) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
      {item.id, item.state, item.action, item.is_new ? 1 : 0, item.urgent ? 1 : 0, item.is_safe ? 1 : 0, item.first_seen_at,
       item.due_at, item.width, item.height, item.format, item.object_name, item.wrapped_key, item.sealed_capture,
       item.decode_reason, item.version, item.stack_entry});
}

Result<ItemRow> find_item(store::Reader& reader, const ItemId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_item("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "item.unknown");
  return item_from(*row);
}

Result<> update_item(store::Transaction& tx, const ItemRow& item) {
  return tx.execute_versioned(
      "UPDATE item SET state = $3, action = $4, is_new = $5, urgent = $6, is_safe = $7, due_at = $8, "
      "stack_entry = $9, version = version + 1 "
      "WHERE id = $1 AND version = $2",
      {item.id, item.version, item.state, item.action, item.is_new ? 1 : 0, item.urgent ? 1 : 0, item.is_safe ? 1 : 0,
       item.due_at, item.stack_entry});
}

Result<> complete_item(store::Transaction& tx, const ItemRow& item) {
  return tx.execute_versioned(
      "UPDATE item SET width = $3, height = $4, format = $5, object_name = $6, sealed_capture = $7, decode_reason = $8, "
      "version = version + 1 WHERE id = $1 AND version = $2",
      {item.id, item.version, item.width, item.height, item.format, item.object_name, item.sealed_capture, item.decode_reason});
}

Result<std::vector<ItemRow>> list_items(store::Reader& reader, const std::vector<std::string>& states, std::int64_t count_max) {
  std::vector<ItemRow> items;
  for (const auto& state : states) {
    TUTELA_ASSIGN(const auto rows,
                  reader.query(select_item("WHERE state = $1 ORDER BY first_seen_at LIMIT $2"), {state, count_max}));
    for (const auto& row : rows) items.push_back(item_from(row));
  }
  return items;
}

namespace {

constexpr std::string_view kQueueOrder = "ORDER BY urgent DESC, is_safe, is_new DESC, first_seen_at, id";

Result<std::vector<ItemRow>> list_in_order(store::Reader& reader, const std::string& which,
                                           std::initializer_list<store::Value> parameters) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query(select_item(fmt::format("WHERE {} AND {} {} LIMIT $1", kIsWaiting, which, kQueueOrder)), parameters));
  std::vector<ItemRow> items;
  for (const auto& row : rows) items.push_back(item_from(row));
  return items;
}

}  // namespace

Result<std::vector<ItemRow>> list_waiting(store::Reader& reader, std::int64_t count_max) {
  const std::string first_of_stack = fmt::format(
      "(stack_entry IS NULL OR id IN (SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY stack_entry {}) AS place "
      "FROM item WHERE {} AND stack_entry IS NOT NULL) AS stacked WHERE place = 1))",
      kQueueOrder, kIsWaiting);
  return list_in_order(reader, first_of_stack, {count_max});
}

Result<std::vector<ItemRow>> list_stack(store::Reader& reader, const EntryId& entry, std::int64_t count_max) {
  return list_in_order(reader, "stack_entry = $2", {count_max, entry});
}

Result<std::map<EntryId, std::int64_t>> count_stacks(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query(fmt::format("SELECT stack_entry, COUNT(*) FROM item WHERE {} AND "
                                                          "stack_entry IS NOT NULL GROUP BY stack_entry",
                                                          kIsWaiting)));
  std::map<EntryId, std::int64_t> counts;
  for (const auto& row : rows) counts.emplace(row.id<EntryId>(0), row.integer(1));
  return counts;
}

Result<std::vector<WaitingCountRow>> count_waiting(store::Reader& reader, Time now) {
  TUTELA_ASSIGN(const auto rows, reader.query(std::string("SELECT state, urgent, is_new, is_safe, COUNT(*), "
                                                          "COUNT(CASE WHEN due_at < $1 THEN 1 END), MIN(first_seen_at), "
                                                          "MIN(CASE WHEN due_at >= $1 THEN due_at END) FROM item WHERE ") +
                                                  std::string(kIsWaiting) + " GROUP BY state, urgent, is_new, is_safe",
                                              {now}));
  std::vector<WaitingCountRow> counts;
  for (const auto& row : rows)
    counts.push_back({row.text(0), row.integer(1) != 0, row.integer(2) != 0, row.integer(3) != 0, row.integer(4), row.integer(5),
                      row.time(6), row.time_or_null(7)});
  return counts;
}

Result<std::map<ItemId, std::int64_t>> count_waiting_locations(store::Reader& reader) {
  return count_by_item(reader, "item_location");
}

Result<std::map<ItemId, std::int64_t>> count_waiting_reports(store::Reader& reader) {
  return count_by_item(reader, "report_item");
}

Result<> insert_location(store::Transaction& tx, const LocationRow& location) {
  return tx.append(
      "INSERT INTO item_location (id, item_id, address_key, sealed_address, scheme, host, country, state, "
      "first_seen_at, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {location.id, location.item_id, location.address_key, location.sealed_address, location.scheme, location.host,
       location.country, location.state, location.first_seen_at, location.version});
}

Result<LocationRow> find_location(store::Reader& reader, const LocationId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_location("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "location.unknown");
  return location_from(*row);
}

Result<std::optional<LocationRow>> find_location_by_key(store::Reader& reader, const Bytes& address_key) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one(select_location("WHERE address_key = $1 ORDER BY id DESC LIMIT 1"), {address_key}));
  if (!row) return std::nullopt;
  return location_from(*row);
}

Result<std::vector<LocationRow>> locations_of_item(store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_location("WHERE item_id = $1 ORDER BY id"), {item}));
  std::vector<LocationRow> locations;
  for (const auto& row : rows) locations.push_back(location_from(row));
  return locations;
}

Result<> set_location_state(store::Transaction& tx, const LocationRow& location, const std::string& state) {
  return tx.execute_versioned("UPDATE item_location SET state = $3, version = version + 1 WHERE id = $1 AND version = $2",
                              {location.id, location.version, state});
}

Result<> insert_fingerprint(store::Transaction& tx, const ItemId& item, const FingerprintRow& fingerprint) {
  return tx.append("INSERT INTO item_fingerprint (item_id, algorithm, value, quality, origin) VALUES ($1, $2, $3, $4, $5)",
                   {item, fingerprint.algorithm, fingerprint.value, fingerprint.quality, fingerprint.origin});
}

Result<std::vector<FingerprintRow>> fingerprints_of_item(store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query("SELECT algorithm, value, quality, origin FROM item_fingerprint WHERE item_id = $1 ORDER BY algorithm",
                   {item}));
  std::vector<FingerprintRow> found;
  for (const auto& row : rows) found.push_back({row.text(0), row.blob(1), row.integer_or_null(2), row.text(3)});
  return found;
}

Result<std::optional<ItemId>> find_item_by_sha256(store::Reader& reader, const Bytes& digest) {
  TUTELA_ASSIGN(
      const auto row,
      reader.query_one("SELECT item_id FROM item_fingerprint WHERE value = $1 AND algorithm = 'sha256' ORDER BY item_id LIMIT 1",
                       {digest}));
  if (!row) return std::nullopt;
  return row->id<ItemId>(0);
}

Result<std::vector<UndecidedItem>> list_undecided(store::Reader& reader, const std::string& state,
                                                  const std::optional<UndecidedItem>& after, std::int64_t count_max) {
  const std::int64_t seen_at = after ? to_unix_ms(after->first_seen_at) : -1;
  const Bytes id = after ? Bytes(after->id.bytes().begin(), after->id.bytes().end()) : Bytes();
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT i.id, i.first_seen_at, f.algorithm, f.value, f.quality, f.origin FROM "
                             "(SELECT id, first_seen_at FROM item WHERE state = $1 AND (first_seen_at, id) > ($2, $3) "
                             "ORDER BY first_seen_at, id LIMIT $4) AS i "
                             "LEFT JOIN item_fingerprint f ON f.item_id = i.id ORDER BY i.first_seen_at, i.id, f.algorithm",
                             {state, seen_at, id, count_max}));
  std::vector<UndecidedItem> items;
  for (const auto& row : rows) {
    const auto item = row.id<ItemId>(0);
    if (items.empty() || items.back().id != item) items.push_back({item, row.time(1), {}});
    if (!row.is_null(2)) items.back().fingerprints.push_back({row.text(2), row.blob(3), row.integer_or_null(4), row.text(5)});
  }
  return items;
}

Result<> insert_match(store::Transaction& tx, const ItemId& item, const ItemMatchRow& match) {
  return tx.append(
      "INSERT INTO item_match (item_id, entry_id, algorithm, distance, threshold, why, matched_at) VALUES ($1, $2, "
      "$3, $4, $5, $6, $7) "
      "ON CONFLICT DO NOTHING",
      {item, match.entry_id, match.algorithm, match.distance, match.threshold, match.why, match.matched_at});
}

Result<std::vector<ItemMatchRow>> matches_of_item(store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT entry_id, algorithm, distance, threshold, why, matched_at FROM item_match "
                                              "WHERE item_id = $1 ORDER BY distance, entry_id",
                                              {item}));
  std::vector<ItemMatchRow> found;
  for (const auto& row : rows)
    found.push_back({row.id<EntryId>(0), row.text(1), row.integer(2), row.integer(3), row.text(4), row.time(5)});
  return found;
}

}  // namespace tutela::review
