#include "filing/incoming_repository.h"

namespace tutela::filing {
namespace {

std::string select_incoming(std::string_view where) {
  return "SELECT id, sender, reference, digest, state, urgent, received_at, wrapped_key, sealed_message, answer_sequence, "
         "outcome, version "
         "FROM incoming_referral " +
         std::string(where);
}

IncomingRow incoming_from(const store::Row& row) {
  return {row.id<IncomingId>(0), row.text(1), row.text(2), row.blob(3),    row.text(4),          row.integer(5) != 0,
          row.time(6),           row.blob(7), row.blob(8), row.integer(9), row.text_or_null(10), row.integer(11)};
}

}  // namespace

Result<> insert_incoming(store::Transaction& tx, const IncomingRow& incoming) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO incoming_referral (id, sender, reference, digest, state, urgent, received_at, wrapped_key, sealed_message, "
      "answer_sequence, outcome, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {incoming.id, incoming.sender, incoming.reference, incoming.digest, incoming.state, incoming.urgent ? 1 : 0,
       incoming.received_at, incoming.wrapped_key, incoming.sealed_message, incoming.answer_sequence, incoming.outcome,
       incoming.version}));
  return {};
}

Result<IncomingRow> find_incoming(store::Reader& reader, const IncomingId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_incoming("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "incoming.unknown");
  return incoming_from(*row);
}

Result<std::optional<IncomingRow>> find_incoming_by_reference(store::Reader& reader, const std::string& sender,
                                                              const std::string& reference) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_incoming("WHERE sender = $1 AND reference = $2"), {sender, reference}));
  if (!row) return std::nullopt;
  return incoming_from(*row);
}

Result<std::vector<IncomingRow>> list_incoming(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_incoming("ORDER BY urgent DESC, id LIMIT $1"), {count_max}));
  std::vector<IncomingRow> found;
  for (const auto& row : rows) found.push_back(incoming_from(row));
  return found;
}

Result<> update_incoming(store::Transaction& tx, const IncomingRow& incoming) {
  return tx.execute_versioned(
      "UPDATE incoming_referral SET state = $3, answer_sequence = $4, outcome = $5, version = version + 1 "
      "WHERE id = $1 AND version = $2",
      {incoming.id, incoming.version, incoming.state, incoming.answer_sequence, incoming.outcome});
}

Result<> insert_incoming_supplement(store::Transaction& tx, const IncomingSupplementRow& supplement) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO incoming_supplement (incoming_id, sequence, kind, sealed_body, received_at) VALUES ($1, $2, $3, $4, $5)",
      {supplement.incoming_id, supplement.sequence, supplement.kind, supplement.sealed_body, supplement.received_at}));
  return {};
}

Result<std::vector<IncomingSupplementRow>> supplements_of_incoming(store::Reader& reader, const IncomingId& incoming) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT incoming_id, sequence, kind, sealed_body, received_at FROM incoming_supplement "
                             "WHERE incoming_id = $1 ORDER BY sequence",
                             {incoming}));
  std::vector<IncomingSupplementRow> found;
  for (const auto& row : rows) found.push_back({row.id<IncomingId>(0), row.integer(1), row.text(2), row.blob(3), row.time(4)});
  return found;
}

Result<> insert_answer(store::Transaction& tx, const AnswerRow& answer) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO incoming_answer (incoming_id, sequence, answer, outcome, sealed_reason, at) VALUES ($1, $2, $3, $4, $5, $6)",
      {answer.incoming_id, answer.sequence, answer.answer, answer.outcome, answer.sealed_reason, answer.at}));
  return {};
}

Result<std::vector<AnswerRow>> answers_after(store::Reader& reader, const IncomingId& incoming, std::int64_t sequence) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT incoming_id, sequence, answer, outcome, sealed_reason, at FROM incoming_answer "
                             "WHERE incoming_id = $1 AND sequence > $2 ORDER BY sequence",
                             {incoming, sequence}));
  std::vector<AnswerRow> found;
  for (const auto& row : rows)
    found.push_back({row.id<IncomingId>(0), row.integer(1), row.text(2), row.text_or_null(3), row.blob_or_null(4), row.time(5)});
  return found;
}

}  // namespace tutela::filing
