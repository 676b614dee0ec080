#include "match/match_answer_repository.h"

#include "crypto/digest.h"

namespace tutela::match {

Result<> add_answers(store::Transaction& tx, const AnswerMinuteRow& answers) {
  TUTELA_ASSIGN(const auto row, tx.query_one("SELECT queries_max, queries, hits, digest, recorded FROM match_answer "
                                             "WHERE token_id = $1 AND minute = $2",
                                             {answers.token_id, answers.minute}));
  if (!row) {
    TUTELA_TRY(
        tx.execute("INSERT INTO match_answer (token_id, minute, queries_max, queries, hits, digest, recorded) "
                   "VALUES ($1, $2, $3, $4, $5, $6, 0)",
                   {answers.token_id, answers.minute, answers.queries_max, answers.queries, answers.hits, answers.digest}));
    return {};
  }
  if (row->integer(4) != 0) return {};
  Bytes digest = row->blob(3);
  if (answers.queries > 0) {
    append_bytes(digest, answers.digest);
    const auto chained = crypto::sha256(digest);
    digest.assign(chained.begin(), chained.end());
  }
  TUTELA_TRY(tx.execute(
      "UPDATE match_answer SET queries_max = $3, queries = $4, hits = $5, digest = $6 WHERE token_id = $1 AND minute = $2",
      {answers.token_id, answers.minute, row->integer(0) + answers.queries_max, row->integer(1) + answers.queries,
       row->integer(2) + answers.hits, digest}));
  return {};
}

Result<std::vector<AnswerMinuteRow>> unrecorded_minutes(store::Reader& reader, std::int64_t minute) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT token_id, minute, queries_max, queries, hits, digest FROM match_answer "
                                              "WHERE recorded = 0 AND minute < $1 ORDER BY minute, token_id LIMIT 1000",
                                              {minute}));
  std::vector<AnswerMinuteRow> found;
  for (const auto& row : rows)
    found.push_back({row.id<TokenId>(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4), row.blob(5)});
  return found;
}

Result<> mark_recorded(store::Transaction& tx, const AnswerMinuteRow& row) {
  TUTELA_TRY(tx.execute("UPDATE match_answer SET recorded = 1 WHERE token_id = $1 AND minute = $2", {row.token_id, row.minute}));
  return {};
}

}  // namespace tutela::match
