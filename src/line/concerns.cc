#include "line/concerns.h"

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "line/case_facts.h"
#include "line/referrals.h"
#include "line/reports.h"
#include "line/sealed.h"

namespace tutela::line {
namespace {

Result<std::optional<std::string>> open_if(const Context& context, const intake::ReportRow& report, std::string_view column,
                                           BytesView row, const std::optional<Bytes>& sealed) {
  if (!sealed) return std::nullopt;
  TUTELA_ASSIGN(auto text, open_sealed_text(context, report.wrapped_key, column, row, *sealed));
  return std::optional(std::move(text));
}

Result<std::vector<IndicatorView>> read_indicators(const Context& context, store::Reader& reader,
                                                   const intake::ReportRow& report) {
  std::vector<IndicatorView> views;
  TUTELA_ASSIGN(const auto rows, intake::indicators_of_report(reader, report.id));
  for (const auto& row : rows) {
    TUTELA_ASSIGN(auto value,
                  open_sealed_text(context, report.wrapped_key, "indicator.sealed_value", row.id.bytes(), row.sealed_value));
    views.push_back({row.id, row.type, std::move(value)});
  }
  return views;
}

}  // namespace

Result<ConcernDetail> read_concern(const Context& context, const ConcernId& id, const SignedIn& member) {
  std::optional<ConcernDetail> detail;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto concern, casework::find_concern(tx, id));
    TUTELA_ASSIGN(const auto report, intake::find_report(tx, concern.report_id));
    detail = ConcernDetail{concern, {}, {}, {}, {}, {}};
    TUTELA_ASSIGN(detail->text, open_if(context, report, "report.sealed_text", report.id.bytes(), report.sealed_text));
    TUTELA_ASSIGN(detail->reason, open_if(context, report, "concern.sealed_reason", id.bytes(), concern.sealed_reason));
    TUTELA_ASSIGN(const auto persons, casework::persons_of_concern(tx, id));
    for (const auto& person : persons) {
      TUTELA_ASSIGN(auto description,
                    open_if(context, report, "person.sealed_description", person.id.bytes(), person.sealed_description));
      detail->persons.push_back({person.id, person.role, person.age_band, std::move(description)});
    }
    TUTELA_ASSIGN(detail->indicators, read_indicators(context, tx, report));
    if (concern.assessment && *concern.assessment != "out_of_remit") {
      TUTELA_ASSIGN(const auto countries, countries_of_concern(context, tx, id));
      TUTELA_ASSIGN(const auto kind, node_kind(context));
      TUTELA_ASSIGN(const auto message, concern_message(context, tx, id, law::evaluate_concern(context.law, countries, kind)));
      detail->missing = missing_words(message);
    }
    return record(context, tx, "detail.read", About("concern", id), member.actor());
  }));
  return *std::move(detail);
}

Result<ReportDetail> read_report(const Context& context, const ReportId& id, const SignedIn& member) {
  std::optional<ReportDetail> detail;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto report, intake::find_report(tx, id));
    detail = ReportDetail{report, {}, {}, {}, {}};
    TUTELA_ASSIGN(detail->text, open_if(context, report, "report.sealed_text", id.bytes(), report.sealed_text));
    TUTELA_ASSIGN(detail->items, intake::items_of_report(tx, id));
    TUTELA_ASSIGN(const auto concerns, casework::concerns_of_report(tx, id));
    if (!concerns.empty()) detail->concern = concerns.front().id;
    TUTELA_ASSIGN(detail->indicators, read_indicators(context, tx, report));
    return record(context, tx, "detail.read", About("report", id), member.actor());
  }));
  return *std::move(detail);
}

Result<> assess_concern(const Context& context, const ConcernId& id, const ConcernJudgement& judgement, const SignedIn& member) {
  if (judgement.reason.reveal().empty()) return fail(ErrorCode::invalid, "concern.reason_missing", "field reason");
  if (judgement.reason.reveal().size() > limits::kReasonBytesMax)
    return fail(ErrorCode::limit, "concern.reason_too_long", "field reason");
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(auto concern, casework::find_concern(tx, id));
    if (concern.closed_at) return fail(ErrorCode::conflict, "concern.closed");
    TUTELA_ASSIGN(const auto report, intake::find_report(tx, concern.report_id));
    TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(report.wrapped_key));
    concern.assessment = casework::to_word(judgement.assessment);
    concern.assessed_by = member.id();
    concern.assessed_at = now;
    concern.sealed_reason = seal(context, key, "concern.sealed_reason", id.bytes(), judgement.reason.reveal());
    if (judgement.assessment == casework::ConcernAssessment::out_of_remit) concern.closed_at = now;
    TUTELA_TRY(casework::update_concern(tx, concern));
    TUTELA_TRY(
        record(context, tx, "concern.assessed", About("concern", id), member.actor(), {{"assessment", *concern.assessment}}));
    if (concern.closed_at) TUTELA_TRY(record(context, tx, "concern.closed", About("concern", id), member.actor()));
    TUTELA_TRY(take_into_review(context, tx, concern.report_id, member.actor()));
    return settle_reports(context, tx, About("concern", id));
  });
}

Result<ReferralId> refer_concern(const Context& context, const ConcernId& id, const NewReferral& wanted, const SignedIn& member) {
  if (wanted.statement.reveal().empty()) return fail(ErrorCode::invalid, "concern.statement_missing", "field statement");
  if (wanted.statement.reveal().size() > limits::kReportTextBytesMax)
    return fail(ErrorCode::limit, "concern.statement_too_long", "field statement");
  std::optional<ReferralId> referral;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto concern, casework::find_concern(tx, id));
    if (concern.closed_at) return fail(ErrorCode::conflict, "concern.closed");
    if (!concern.assessment) return fail(ErrorCode::conflict, "concern.not_assessed");
    const bool urgent = wanted.urgency == filing::Urgency::urgent;
    if (urgent && concern.assessment != casework::to_word(casework::ConcernAssessment::urgent))
      return fail(ErrorCode::conflict, "concern.not_urgent");
    TUTELA_ASSIGN(const auto countries, countries_of_concern(context, tx, id));
    TUTELA_ASSIGN(const auto kind, node_kind(context));
    TUTELA_ASSIGN(auto message, concern_message(context, tx, id, law::evaluate_concern(context.law, countries, kind)));
    message.urgent = urgent;
    std::get<filing::ConcernSubject>(message.subject).statement = wanted.statement;
    TUTELA_ASSIGN(const auto assessment, casework::parse_concern_assessment(*concern.assessment));
    const auto due = casework::file_due_at(assessment, *concern.assessed_at);
    TUTELA_ASSIGN(const auto row, draft_referral(context, tx,
                                                 {.subject_type = "concern",
                                                  .subject_id = Bytes(id.bytes().begin(), id.bytes().end()),
                                                  .authority = wanted.authority,
                                                  .due = due,
                                                  .drafted_by = member.id(),
                                                  .message = std::move(message)},
                                                 member.actor()));
    referral = row.id;
    if (urgent) TUTELA_TRY(approve_referral(context, tx, row.id, member));
    concern.closed_at = context.clock.now();
    TUTELA_TRY(casework::update_concern(tx, concern));
    TUTELA_TRY(record(context, tx, "concern.closed", About("concern", id), member.actor(), {{"referral", row.id.to_string()}}));
    return settle_reports(context, tx, About("concern", id));
  }));
  return *referral;
}

}  // namespace tutela::line
