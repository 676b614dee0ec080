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

// Moves a report as far as the records of its items and its concern now allow.
Result<> settle_report(const Context& context, store::Transaction& tx, const ReportId& report);
// The same for every report that speaks of `subject`, an item or a concern.
Result<> settle_reports(const Context& context, store::Transaction& tx, const About& subject);
// A member took an item or the concern of the report.
Result<> take_into_review(const Context& context, store::Transaction& tx, const ReportId& report, const Actor& actor);

}  // namespace tutela::line
