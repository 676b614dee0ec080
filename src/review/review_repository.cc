#include "review/review_repository.h"

namespace tutela::review {
namespace {

std::string select_view(std::string_view where) {
  return "SELECT id, item_id, member_id, location_id, mode, opened_at, last_beat_at, closed_at, seconds, version FROM "
         "item_view " +
         std::string(where);
}

ViewRow view_from(const store::Row& row) {
  return {row.id<ViewId>(0), row.id<ItemId>(1), row.id<MemberId>(2), row.id_or_null<LocationId>(3),
          row.text(4),       row.time(5),       row.time(6),         row.time_or_null(7),
          row.integer(8),    row.integer(9)};
}

Result<std::vector<ViewRow>> views(store::Reader& reader, std::string_view where,
                                   std::initializer_list<store::Value> parameters) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_view(where), parameters));
  std::vector<ViewRow> found;
  for (const auto& row : rows) found.push_back(view_from(row));
  return found;
}

ExposureRow exposure_from(const store::Row& row) {
  return {row.id<MemberId>(0), row.time(1), row.integer(2), row.integer(3), row.integer(4)};
}

}  // namespace

Result<std::optional<LeaseRow>> find_lease(store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one("SELECT item_id, member_id, claimed_at, until, version FROM lease WHERE item_id = $1", {item}));
  if (!row) return std::nullopt;
  return LeaseRow{row->id<ItemId>(0), row->id<MemberId>(1), row->time(2), row->time(3), row->integer(4)};
}

Result<> put_lease(store::Transaction& tx, const LeaseRow& lease) {
  return tx.execute_versioned(
      "INSERT INTO lease (item_id, member_id, claimed_at, until, version) VALUES ($1, $2, $3, $4, 1) "
      "ON CONFLICT (item_id) DO UPDATE SET member_id = $2, claimed_at = $3, until = $4, version = lease.version + 1 "
      "WHERE lease.version = $5",
      {lease.item_id, lease.member_id, lease.claimed_at, lease.until, lease.version});
}

Result<std::vector<LeaseRow>> list_leases(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT item_id, member_id, claimed_at, until, version FROM lease ORDER BY item_id"));
  std::vector<LeaseRow> leases;
  for (const auto& row : rows)
    leases.push_back({row.id<ItemId>(0), row.id<MemberId>(1), row.time(2), row.time(3), row.integer(4)});
  return leases;
}

Result<> delete_lease(store::Transaction& tx, const ItemId& item) {
  TUTELA_TRY(tx.execute("DELETE FROM lease WHERE item_id = $1", {item}));
  return {};
}

Result<> insert_assessment(store::Transaction& tx, const AssessmentRow& assessment) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO assessment (id, item_id, member_id, act, age_band, viewed, declared_seconds, sealed_reason, assessed_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {assessment.id, assessment.item_id, assessment.member_id, assessment.act, assessment.age_band, assessment.viewed,
       assessment.declared_seconds, assessment.sealed_reason, assessment.assessed_at}));
  return {};
}

Result<std::vector<AssessmentRow>> assessments_of_item(store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT id, item_id, member_id, act, age_band, viewed, declared_seconds, sealed_reason, "
                             "assessed_at FROM assessment WHERE item_id = $1 ORDER BY id",
                             {item}));
  std::vector<AssessmentRow> found;
  for (const auto& row : rows)
    found.push_back({row.id<AssessmentId>(0), row.id<ItemId>(1), row.id<MemberId>(2), row.text(3), row.text(4), row.text(5),
                     row.integer(6), row.blob(7), row.time(8)});
  return found;
}

Result<std::vector<std::pair<ItemId, MemberId>>> assessors_of_waiting(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT a.item_id, a.member_id FROM assessment a JOIN item i ON i.id = a.item_id "
                                              "WHERE i.state IN ('needs_second', 'in_review') ORDER BY a.id"));
  std::vector<std::pair<ItemId, MemberId>> found;
  for (const auto& row : rows) found.emplace_back(row.id<ItemId>(0), row.id<MemberId>(1));
  return found;
}

Result<> delete_assessments(store::Transaction& tx, const ItemId& item) {
  TUTELA_TRY(tx.execute("DELETE FROM assessment WHERE item_id = $1", {item}));
  return {};
}

Result<> insert_verdict(store::Transaction& tx, const VerdictRow& verdict) {
  TUTELA_TRY(
      tx.execute("INSERT INTO verdict (item_id, id, act, age_band, inherited_entry, viewed_here, decided_at) VALUES ($1, $2, $3, "
                 "$4, $5, $6, $7)",
                 {verdict.item_id, verdict.id, verdict.act, verdict.age_band, verdict.inherited_entry,
                  verdict.viewed_here ? 1 : 0, verdict.decided_at}));
  return {};
}

Result<std::optional<VerdictRow>> find_verdict(store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT item_id, id, act, age_band, inherited_entry, viewed_here, decided_at "
                                                 "FROM verdict WHERE item_id = $1",
                                                 {item}));
  if (!row) return std::nullopt;
  return VerdictRow{row->id<ItemId>(0),          row->id<VerdictId>(1), row->text(2), row->text(3),
                    row->id_or_null<EntryId>(4), row->integer(5) != 0,  row->time(6)};
}

Result<> delete_verdict(store::Transaction& tx, const ItemId& item) {
  TUTELA_TRY(tx.execute("DELETE FROM verdict WHERE item_id = $1", {item}));
  return {};
}

Result<> insert_view(store::Transaction& tx, const ViewRow& view) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO item_view (id, item_id, member_id, location_id, mode, opened_at, last_beat_at, closed_at, seconds, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {view.id, view.item_id, view.member_id, view.location_id, view.mode, view.opened_at, view.last_beat_at, view.closed_at,
       view.seconds, view.version}));
  return {};
}

Result<ViewRow> find_view(store::Reader& reader, const ViewId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_view("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "view.unknown");
  return view_from(*row);
}

Result<> update_view(store::Transaction& tx, const ViewRow& view) {
  return tx.execute_versioned(
      "UPDATE item_view SET last_beat_at = $3, closed_at = $4, seconds = $5, version = version + 1 WHERE id = $1 AND version = "
      "$2",
      {view.id, view.version, view.last_beat_at, view.closed_at, view.seconds});
}

Result<std::vector<ViewRow>> views_of_item(store::Reader& reader, const ItemId& item, const MemberId& member) {
  return views(reader, "WHERE item_id = $1 AND member_id = $2 ORDER BY id", {item, member});
}

Result<std::vector<ViewRow>> open_views(store::Reader& reader, Time last_beat_before) {
  return views(reader, "WHERE closed_at IS NULL AND last_beat_at < $1 ORDER BY id", {last_beat_before});
}

Result<ExposureRow> find_exposure(store::Reader& reader, const MemberId& member, Time shift_start) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT member_id, shift_start, seconds, weight, version FROM exposure "
                                                 "WHERE member_id = $1 AND shift_start = $2",
                                                 {member, shift_start}));
  if (!row) return ExposureRow{member, shift_start};
  return exposure_from(*row);
}

Result<> put_exposure(store::Transaction& tx, const ExposureRow& exposure) {
  return tx.execute_versioned(
      "INSERT INTO exposure (member_id, shift_start, seconds, weight, version) VALUES ($1, $2, $3, $4, 1) "
      "ON CONFLICT (member_id, shift_start) DO UPDATE SET seconds = $3, weight = $4, version = exposure.version + 1 "
      "WHERE exposure.version = $5",
      {exposure.member_id, exposure.shift_start, exposure.seconds, exposure.weight, exposure.version});
}

Result<std::vector<ExposureRow>> exposure_since(store::Reader& reader, Time since) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT member_id, shift_start, seconds, weight, version FROM exposure "
                                              "WHERE shift_start >= $1 ORDER BY member_id, shift_start",
                                              {since}));
  std::vector<ExposureRow> found;
  for (const auto& row : rows) found.push_back(exposure_from(row));
  return found;
}

}  // namespace tutela::review
