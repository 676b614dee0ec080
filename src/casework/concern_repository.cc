#include "casework/concern_repository.h"

namespace tutela::casework {
namespace {

std::string select_concern(std::string_view where) {
  return "SELECT id, report_id, kind, in_danger_now, assessment, assessed_by, assessed_at, sealed_reason, received_at, due_at, "
         "closed_at, "
         "version FROM concern " +
         std::string(where);
}

ConcernRow concern_from(const store::Row& row) {
  return {row.id<ConcernId>(0),        row.id<ReportId>(1), row.text(2),         row.integer(3) != 0, row.text_or_null(4),
          row.id_or_null<MemberId>(5), row.time_or_null(6), row.blob_or_null(7), row.time(8),         row.time(9),
          row.time_or_null(10),        row.integer(11)};
}

std::vector<ConcernRow> concerns_from(const std::vector<store::Row>& rows) {
  std::vector<ConcernRow> concerns;
  for (const auto& row : rows) concerns.push_back(concern_from(row));
  return concerns;
}

}  // namespace

Result<> insert_concern(store::Transaction& tx, const ConcernRow& concern) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO concern (id, report_id, kind, in_danger_now, assessment, assessed_by, assessed_at, sealed_reason, "
      "received_at, due_at, "
      "closed_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {concern.id, concern.report_id, concern.kind, concern.in_danger_now ? 1 : 0, concern.assessment, concern.assessed_by,
       concern.assessed_at, concern.sealed_reason, concern.received_at, concern.due_at, concern.closed_at, concern.version}));
  return {};
}

Result<ConcernRow> find_concern(store::Reader& reader, const ConcernId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_concern("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "concern.unknown");
  return concern_from(*row);
}

Result<std::vector<ConcernRow>> concerns_of_report(store::Reader& reader, const ReportId& report) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_concern("WHERE report_id = $1 ORDER BY id"), {report}));
  return concerns_from(rows);
}

Result<std::vector<ConcernRow>> open_concerns(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_concern("WHERE closed_at IS NULL ORDER BY in_danger_now DESC, due_at, id")));
  return concerns_from(rows);
}

Result<> update_concern(store::Transaction& tx, const ConcernRow& concern) {
  return tx.execute_versioned(
      "UPDATE concern SET assessment = $3, assessed_by = $4, assessed_at = $5, sealed_reason = $6, closed_at = $7, version = "
      "version + 1 "
      "WHERE id = $1 AND version = $2",
      {concern.id, concern.version, concern.assessment, concern.assessed_by, concern.assessed_at, concern.sealed_reason,
       concern.closed_at});
}

Result<> insert_person(store::Transaction& tx, const PersonRow& person) {
  TUTELA_TRY(tx.execute("INSERT INTO person (id, concern_id, role, age_band, sealed_description) VALUES ($1, $2, $3, $4, $5)",
                        {person.id, person.concern_id, person.role, person.age_band, person.sealed_description}));
  return {};
}

Result<std::vector<PersonRow>> persons_of_concern(store::Reader& reader, const ConcernId& concern) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT id, concern_id, role, age_band, sealed_description FROM person "
                                              "WHERE concern_id = $1 ORDER BY id",
                                              {concern}));
  std::vector<PersonRow> persons;
  for (const auto& row : rows)
    persons.push_back({row.id<PersonId>(0), row.id<ConcernId>(1), row.text(2), row.text(3), row.blob_or_null(4)});
  return persons;
}

}  // namespace tutela::casework
