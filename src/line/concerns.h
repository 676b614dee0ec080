#pragma once

#include <optional>
#include <string>
#include <vector>

#include "casework/concern.h"
#include "casework/concern_repository.h"
#include "filing/approval.h"
#include "filing/referral_repository.h"
#include "intake/report_repository.h"
#include "line/accounts.h"
#include "line/context.h"

// Concerns: a child who may be at risk, with or without content.
namespace tutela::line {

struct PersonView {
  PersonId id;
  std::string role;
  std::string age_band;
  std::optional<std::string> description;
};

struct IndicatorView {
  IndicatorId id;
  std::string type;
  std::string value;
};

struct ConcernDetail {
  casework::ConcernRow concern;
  std::optional<std::string> text;    // of the report
  std::optional<std::string> reason;  // of the assessment
  std::vector<PersonView> persons;
  std::vector<IndicatorView> indicators;
  std::vector<std::string> missing;  // what an authority would have to ask back for; once it is assessed
};
// Opens what is sealed, so the ledger's entry is durable before it returns. not_found, "concern.unknown".
Result<ConcernDetail> read_concern(const Context& context, const ConcernId& concern, const SignedIn& member);

struct ReportDetail {
  intake::ReportRow report;
  std::optional<std::string> text;
  std::vector<ItemId> items;
  std::optional<ConcernId> concern;
  std::vector<IndicatorView> indicators;
};
// The same for a report. The reporter's contact stays sealed.
Result<ReportDetail> read_report(const Context& context, const ReportId& report, const SignedIn& member);

struct ConcernJudgement {
  casework::ConcernAssessment assessment;
  Sensitive<std::string> reason;  // what a referral will state
};
// conflict, "concern.closed"; invalid, "concern.reason_missing".
Result<> assess_concern(const Context& context, const ConcernId& concern, const ConcernJudgement& judgement,
                        const SignedIn& member);

// Drafts a referral of an assessed concern. An urgent one leaves at once on this one member's word, and a second confirms within
// 24 hours. conflict, "concern.not_assessed", "concern.not_urgent", "concern.closed"; invalid, "concern.statement_missing".
struct NewReferral {
  std::string authority;
  filing::Urgency urgency;
  Sensitive<std::string> statement;  // what the authority reads, in the member's words
};
Result<ReferralId> refer_concern(const Context& context, const ConcernId& concern, const NewReferral& referral,
                                 const SignedIn& member);

}  // namespace tutela::line
