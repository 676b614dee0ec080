#include "casework/decision_reason_repository.h"

namespace tutela::casework {

Result<> insert_decision_reason(store::Transaction& tx, const DecisionReasonRow& reason) {
  TUTELA_TRY(
      tx.execute("INSERT INTO decision_reason (id, kind, subject_type, subject_id, member_id, at, wrapped_key, sealed_reason) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                 {reason.id, reason.kind, reason.subject_type, reason.subject_id, reason.member_id, reason.at, reason.wrapped_key,
                  reason.sealed_reason}));
  return {};
}

Result<std::vector<DecisionReasonRow>> decision_reasons_of(store::Reader& reader, BytesView subject_id) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT id, kind, subject_type, subject_id, member_id, at, wrapped_key, sealed_reason "
                             "FROM decision_reason WHERE subject_id = $1 ORDER BY id",
                             {subject_id}));
  std::vector<DecisionReasonRow> found;
  for (const auto& row : rows)
    found.push_back(
        {row.blob(0), row.text(1), row.text(2), row.blob(3), row.id<MemberId>(4), row.time(5), row.blob(6), row.blob(7)});
  return found;
}

}  // namespace tutela::casework
