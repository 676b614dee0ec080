#include "retention/retention_repository.h"

#include <algorithm>

#include <fmt/format.h>

namespace tutela::retention {
namespace {

constexpr std::string_view kDestructionColumns =
    "id, class_name, state, proposed_at, first_member, second_member, schedule_id, decided_at, destroyed, kept, finished_at, "
    "version";

Result<DestructionRow> to_destruction(const store::Row& row) {
  TUTELA_ASSIGN(const auto state, parse_destruction_state(row.text(2)));
  return DestructionRow{.id = row.id<DestructionId>(0),
                        .class_name = row.text(1),
                        .state = state,
                        .proposed_at = row.time(3),
                        .first_member = row.id_or_null<MemberId>(4),
                        .second_member = row.id_or_null<MemberId>(5),
                        .schedule = row.id_or_null<ScheduleId>(6),
                        .decided_at = row.time_or_null(7),
                        .destroyed = row.integer(8),
                        .kept = row.integer(9),
                        .finished_at = row.time_or_null(10),
                        .version = row.integer(11)};
}

constexpr std::string_view kScheduleColumns =
    "id, record_class, first_member, begun_at, second_member, approved_at, ended_at, version";

ScheduleRow to_schedule(const store::Row& row) {
  return {row.id<ScheduleId>(0),       row.text(1),         row.id<MemberId>(2), row.time(3),
          row.id_or_null<MemberId>(4), row.time_or_null(5), row.time_or_null(6), row.integer(7)};
}

constexpr std::string_view kHoldColumns = "id, subject_type, subject_id, set_by, set_at, ends_at, lifted_by, lifted_at, version";

HoldRow to_hold(const store::Row& row) {
  return {row.id<HoldId>(0),           row.text(1),         row.blob(2),   row.id<MemberId>(3), row.time(4), row.time_or_null(5),
          row.id_or_null<MemberId>(6), row.time_or_null(7), row.integer(8)};
}

store::Value to_value(const store::Value::Variant& variant) {
  return std::visit(
      [](const auto& value) -> store::Value {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
          return std::nullopt;
        else
          return value;
      },
      variant);
}

constexpr std::string_view kNever = "1 = 0";

// A hold on a report covers its items and what was sent of them, and a hold on an item the reports that speak of it. A hold on a
// concern covers its report.
constexpr std::array kKeyedTables{
    KeyedTable{.name = "report",
               .id_column = "id",
               .held = "h.subject_id = t.id OR h.subject_id IN (SELECT item_id FROM report_item WHERE report_id = t.id) OR "
                       "h.subject_id IN (SELECT id FROM concern WHERE report_id = t.id)",
               .preserved = "f.subject_id IN (SELECT item_id FROM report_item WHERE report_id = t.id) OR "
                            "f.subject_id IN (SELECT id FROM concern WHERE report_id = t.id)",
               .open = "t.state NOT IN ('decided', 'closed')"},
    KeyedTable{.name = "item",
               .id_column = "id",
               .held = "h.subject_id = t.id OR h.subject_id IN (SELECT report_id FROM report_item WHERE item_id = t.id)",
               .preserved = "f.subject_id = t.id",
               .open = "t.state <> 'final'"},
    KeyedTable{.name = "referral",
               .id_column = "id",
               .held = "h.subject_id = t.id OR h.subject_id = t.subject_id OR h.subject_id IN "
                       "(SELECT report_id FROM report_item WHERE item_id = t.subject_id) OR h.subject_id IN "
                       "(SELECT report_id FROM concern WHERE id = t.subject_id)",
               .preserved = "f.id = t.id",
               .open = "t.state IN ('drafted', 'approved', 'sending', 'choose_channel')"},
    KeyedTable{.name = "incoming_referral",
               .id_column = "id",
               .held = "h.subject_id = t.id",
               .preserved = kNever,
               .open = "t.state IN ('received', 'acknowledged', 'accepted')"},
    KeyedTable{.name = "notice",
               .id_column = "id",
               .held = "h.subject_id = t.id OR h.subject_id = t.item_id OR h.subject_id IN "
                       "(SELECT report_id FROM report_item WHERE item_id = t.item_id)",
               .preserved = kNever,
               .open = "t.closed_at IS NULL"},
    KeyedTable{.name = "outbox",
               .id_column = "id",
               .held = "h.subject_id = t.subject_id",
               .preserved = kNever,
               .open = "t.state = 'waiting'"},
    // The channels of today.
    KeyedTable{.name = "authority", .id_column = "name", .held = kNever, .preserved = kNever, .open = "1 = 1"},
    // Last: what explains a record follows it.
    KeyedTable{
        .name = "decision_reason", .id_column = "id", .held = "h.subject_id = t.subject_id", .preserved = kNever, .open = kNever},
};

// The key of what a decision_reason explains, where that is a record with a key.
constexpr std::string_view kSubjectKey =
    "COALESCE((SELECT s.wrapped_key FROM item s WHERE s.id = t.subject_id), "
    "(SELECT s.wrapped_key FROM report s WHERE s.id = t.subject_id), "
    "(SELECT s.wrapped_key FROM referral s WHERE s.id = t.subject_id), "
    "(SELECT s.wrapped_key FROM incoming_referral s WHERE s.id = t.subject_id), "
    "(SELECT s.wrapped_key FROM notice s WHERE s.id = t.subject_id), "
    "(SELECT s.wrapped_key FROM report s JOIN concern c ON c.report_id = s.id WHERE c.id = t.subject_id))";

std::optional<KeptBecause> to_kept(std::int64_t number) {
  switch (number) {
    case 1:
      return KeptBecause::hold;
    case 2:
      return KeptBecause::preservation;
    case 3:
      return KeptBecause::open;
    default:
      return std::nullopt;
  }
}

bool explains_another(const KeyedTable& table) { return table.name == "decision_reason"; }

// The row `t` of a table with why it is kept; $2 and $3 as KeyedTable says.
std::string select_keyed(const KeyedTable& table) {
  return fmt::format(
      "SELECT t.{0}, t.wrapped_key, CAST(CASE "
      "WHEN EXISTS (SELECT 1 FROM legal_hold h WHERE h.lifted_at IS NULL AND (h.ends_at IS NULL OR h.ends_at > $2) AND ({1})) "
      "THEN 1 "
      "WHEN EXISTS (SELECT 1 FROM referral f WHERE f.sent_at > $3 AND ({2})) THEN 2 "
      "WHEN {3} THEN 3 ELSE 0 END AS BIGINT), {4} FROM {5} t",
      table.id_column, table.held, table.preserved, table.open,
      explains_another(table) ? kSubjectKey : std::string_view("t.wrapped_key"), table.name);
}

KeyedRow to_keyed(const KeyedTable& table, const store::Row& row) {
  KeyedRow keyed{table.id_column == "name" ? store::Value::Variant(row.text(0)) : store::Value::Variant(row.blob(0)), row.blob(1),
                 to_kept(row.integer(2)), std::nullopt};
  if (explains_another(table)) keyed.subject_wrapped_key = row.blob_or_null(3);
  return keyed;
}

}  // namespace

std::span<const KeyedTable> keyed_tables() { return kKeyedTables; }

Result<> insert_destruction(store::Transaction& tx, const DestructionRow& row) {
  TUTELA_TRY(tx.execute(
      fmt::format("INSERT INTO destruction ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", kDestructionColumns),
      {row.id, row.class_name, to_word(row.state), row.proposed_at, row.first_member, row.second_member, row.schedule,
       row.decided_at, row.destroyed, row.kept, row.finished_at, row.version}));
  return {};
}

Result<> update_destruction(store::Transaction& tx, const DestructionRow& row) {
  return tx.execute_versioned(
      "UPDATE destruction SET state = $3, proposed_at = $4, first_member = $5, second_member = $6, schedule_id = $7, "
      "decided_at = $8, destroyed = $9, kept = $10, finished_at = $11, version = version + 1 WHERE id = $1 AND version = $2",
      {row.id, row.version, to_word(row.state), row.proposed_at, row.first_member, row.second_member, row.schedule,
       row.decided_at, row.destroyed, row.kept, row.finished_at});
}

Result<DestructionRow> find_destruction(store::Reader& reader, const DestructionId& id) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one(fmt::format("SELECT {} FROM destruction WHERE id = $1", kDestructionColumns), {id}));
  if (!row) return fail(ErrorCode::not_found, "retention.unknown_destruction");
  return to_destruction(*row);
}

Result<std::optional<DestructionRow>> find_destruction_of(store::Reader& reader, const std::string& class_name) {
  TUTELA_ASSIGN(
      const auto row,
      reader.query_one(fmt::format("SELECT {} FROM destruction WHERE class_name = $1", kDestructionColumns), {class_name}));
  if (!row) return std::nullopt;
  TUTELA_ASSIGN(auto found, to_destruction(*row));
  return std::optional(std::move(found));
}

Result<std::vector<DestructionRow>> list_destructions(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query(fmt::format("SELECT {} FROM destruction ORDER BY id DESC LIMIT $1", kDestructionColumns), {count_max}));
  std::vector<DestructionRow> found;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(auto one, to_destruction(row));
    found.push_back(std::move(one));
  }
  return found;
}

Result<> insert_schedule(store::Transaction& tx, const ScheduleRow& row) {
  TUTELA_TRY(tx.execute(
      fmt::format("INSERT INTO retention_schedule ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", kScheduleColumns),
      {row.id, row.record_class, row.first_member, row.begun_at, row.second_member, row.approved_at, row.ended_at, row.version}));
  return {};
}

Result<> update_schedule(store::Transaction& tx, const ScheduleRow& row) {
  return tx.execute_versioned(
      "UPDATE retention_schedule SET second_member = $3, approved_at = $4, ended_at = $5, version = version + 1 "
      "WHERE id = $1 AND version = $2",
      {row.id, row.version, row.second_member, row.approved_at, row.ended_at});
}

Result<ScheduleRow> find_schedule(store::Reader& reader, const ScheduleId& id) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one(fmt::format("SELECT {} FROM retention_schedule WHERE id = $1", kScheduleColumns), {id}));
  if (!row) return fail(ErrorCode::not_found, "retention.unknown_schedule");
  return to_schedule(*row);
}

Result<std::vector<ScheduleRow>> list_schedules(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows,
                reader.query(fmt::format("SELECT {} FROM retention_schedule ORDER BY id DESC LIMIT 500", kScheduleColumns)));
  std::vector<ScheduleRow> found;
  for (const auto& row : rows) found.push_back(to_schedule(row));
  return found;
}

Result<> insert_hold(store::Transaction& tx, const HoldRow& row) {
  TUTELA_TRY(tx.execute(fmt::format("INSERT INTO legal_hold ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", kHoldColumns),
                        {row.id, row.subject_type, row.subject_id, row.set_by, row.set_at, row.ends_at, row.lifted_by,
                         row.lifted_at, row.version}));
  return {};
}

Result<> update_hold(store::Transaction& tx, const HoldRow& row) {
  return tx.execute_versioned(
      "UPDATE legal_hold SET lifted_by = $3, lifted_at = $4, version = version + 1 WHERE id = $1 AND version = $2",
      {row.id, row.version, row.lifted_by, row.lifted_at});
}

Result<HoldRow> find_hold(store::Reader& reader, const HoldId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(fmt::format("SELECT {} FROM legal_hold WHERE id = $1", kHoldColumns), {id}));
  if (!row) return fail(ErrorCode::not_found, "hold.unknown");
  return to_hold(*row);
}

Result<std::vector<HoldRow>> list_holds(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query(fmt::format("SELECT {} FROM legal_hold ORDER BY CASE WHEN lifted_at IS NULL THEN 0 ELSE 1 END, id DESC "
                               "LIMIT $1",
                               kHoldColumns),
                   {count_max}));
  std::vector<HoldRow> found;
  for (const auto& row : rows) found.push_back(to_hold(row));
  return found;
}

Result<> take_guard(store::Transaction& tx) {
  TUTELA_TRY(tx.execute("UPDATE retention_guard SET turns = turns + 1 WHERE id = 1"));
  return {};
}

Result<std::optional<ClockRow>> find_clock(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one("SELECT seen_at, boot, since_boot, quiet_left, why, version FROM clock_watch WHERE id = 1"));
  if (!row) return std::nullopt;
  return ClockRow{
      {row->time(0), row->text(1), Duration(row->integer(2))}, Duration(row->integer(3)), row->text(4), row->integer(5)};
}

Result<> put_clock(store::Transaction& tx, const ClockRow& row) {
  const std::initializer_list<store::Value> values = {row.last.wall,          row.last.boot, row.last.since_boot.count(),
                                                      row.quiet_left.count(), row.why,       row.version};
  if (row.version > 0)
    return tx.execute_versioned(
        "UPDATE clock_watch SET seen_at = $1, boot = $2, since_boot = $3, quiet_left = $4, why = $5, version = version + 1 "
        "WHERE id = 1 AND version = $6",
        values);
  TUTELA_TRY(tx.execute("DELETE FROM clock_watch WHERE id = 1"));
  TUTELA_TRY(
      tx.execute("INSERT INTO clock_watch (id, seen_at, boot, since_boot, quiet_left, why, version) "
                 "VALUES (1, $1, $2, $3, $4, $5, 1)",
                 {row.last.wall, row.last.boot, row.last.since_boot.count(), row.quiet_left.count(), row.why}));
  return {};
}

Result<> insert_pending(store::Transaction& tx, const PendingRow& row) {
  TUTELA_TRY(
      tx.execute("INSERT INTO after_pending (id, kind, subject_type, subject_id, about_type, about_id, at) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                 {row.id, row.kind, row.subject_type, row.subject_id, row.about_type, row.about_id, row.at}));
  return {};
}

Result<std::vector<PendingRow>> list_pending(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT id, kind, subject_type, subject_id, about_type, about_id, at "
                                              "FROM after_pending ORDER BY id LIMIT $1",
                                              {count_max}));
  std::vector<PendingRow> found;
  for (const auto& row : rows)
    found.push_back({row.blob(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.time(6)});
  return found;
}

Result<> replace_pending(store::Transaction& tx, const PendingRow& row) {
  TUTELA_TRY(delete_pending(tx, row.id));
  return insert_pending(tx, row);
}

Result<std::vector<PendingRow>> list_after_facts(store::Reader& reader, std::int64_t withdrawals_max) {
  std::vector<PendingRow> found;
  TUTELA_ASSIGN(const auto classes,
                reader.query("SELECT id, class_name, finished_at FROM destruction WHERE state = 'destroyed' ORDER BY id"));
  for (const auto& row : classes) found.push_back({row.blob(0), "tombstone", "class", row.text(1), {}, {}, row.time(2)});
  TUTELA_ASSIGN(const auto dropped, reader.query("SELECT c.id, c.class_name, e.finished_at FROM erasure_class c JOIN erasure e "
                                                 "ON e.id = c.erasure_id WHERE e.state = 'destroyed' ORDER BY c.id"));
  for (const auto& row : dropped) found.push_back({row.blob(0), "tombstone", "class", row.text(1), {}, {}, row.time(2)});
  TUTELA_ASSIGN(const auto holds,
                reader.query("SELECT id, subject_type, subject_id, set_at, lifted_at FROM legal_hold ORDER BY id"));
  for (const auto& row : holds) {
    const std::string held(as_text(row.blob(2)));
    found.push_back({row.blob(0), "hold_set", "hold", {}, row.text(1), held, row.time(3)});
    if (const auto lifted = row.time_or_null(4))
      found.push_back({row.blob(0), "hold_lifted", "hold", {}, row.text(1), held, *lifted});
  }
  // When it was withdrawn stands in the ledger alone; the list says when the entry was made.
  TUTELA_ASSIGN(const auto entries, reader.query("SELECT id, created_at FROM bank_entry WHERE status = 'withdrawn' "
                                                 "ORDER BY feed DESC, id LIMIT $1",
                                                 {withdrawals_max}));
  for (const auto& row : entries) found.push_back({row.blob(0), "withdrawal", "entry", {}, {}, {}, row.time(1)});
  return found;
}

Result<> delete_pending(store::Transaction& tx, const Bytes& id) {
  TUTELA_TRY(tx.execute("DELETE FROM after_pending WHERE id = $1", {id}));
  return {};
}

Result<std::vector<KeyedRow>> rows_of_class(store::Reader& reader, const KeyedTable& table, const ClassQuery& query,
                                            const std::optional<store::Value::Variant>& after, std::int64_t count_max) {
  const auto sql =
      fmt::format("{0} WHERE substr(t.wrapped_key, 1, {2}) = $1{3} ORDER BY t.{1} LIMIT {4}", select_keyed(table),
                  table.id_column, query.prefix.size(), after ? fmt::format(" AND t.{} > $4", table.id_column) : "", count_max);
  std::vector<store::Value> values{query.prefix, query.now, query.filed_since.value_or(Time::max())};
  if (after) values.push_back(to_value(*after));
  TUTELA_ASSIGN(const auto rows, reader.query(sql, std::span<const store::Value>(values)));
  std::vector<KeyedRow> found;
  for (const auto& row : rows) found.push_back(to_keyed(table, row));
  return found;
}

Result<KeyedRow> keyed_row(store::Reader& reader, const KeyedTable& table, const Bytes& id, const ClassQuery& query) {
  TUTELA_ASSIGN(const auto row, reader.query_one(fmt::format("{} WHERE t.{} = $1", select_keyed(table), table.id_column),
                                                 {id, query.now, query.filed_since.value_or(Time::max())}));
  if (!row) return fail(ErrorCode::not_found, "hold.unknown_record");
  return to_keyed(table, *row);
}

Result<> put_wrapped_key(store::Transaction& tx, const KeyedTable& table, const KeyedRow& row, const Bytes& wrapped_key) {
  return tx.execute_versioned(
      fmt::format("UPDATE {} SET wrapped_key = $3 WHERE {} = $1 AND wrapped_key = $2", table.name, table.id_column),
      {to_value(row.id), row.wrapped_key, wrapped_key});
}

Result<Bytes> wrapped_key_of(store::Reader& reader, const std::string& subject_type, const Bytes& subject_id) {
  std::string sql;
  if (subject_type == "concern") {
    sql = "SELECT r.wrapped_key FROM report r JOIN concern c ON c.report_id = r.id WHERE c.id = $1";
  } else {
    sql =
        fmt::format("SELECT wrapped_key FROM {} WHERE id = $1", subject_type == "incoming" ? "incoming_referral" : subject_type);
  }
  TUTELA_ASSIGN(const auto row, reader.query_one(sql, {subject_id}));
  if (!row) return fail(ErrorCode::not_found, "hold.unknown_record");
  return row->blob(0);
}

Result<std::vector<ItemRemains>> items_of_class(store::Reader& reader, const Bytes& prefix, std::int64_t count_max) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query(fmt::format("SELECT id, object_name FROM item WHERE substr(wrapped_key, 1, {}) = $1 ORDER BY id LIMIT {}",
                               prefix.size(), count_max),
                   {prefix}));
  std::vector<ItemRemains> found;
  for (const auto& row : rows) found.push_back({row.blob(0), row.text_or_null(1)});
  return found;
}

Result<std::optional<std::string>> object_of_item(store::Reader& reader, const Bytes& item) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT object_name FROM item WHERE id = $1", {item}));
  if (!row) return std::nullopt;
  return row->text_or_null(0);
}

Result<std::vector<SealedPlace>> sealed_places_of_item(store::Reader& reader, const Bytes& item) {
  std::vector<SealedPlace> places;
  TUTELA_ASSIGN(const auto locations, reader.query("SELECT id FROM item_location WHERE item_id = $1", {item}));
  for (const auto& row : locations) places.push_back({"item_location.sealed_address", row.blob(0)});
  TUTELA_ASSIGN(const auto assessments, reader.query("SELECT id FROM assessment WHERE item_id = $1", {item}));
  for (const auto& row : assessments) places.push_back({"assessment.sealed_reason", row.blob(0)});
  return places;
}

Result<> put_sealed(store::Transaction& tx, const SealedPlace& place, const Bytes& sealed) {
  const auto dot = place.column.find('.');
  const auto table = place.column.substr(0, dot);
  TUTELA_TRY(tx.execute(fmt::format("UPDATE {} SET {} = $2 WHERE {} = $1", table, place.column.substr(dot + 1),
                                    table == "idempotency" ? "report_id" : "id"),
                        {place.id, sealed}));
  return {};
}

Result<> empty_item(store::Transaction& tx, const Bytes& item, const Bytes& wrapped_key) {
  TUTELA_TRY(tx.execute(
      "UPDATE item SET object_name = NULL, sealed_capture = NULL, wrapped_key = $2, version = version + 1 WHERE id = $1",
      {item, wrapped_key}));
  return {};
}

}  // namespace tutela::retention
