#include "filing/outbox_repository.h"

namespace tutela::filing {
namespace {

std::string select_outbox(std::string_view where) {
  return "SELECT id, kind, subject_id, destination, idempotency_key, state, attempts, next_at, last_reason, wrapped_key, "
         "sealed_payload, "
         "created_at, version FROM outbox " +
         std::string(where);
}

OutboxRow outbox_from(const store::Row& row) {
  return {row.id<OutboxId>(0), row.text(1),         row.blob(2), row.text(3),  row.text(4),  row.text(5),    row.integer(6),
          row.time(7),         row.text_or_null(8), row.blob(9), row.blob(10), row.time(11), row.integer(12)};
}

}  // namespace

Result<> insert_outbox(store::Transaction& tx, const OutboxRow& row) {
  TUTELA_TRY(
      tx.execute("INSERT INTO outbox (id, kind, subject_id, destination, idempotency_key, state, attempts, next_at, last_reason, "
                 "wrapped_key, sealed_payload, created_at, version) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                 {row.id, row.kind, row.subject_id, row.destination, row.idempotency_key, row.state, row.attempts, row.next_at,
                  row.last_reason, row.wrapped_key, row.sealed_payload, row.created_at, row.version}));
  return {};
}

Result<std::vector<OutboxRow>> due_outbox(store::Reader& reader, Time now, std::int64_t count_max) {
  TUTELA_ASSIGN(
      const auto rows,
      reader.query(select_outbox("WHERE state = 'waiting' AND next_at <= $1 ORDER BY next_at, id LIMIT $2"), {now, count_max}));
  std::vector<OutboxRow> found;
  for (const auto& row : rows) found.push_back(outbox_from(row));
  return found;
}

Result<OutboxCounts> count_outbox(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT COUNT(*), MIN(created_at) FROM outbox WHERE state = 'waiting'"));
  OutboxCounts counts{row->integer(0), std::nullopt};
  if (counts.waiting > 0) counts.oldest_at = row->time(1);
  return counts;
}

Result<std::optional<OutboxRow>> find_outbox_by_key(store::Reader& reader, const std::string& idempotency_key) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_outbox("WHERE idempotency_key = $1"), {idempotency_key}));
  if (!row) return std::nullopt;
  return outbox_from(*row);
}

Result<> update_outbox(store::Transaction& tx, const OutboxRow& row) {
  return tx.execute_versioned(
      "UPDATE outbox SET state = $3, attempts = $4, next_at = $5, last_reason = $6, version = version + 1 "
      "WHERE id = $1 AND version = $2",
      {row.id, row.version, row.state, row.attempts, row.next_at, row.last_reason});
}

}  // namespace tutela::filing
