#pragma once

#include <vector>

#include "model/ids.h"
#include "store/store.h"

// What was answered to whom: one row a caller and minute, so that a busy platform is one ledger entry a minute and not thousands
// (I3).
namespace tutela::match {

struct AnswerMinuteRow {
  TokenId token_id;
  std::int64_t minute;       // since 1970
  std::int64_t queries_max;  // at least as many as were answered, at any moment; equal to `queries` once all were counted
  std::int64_t queries;
  std::int64_t hits;
  Bytes digest;  // SHA-256 over the questions, chained from answer to answer
};

// Adds the three numbers to the caller's row of that minute (queries_max may shrink); the digest becomes SHA-256(stored ‖ new),
// and stays when `queries` is 0. A minute that is in the ledger already is left as it is.
Result<> add_answers(store::Transaction& tx, const AnswerMinuteRow& answers);
// Of minutes before `minute`, not yet in the ledger, at most a thousand.
Result<std::vector<AnswerMinuteRow>> unrecorded_minutes(store::Reader& reader, std::int64_t minute);
Result<> mark_recorded(store::Transaction& tx, const AnswerMinuteRow& row);

}  // namespace tutela::match
