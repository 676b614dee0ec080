#pragma once

#include <optional>
#include <string>

#include "intake/receipt.h"
#include "intake/report_repository.h"
#include "intake/report_state.h"
#include "line/accounts.h"
#include "line/context.h"
#include "line/record.h"

// What becomes of reports, and what who reported may read of it.
namespace tutela::line {

struct ReporterState {
  intake::ReporterWord word;
  std::optional<std::string> released;
};
// denied nothing, told nothing: not_found, "receipt.unknown" for every receipt that is not ours.
Result<ReporterState> state_for_receipt(const Context& context, const intake::Receipt& receipt);
// For the machine that handed it in. not_found, "report.unknown" also for another's.
Result<ReporterState> state_for_token(const Context& context, const ReportId& report, const TokenId& token);

Bytes receipt_hash(const Context& context, const intake::Receipt& receipt);

// The words a member may release: "removed", "passed_on", "child_safeguarded", "outside_remit". invalid, "report.bad_word".
Result<> release_word(const Context& context, const ReportId& report, const std::string& word, const SignedIn& member);

// Moves every report that speaks of `subject` (an item or a concern) as far as the records now allow.
Result<> settle_reports(const Context& context, store::Transaction& tx, const About& subject);
// The same for one report whose item or concern a member took.
Result<> take_into_review(store::Transaction& tx, const ReportId& report);

}  // namespace tutela::line
