#include "retention/erasure_repository.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"

namespace tutela::retention {
namespace {

constexpr std::string_view kColumns =
    "id, reason, state, proposed_by, proposed_at, approved_by, refused_by, decided_at, refused_because, law_row, destroyed, "
    "kept, "
    "finished_at, version";

Result<ErasureRow> to_erasure(const store::Row& row) {
  TUTELA_ASSIGN(const auto reason, parse_erasure_reason(row.text(1)));
  TUTELA_ASSIGN(const auto state, parse_destruction_state(row.text(2)));
  std::optional<KeptBecause> because;
  if (const auto word = row.text_or_null(8)) {
    TUTELA_ASSIGN(because, parse_kept_because(*word));
  }
  return ErasureRow{.id = row.id<ErasureId>(0),
                    .reason = reason,
                    .state = state,
                    .proposed_by = row.id<MemberId>(3),
                    .proposed_at = row.time(4),
                    .approved_by = row.id_or_null<MemberId>(5),
                    .refused_by = row.id_or_null<MemberId>(6),
                    .decided_at = row.time_or_null(7),
                    .refused_because = because,
                    .law_row = row.text_or_null(9),
                    .destroyed = row.integer(10),
                    .kept = row.integer(11),
                    .finished_at = row.time_or_null(12),
                    .version = row.integer(13)};
}

std::optional<std::string> word_of(const std::optional<KeptBecause>& because) {
  if (!because) return std::nullopt;
  return std::string(to_word(*because));
}

// How a record that can be named stands in the tables.
struct Kind {
  std::string_view subject;  // kErasureSubjects
  std::string_view table;    // of keyed_tables()
  // Over the row `t`: what must be ended before it can be erased. Empty: the table's own `open`.
  std::string_view in_work;
  std::string_view reasons;  // over `t`, a decision_reason, with $1 the record's id
  bool has_outbox;
};
constexpr std::string_view kReasonsOfIt = "t.subject_id = $1";
constexpr std::array kKinds{
    // Who reported may ask for it while the report waits in a queue; a child of whom it speaks may not be left alone for it.
    Kind{"report", "report", "EXISTS (SELECT 1 FROM concern c WHERE c.report_id = t.id AND c.closed_at IS NULL)",
         "t.subject_id = $1 OR t.subject_id IN (SELECT id FROM concern WHERE report_id = $1)", false},
    // What this node may not have it may not have in a queue either.
    Kind{"item", "item",
         "EXISTS (SELECT 1 FROM referral f WHERE f.subject_id = t.id AND f.state IN "
         "('drafted', 'approved', 'sending', 'choose_channel')) OR "
         "EXISTS (SELECT 1 FROM notice n WHERE n.item_id = t.id AND n.closed_at IS NULL)",
         kReasonsOfIt, false},
    Kind{"referral", "referral", {}, kReasonsOfIt, true},
    Kind{"incoming", "incoming_referral", {}, kReasonsOfIt, false},
    Kind{"notice", "notice", {}, kReasonsOfIt, true},
};

const Kind& kind_of(const ErasureRecord& record) {
  const auto found = std::ranges::find(kKinds, record.subject_type, &Kind::subject);
  TUTELA_CHECK(found != kKinds.end());
  return *found;
}

const KeyedTable& table_of(std::string_view name) {
  const auto found = std::ranges::find(keyed_tables(), name, &KeyedTable::name);
  TUTELA_CHECK(found != keyed_tables().end());
  return *found;
}

Result<bool> exists(store::Reader& reader, const std::string& from, std::initializer_list<store::Value> values) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT 1 FROM " + from + " LIMIT 1", values));
  return !rows.empty();
}

}  // namespace

Result<> insert_erasure(store::Transaction& tx, const ErasureRow& row) {
  TUTELA_TRY(tx.execute(
      fmt::format("INSERT INTO erasure ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
                  "$14)",
                  kColumns),
      {row.id, to_word(row.reason), to_word(row.state), row.proposed_by, row.proposed_at, row.approved_by, row.refused_by,
       row.decided_at, word_of(row.refused_because), row.law_row, row.destroyed, row.kept, row.finished_at, row.version}));
  return {};
}

Result<> update_erasure(store::Transaction& tx, const ErasureRow& row) {
  return tx.execute_versioned(
      "UPDATE erasure SET state = $3, approved_by = $4, refused_by = $5, decided_at = $6, refused_because = $7, law_row = $8, "
      "destroyed = $9, kept = $10, finished_at = $11, version = version + 1 WHERE id = $1 AND version = $2",
      {row.id, row.version, to_word(row.state), row.approved_by, row.refused_by, row.decided_at, word_of(row.refused_because),
       row.law_row, row.destroyed, row.kept, row.finished_at});
}

Result<ErasureRow> find_erasure(store::Reader& reader, const ErasureId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(fmt::format("SELECT {} FROM erasure WHERE id = $1", kColumns), {id}));
  if (!row) return fail(ErrorCode::not_found, "erasure.unknown");
  return to_erasure(*row);
}

Result<std::vector<ErasureRow>> list_erasures(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows,
                reader.query(fmt::format("SELECT {} FROM erasure ORDER BY id DESC LIMIT $1", kColumns), {count_max}));
  std::vector<ErasureRow> found;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(auto one, to_erasure(row));
    found.push_back(std::move(one));
  }
  return found;
}

Result<> insert_erasure_record(store::Transaction& tx, const Bytes& id, const ErasureId& erasure, const ErasureRecord& record) {
  TUTELA_TRY(tx.execute("INSERT INTO erasure_record (id, erasure_id, subject_type, subject_id) VALUES ($1, $2, $3, $4)",
                        {id, erasure, record.subject_type, record.subject_id}));
  return {};
}

Result<std::vector<ErasureRecord>> records_of_erasure(store::Reader& reader, const ErasureId& id) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT subject_type, subject_id FROM erasure_record WHERE erasure_id = $1 ORDER BY id", {id}));
  std::vector<ErasureRecord> found;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(auto type, parse_erasure_subject(row.text(0)));
    found.push_back({std::move(type), row.blob(1)});
  }
  return found;
}

Result<bool> is_named_elsewhere(store::Reader& reader, const ErasureId& erasure, const ErasureRecord& record) {
  return exists(reader,
                "erasure_record r JOIN erasure e ON e.id = r.erasure_id WHERE r.subject_id = $1 AND r.erasure_id <> $2 "
                "AND e.state NOT IN ('refused', 'destroyed')",
                {record.subject_id, erasure});
}

Result<bool> is_being_erased(store::Reader& reader, const Bytes& subject_id) {
  return exists(reader,
                "erasure_record r JOIN erasure e ON e.id = r.erasure_id WHERE e.state = 'destroying' AND (r.subject_id = $1 OR "
                "r.subject_id IN (SELECT report_id FROM concern WHERE id = $1) OR "
                "r.subject_id IN (SELECT item_id FROM report_item WHERE report_id = $1) OR "
                "r.subject_id IN (SELECT report_id FROM report_item WHERE item_id = $1) OR "
                "r.subject_id IN (SELECT id FROM referral WHERE subject_id = $1) OR "
                "r.subject_id IN (SELECT id FROM notice WHERE item_id = $1))",
                {subject_id});
}

Result<> insert_erasure_class(store::Transaction& tx, const Bytes& id, const ErasureId& erasure, const std::string& class_name) {
  TUTELA_TRY(tx.execute("INSERT INTO erasure_class (id, erasure_id, class_name) VALUES ($1, $2, $3)", {id, erasure, class_name}));
  return {};
}

Result<std::set<std::string>> classes_of_erasure(store::Reader& reader, const ErasureId& id) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT class_name FROM erasure_class WHERE erasure_id = $1", {id}));
  std::set<std::string> names;
  for (const auto& row : rows) names.insert(row.text(0));
  return names;
}

Result<bool> is_another_begun(store::Reader& reader, const ErasureId& id) {
  return exists(reader, "erasure WHERE id <> $1 AND state IN ('intended', 'destroying')", {id});
}

Result<bool> is_dropped_by_erasure(store::Reader& reader, const std::string& class_name) {
  return exists(reader,
                "erasure_class c JOIN erasure e ON e.id = c.erasure_id WHERE c.class_name = $1 "
                "AND e.state IN ('intended', 'destroying')",
                {class_name});
}

Result<KeyedRow> row_to_erase(store::Reader& reader, const ErasureRecord& record, const ClassQuery& query) {
  const auto& kind = kind_of(record);
  auto row = keyed_row(reader, table_of(kind.table), record.subject_id, query);
  if (!row && row.error().code == ErrorCode::not_found) return fail(ErrorCode::not_found, "erasure.unknown_record");
  TUTELA_TRY(row);
  const bool is_kept_otherwise = row->kept && row->kept != KeptBecause::open;
  if (is_kept_otherwise) return row;
  bool in_work = row->kept == KeptBecause::open;
  if (!kind.in_work.empty()) {
    TUTELA_ASSIGN(in_work,
                  exists(reader, fmt::format("{} t WHERE t.id = $1 AND ({})", kind.table, kind.in_work), {record.subject_id}));
  }
  if (!in_work && kind.has_outbox) {
    TUTELA_ASSIGN(in_work, exists(reader, "outbox WHERE subject_id = $1 AND state = 'waiting'", {record.subject_id}));
  }
  row->kept = in_work ? std::optional(KeptBecause::open) : std::nullopt;
  return row;
}

Result<std::vector<BelongingRow>> rows_belonging_to(store::Reader& reader, const ErasureRecord& record) {
  const auto& kind = kind_of(record);
  std::vector<BelongingRow> found;
  const auto add = [&](std::string_view table, std::string_view where) -> Result<> {
    TUTELA_ASSIGN(const auto rows,
                  reader.query(fmt::format("SELECT t.id, t.wrapped_key FROM {} t WHERE {}", table, where), {record.subject_id}));
    for (const auto& row : rows) found.push_back({std::string(table), row.blob(0), row.blob(1)});
    return {};
  };
  TUTELA_TRY(add(kind.table, "t.id = $1"));
  TUTELA_TRY(add("decision_reason", kind.reasons));
  if (kind.has_outbox) TUTELA_TRY(add("outbox", "t.subject_id = $1"));
  return found;
}

Result<std::vector<SealedPlace>> sealed_places_of_report(store::Reader& reader, const Bytes& report) {
  std::vector<SealedPlace> places;
  TUTELA_ASSIGN(const auto indicators, reader.query("SELECT id FROM indicator WHERE report_id = $1", {report}));
  for (const auto& row : indicators) places.push_back({"indicator.sealed_value", row.blob(0)});
  // Its context is the report, whose answer it repeats.
  places.push_back({"idempotency.sealed_receipt", report});
  return places;
}

Result<> empty_report(store::Transaction& tx, const Bytes& report, const Bytes& wrapped_key) {
  TUTELA_TRY(tx.execute(
      "UPDATE report SET sealed_text = NULL, sealed_contact = NULL, wrapped_key = $2, version = version + 1 WHERE id = $1",
      {report, wrapped_key}));
  TUTELA_TRY(tx.execute("UPDATE concern SET sealed_reason = NULL, version = version + 1 WHERE report_id = $1", {report}));
  TUTELA_TRY(tx.execute(
      "UPDATE person SET sealed_description = NULL WHERE concern_id IN (SELECT id FROM concern WHERE report_id = $1)", {report}));
  return {};
}

}  // namespace tutela::retention
