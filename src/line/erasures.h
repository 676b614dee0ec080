#pragma once

#include <string>
#include <vector>

#include "base/sensitive.h"
#include "line/accounts.h"
#include "line/context.h"
#include "retention/clock_watch.h"
#include "retention/erasure_repository.h"

// The destruction of named records before their month is over (retention/erasure.h): what else stands in their classes goes on
// under the next generation of the same month, and the keys of the classes are dropped (spec/keys.md).
namespace tutela::line {

struct NewErasure {
  std::vector<retention::ErasureRecord> records;  // 1..limits::kErasureRecordsMax, each once
  retention::ErasureReason reason;
  Sensitive<std::string> words;  // why, by whose order; kept sealed
};
// Nothing happens until another member approves. Whatever would refuse it then refuses it here already:
// conflict, "retention.held", "retention.preserved" (with the row of the law), "retention.unfinished" (end it first),
// "erasure.already_destroyed", "erasure.already_proposed"; not_found, "erasure.unknown_record"; invalid, "erasure.no_records",
// "erasure.repeated_record"; limit, "erasure.too_many_records".
Result<retention::ErasureRow> propose_erasure(const Context& context, const NewErasure& wanted, const SignedIn& member);
// As retention::approve, retention::refuse of an erasure. Approving looks at the records as propose_erasure() does.
Result<retention::ErasureRow> approve_erasure(const Context& context, const ErasureId& id, const SignedIn& member);
Result<retention::ErasureRow> refuse_erasure(const Context& context, const ErasureId& id, const SignedIn& member);

// What was said for it, for who is to decide; that it was read is recorded about each of its records. not_found,
// "erasure.unknown", "vault.key_destroyed" (its own class was destroyed since).
Result<Sensitive<std::string>> read_words_of_erasure(const Context& context, const ErasureId& id, const SignedIn& member);

// The next step of one erasure, each whole before it returns: approved to intended to destroying to destroyed. In approved and in
// intended a hold, the law or an open matter refuses it, which is no error here. Returns the row afterwards.
// conflict, "retention.clock_unsettled"; "retention.class_busy" while another destruction works on one of its classes.
// Cost  moves everything else of the classes: reads every table with keys of its own, and rewrites a key a row
Result<retention::ErasureRow> advance_erasure(const Context& context, const ErasureId& id,
                                              const retention::ClockReading& reading);
// All steps of everything that was approved or begun, the oldest first. What waits is no error. Returns how many were completed.
Result<std::size_t> carry_out_erasures(const Context& context, const retention::ClockReading& reading);

}  // namespace tutela::line
