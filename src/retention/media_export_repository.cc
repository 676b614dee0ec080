#include "retention/media_export_repository.h"

namespace tutela::retention {
namespace {

Result<ExportRow> to_export(const store::Row& row) {
  TUTELA_ASSIGN(const auto purpose, parse_export_purpose(row.text(2)));
  TUTELA_ASSIGN(const auto state, parse_export_state(row.text(3)));
  return ExportRow{.id = row.id<ExportId>(0),
                   .item_id = row.id<ItemId>(1),
                   .purpose = purpose,
                   .state = state,
                   .requested_by = row.id<MemberId>(4),
                   .requested_at = row.time(5),
                   .decided_by = row.id_or_null<MemberId>(6),
                   .decided_at = row.time_or_null(7),
                   .ends_at = row.time_or_null(8),
                   .handed_out_at = row.time_or_null(9),
                   .version = row.integer(10)};
}

}  // namespace

Result<> insert_export(store::Transaction& tx, const ExportRow& row) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO media_export (id, item_id, purpose, state, requested_by, requested_at, decided_by, decided_at, ends_at, "
      "handed_out_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {row.id, row.item_id, to_word(row.purpose), to_word(row.state), row.requested_by, row.requested_at, row.decided_by,
       row.decided_at, row.ends_at, row.handed_out_at, row.version}));
  return {};
}

Result<> update_export(store::Transaction& tx, const ExportRow& row) {
  return tx.execute_versioned(
      "UPDATE media_export SET state = $3, decided_by = $4, decided_at = $5, ends_at = $6, handed_out_at = $7, "
      "version = version + 1 WHERE id = $1 AND version = $2",
      {row.id, row.version, to_word(row.state), row.decided_by, row.decided_at, row.ends_at, row.handed_out_at});
}

Result<ExportRow> find_export(store::Reader& reader, const ExportId& id) {
  TUTELA_ASSIGN(
      const auto row,
      reader.query_one("SELECT id, item_id, purpose, state, requested_by, requested_at, decided_by, decided_at, ends_at, "
                       "handed_out_at, version FROM media_export WHERE id = $1",
                       {id}));
  if (!row) return fail(ErrorCode::not_found, "export.unknown");
  return to_export(*row);
}

Result<std::vector<ExportRow>> list_exports(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT id, item_id, purpose, state, requested_by, requested_at, decided_by, decided_at, ends_at, "
                             "handed_out_at, version FROM media_export ORDER BY id DESC LIMIT $1",
                             {count_max}));
  std::vector<ExportRow> found;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto one, to_export(row));
    found.push_back(one);
  }
  return found;
}

}  // namespace tutela::retention
