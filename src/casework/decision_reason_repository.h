#pragma once

#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// Why a member decided: the words that stand beside a ledger entry and must not stand in it.
namespace tutela::casework {

struct DecisionReasonRow {
  Bytes id;          // 16 bytes, time-ordered
  std::string kind;  // of the ledger's entry: "routing.decided", "bank.entry_withdrawn", "notice.closed"
  std::string subject_type;
  Bytes subject_id;
  MemberId member_id;
  Time at;
  Bytes wrapped_key;
  Bytes sealed_reason;
};

Result<> insert_decision_reason(store::Transaction& tx, const DecisionReasonRow& reason);
// Oldest first.
Result<std::vector<DecisionReasonRow>> decision_reasons_of(store::Reader& reader, BytesView subject_id);

}  // namespace tutela::casework
