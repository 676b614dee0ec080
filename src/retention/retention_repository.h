#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retention/clock_watch.h"
#include "retention/destruction.h"
#include "store/migrations.h"
#include "store/store.h"

// Destructions, schedules, holds and the clocks as stored, and the records of a class wherever they stand.
namespace tutela::retention {

inline constexpr std::string_view kRetentionSchema = R"sql(
CREATE TABLE destruction (
  id BLOB PRIMARY KEY, class_name TEXT NOT NULL UNIQUE, state TEXT NOT NULL, proposed_at BIGINT NOT NULL, first_member BLOB,
  second_member BLOB, schedule_id BLOB, decided_at BIGINT, destroyed BIGINT NOT NULL, kept BIGINT NOT NULL, finished_at BIGINT,
  version BIGINT NOT NULL);
CREATE TABLE retention_schedule (
  id BLOB PRIMARY KEY, record_class TEXT NOT NULL, first_member BLOB NOT NULL, begun_at BIGINT NOT NULL, second_member BLOB,
  approved_at BIGINT, ended_at BIGINT, version BIGINT NOT NULL);
CREATE TABLE legal_hold (
  id BLOB PRIMARY KEY, subject_type TEXT NOT NULL, subject_id BLOB NOT NULL, set_by BLOB NOT NULL, set_at BIGINT NOT NULL, ends_at BIGINT,
  lifted_by BLOB, lifted_at BIGINT, version BIGINT NOT NULL);
CREATE INDEX legal_hold_by_subject ON legal_hold (subject_id);
CREATE TABLE retention_guard (id BIGINT PRIMARY KEY, turns BIGINT NOT NULL);
INSERT INTO retention_guard (id, turns) VALUES (1, 0);
CREATE TABLE clock_watch (
  id BIGINT PRIMARY KEY, seen_at BIGINT NOT NULL, boot TEXT NOT NULL, since_boot BIGINT NOT NULL, quiet_left BIGINT NOT NULL,
  why TEXT NOT NULL, version BIGINT NOT NULL);
CREATE TABLE after_pending (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, subject_type TEXT NOT NULL, subject_id TEXT NOT NULL, about_type TEXT NOT NULL,
  about_id TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE media_export (
  id BLOB PRIMARY KEY, item_id BLOB NOT NULL, purpose TEXT NOT NULL, state TEXT NOT NULL, requested_by BLOB NOT NULL,
  requested_at BIGINT NOT NULL, decided_by BLOB, decided_at BIGINT, ends_at BIGINT, handed_out_at BIGINT, version BIGINT NOT NULL);
CREATE INDEX media_export_by_item ON media_export (item_id);
)sql";

// Erasures, the records that they name and the classes that they drop.
inline constexpr std::string_view kErasureSchema = R"sql(
CREATE TABLE erasure (
  id BLOB PRIMARY KEY, reason TEXT NOT NULL, state TEXT NOT NULL, proposed_by BLOB NOT NULL, proposed_at BIGINT NOT NULL,
  approved_by BLOB, refused_by BLOB, decided_at BIGINT, refused_because TEXT, law_row TEXT, destroyed BIGINT NOT NULL,
  kept BIGINT NOT NULL, finished_at BIGINT, version BIGINT NOT NULL);
CREATE TABLE erasure_record (
  id BLOB PRIMARY KEY, erasure_id BLOB NOT NULL, subject_type TEXT NOT NULL, subject_id BLOB NOT NULL);
CREATE INDEX erasure_record_by_erasure ON erasure_record (erasure_id);
CREATE INDEX erasure_record_by_subject ON erasure_record (subject_id);
CREATE TABLE erasure_class (id BLOB PRIMARY KEY, erasure_id BLOB NOT NULL, class_name TEXT NOT NULL);
CREATE INDEX erasure_class_by_erasure ON erasure_class (erasure_id);
)sql";

// What the steps do to a node that exists: nothing to its rows; its first look at the clocks waits 72 hours.
inline constexpr std::array kRetentionMigrations{store::Migration{4, kRetentionSchema}, store::Migration{11, kErasureSchema}};

Result<> insert_destruction(store::Transaction& tx, const DestructionRow& row);
// On the version the row was read with.
Result<> update_destruction(store::Transaction& tx, const DestructionRow& row);
// not_found, "retention.unknown_destruction".
Result<DestructionRow> find_destruction(store::Reader& reader, const DestructionId& id);
Result<std::optional<DestructionRow>> find_destruction_of(store::Reader& reader, const std::string& class_name);
// Newest first, at most `count_max`.
Result<std::vector<DestructionRow>> list_destructions(store::Reader& reader, std::int64_t count_max);

Result<> insert_schedule(store::Transaction& tx, const ScheduleRow& row);
Result<> update_schedule(store::Transaction& tx, const ScheduleRow& row);
// not_found, "retention.unknown_schedule".
Result<ScheduleRow> find_schedule(store::Reader& reader, const ScheduleId& id);
Result<std::vector<ScheduleRow>> list_schedules(store::Reader& reader);

Result<> insert_hold(store::Transaction& tx, const HoldRow& row);
Result<> update_hold(store::Transaction& tx, const HoldRow& row);
// not_found, "hold.unknown".
Result<HoldRow> find_hold(store::Reader& reader, const HoldId& id);
// Those in force or not yet over first, newest first, at most `count_max`.
Result<std::vector<HoldRow>> list_holds(store::Reader& reader, std::int64_t count_max);

// Whoever sets a hold and whoever looks at holds for the last time take this first, in their transaction: on PostgreSQL one of
// the two then waits or is run again.
Result<> take_guard(store::Transaction& tx);

Result<std::optional<ClockRow>> find_clock(store::Reader& reader);
Result<> put_clock(store::Transaction& tx, const ClockRow& row);

// What a list that begins anew is still to be given of what the database knows.
struct PendingRow {
  Bytes id;
  std::string kind, subject_type, subject_id, about_type, about_id;
  Time at;
};
Result<> insert_pending(store::Transaction& tx, const PendingRow& row);
Result<std::vector<PendingRow>> list_pending(store::Reader& reader, std::int64_t count_max);
// The same once more is no error.
Result<> replace_pending(store::Transaction& tx, const PendingRow& row);
// All destructions and holds that the database knows and the newest `withdrawals_max` withdrawals, as rows of that kind. `id` is
// the record's own; of a hold `about_id` holds the 16 bytes of what is held; only the class of a destruction is written out.
Result<std::vector<PendingRow>> list_after_facts(store::Reader& reader, std::int64_t withdrawals_max);
Result<> delete_pending(store::Transaction& tx, const Bytes& id);

// Every table whose rows have a wrapped key of their own. A test compares it with the schema.
struct KeyedTable {
  std::string_view name;
  std::string_view id_column;
  std::string_view held;  // conditions over the row `t`; $2 is the time, $3 since when filing preserves
  std::string_view preserved;
  std::string_view open;
};
std::span<const KeyedTable> keyed_tables();

struct KeyedRow {
  store::Value::Variant id;
  Bytes wrapped_key;
  std::optional<KeptBecause> kept;           // by itself
  std::optional<Bytes> subject_wrapped_key;  // of the record that it explains
};
struct ClassQuery {
  Bytes prefix;  // of the wrapped keys of the class
  Time now;
  std::optional<Time> filed_since;  // what was filed later is preserved
};
// Rows of that table whose key is wrapped under the class, by ascending id behind `after`, at most `count_max`.
// Cost  reads the table from `after` on
Result<std::vector<KeyedRow>> rows_of_class(store::Reader& reader, const KeyedTable& table, const ClassQuery& query,
                                            const std::optional<store::Value::Variant>& after, std::int64_t count_max);
// One row of that table, whatever its class. not_found, "hold.unknown_record". `prefix` is of no matter.
Result<KeyedRow> keyed_row(store::Reader& reader, const KeyedTable& table, const Bytes& id, const ClassQuery& query);
// conflict, "store.row_changed" when the row has another key by now.
Result<> put_wrapped_key(store::Transaction& tx, const KeyedTable& table, const KeyedRow& row, const Bytes& wrapped_key);
// The wrapped key of what a hold is about. not_found, "hold.unknown_record".
Result<Bytes> wrapped_key_of(store::Reader& reader, const std::string& subject_type, const Bytes& subject_id);

// What is left of an item when its class was destroyed: its fingerprints, verdict and history stay; its file, its addresses and
// the members' words go.
struct ItemRemains {
  Bytes id;
  std::optional<std::string> object_name;
};
Result<std::vector<ItemRemains>> items_of_class(store::Reader& reader, const Bytes& prefix, std::int64_t count_max);
Result<std::optional<std::string>> object_of_item(store::Reader& reader, const Bytes& item);
struct SealedPlace {
  std::string column;  // "assessment.sealed_reason"
  Bytes id;
};
// The sealed fields of an item that may not be absent.
Result<std::vector<SealedPlace>> sealed_places_of_item(store::Reader& reader, const Bytes& item);
Result<> put_sealed(store::Transaction& tx, const SealedPlace& place, const Bytes& sealed);
Result<> empty_item(store::Transaction& tx, const Bytes& item, const Bytes& wrapped_key);

}  // namespace tutela::retention
