#include "portal/door.h"

#include "api/problem.h"
#include "casework/indicator.h"
#include "http/form.h"
#include "intake/receipt.h"
#include "line/reporting.h"
#include "line/reports.h"
#include "portal/door_pages.h"
#include "portal/render.h"

namespace tutela::portal {
namespace {

using http::Form;
using http::form_value;

std::string value(const Form& form, std::string_view field) { return std::string(form_value(form, field)); }

// The form again, with what was typed and what is wrong with it.
void put_problem(Page& page, const Error& error) {
  const auto text = problem_words(error);
  page.values.text("problem", std::string(text.title) + ".")
      .text("kept", std::string(text.kept))
      .text("todo", std::string(text.todo));
  page.status = api::status_of(error);
}

Page report_form(const Form& form) {
  Page page{"Report an address", pages::kReportForm, {}};
  for (const auto* field : {"address", "text", "contact"}) page.values.text(field, value(form, field));
  return page;
}

Page worry_form(const Form& form) {
  Page page{"A child you worry about", pages::kWorryForm, {}};
  for (const auto* field : {"text", "child", "account", "contact"}) page.values.text(field, value(form, field));
  std::vector<Values> kinds;
  for (const auto kind : casework::kConcernKinds) {
    const std::string code(casework::to_word(kind));
    kinds.push_back(Values()
                        .text("code", code)
                        .text("label", std::string(pages::kind_text(code)))
                        .flag("chosen", value(form, "kind") == code));
  }
  page.values.list("kinds", std::move(kinds));
  return page;
}

Page received_page(const std::string& receipt, bool urgent) {
  Page page{"Thank you", pages::kReceived, {}};
  page.values.text("receipt", receipt).flag("urgent", urgent);
  return page;
}

Result<intake::SubmissionDraft> draft_report(const Form& form) {
  intake::SubmissionDraft draft;
  draft.channel = intake::Channel::public_door;
  draft.kind = intake::ReportKind::content;
  if (form_value(form, "address").empty()) return fail(ErrorCode::invalid, "report.no_address", "field address");
  draft.addresses.emplace_back(value(form, "address"));
  draft.text = Sensitive<std::string>(value(form, "text"));
  draft.contact = Sensitive<std::string>(value(form, "contact"));
  return draft;
}

Result<intake::SubmissionDraft> draft_worry(const Form& form) {
  intake::SubmissionDraft draft;
  draft.channel = intake::Channel::public_door;
  draft.kind = intake::ReportKind::concern;
  const auto kind = casework::parse_concern_kind(form_value(form, "kind"));
  if (!kind) return fail(ErrorCode::invalid, "report.no_kind", "field kind");
  const bool now = form_value(form, "in_danger_now") == "yes";
  draft.concern = intake::ConcernDraft{*kind, now ? casework::DangerSaid::now : casework::DangerSaid::not_said};
  draft.text = Sensitive<std::string>(value(form, "text"));
  draft.contact = Sensitive<std::string>(value(form, "contact"));
  if (!form_value(form, "child").empty())
    draft.persons.push_back(
        {casework::PersonRole::child_at_risk, AgeBand::unknown, Sensitive<std::string>(value(form, "child"))});
  if (!form_value(form, "account").empty()) {
    // What does not look like an account is kept in the text rather than refused: a worried person is not a form.
    const auto account = value(form, "account");
    if (casework::Indicator::parse(casework::IndicatorType::account, account))
      draft.indicators.push_back({casework::IndicatorType::account, Sensitive<std::string>(account)});
    else
      draft.text = Sensitive<std::string>(draft.text.reveal() + "\n" + account);
  }
  return draft;
}

http::Response take(const line::Context& context, const http::Request& request,
                    Result<intake::SubmissionDraft> (*draft_of)(const Form&), Page (*form_of)(const Form&)) {
  const auto form = http::parse_form(request);
  if (!form) return render_problem(Door::public_door, context.node.name, form.error());
  const auto received = [&]() -> Result<line::ReceivedReport> {
    TUTELA_ASSIGN(auto draft, draft_of(*form));
    TUTELA_ASSIGN(const auto submission, intake::Submission::validate(std::move(draft)));
    return line::receive_report(context, submission, std::nullopt, std::nullopt);
  }();
  if (!received) {
    Page page = form_of(*form);
    put_problem(page, received.error());
    return render(Door::public_door, context.node.name, page);
  }
  return render(Door::public_door, context.node.name,
                received_page(received->receipt.reveal(), form_value(*form, "in_danger_now") == "yes"));
}

http::Response check_receipt(const line::Context& context, const http::Request& request) {
  const auto form = http::parse_form(request);
  if (!form) return render_problem(Door::public_door, context.node.name, form.error());
  const auto given = intake::Receipt::parse(form_value(*form, "receipt"));
  if (!given) return render_problem(Door::public_door, context.node.name, given.error());
  const auto typed = intake::Receipt::parse(form_value(*form, "typed"));
  if (typed && *typed == *given)
    return render(Door::public_door, context.node.name, {"You have your receipt", pages::kReceiptKept, {}});
  Page page = received_page(given->reveal_text(), form_value(*form, "in_danger_now") == "yes");
  page.values.text("problem", "That is not the same. Please compare it group by group and type it again.");
  page.status = 400;
  return render(Door::public_door, context.node.name, page);
}

http::Response look_up(const line::Context& context, const http::Request& request, http::RateLimiter& lookups) {
  const auto state = [&]() -> Result<line::ReporterState> {
    TUTELA_ASSIGN(const auto form, http::parse_form(request));
    if (!lookups.take("receipt")) return fail(ErrorCode::limit, "access.too_many_tries");
    const auto receipt = intake::Receipt::parse(form_value(form, "receipt"));
    if (!receipt) return fail(ErrorCode::invalid, "receipt.malformed");
    return line::state_for_receipt(context, *receipt);
  }();
  if (!state) {
    Page page{"Look up a report", pages::kReceiptForm, {}};
    put_problem(page, state.error());
    return render(Door::public_door, context.node.name, page);
  }
  Page page{"Your report", pages::kReceiptState, {}};
  page.values.text("word", std::string(intake::reporter_label(state->word)));
  if (state->released) page.values.text("released", std::string(pages::released_text(*state->released)));
  return render(Door::public_door, context.node.name, page);
}

}  // namespace

std::vector<http::Route> door_routes(const line::Context& context, http::RateLimiter& lookups) {
  using http::Method;
  const auto show = [&context](const std::string& path, Page (*page)()) {
    return http::Route{Method::get, path, 0,
                       [&context, page](const http::Request&) { return render(Door::public_door, context.node.name, page()); }};
  };
  constexpr std::size_t kBody = limits::kFormBodyBytesMax;
  return {
      show("/", [] { return Page{"Report", pages::kStart, {}}; }),
      show("/report", [] { return report_form({}); }),
      show("/worry", [] { return worry_form({}); }),
      show("/receipt", [] { return Page{"Look up a report", pages::kReceiptForm, {}}; }),
      show("/help", [] { return Page{"Help", pages::kHelp, {}}; }),
      {Method::get, "/style.css", 0, [](const http::Request&) { return style_sheet(); }},
      {Method::post, "/report", kBody,
       [&context](const http::Request& request) { return take(context, request, draft_report, report_form); }},
      {Method::post, "/worry", kBody,
       [&context](const http::Request& request) { return take(context, request, draft_worry, worry_form); }},
      {Method::post, "/receipt/check", 1024,
       [&context](const http::Request& request) { return check_receipt(context, request); }},
      {Method::post, "/receipt", 1024,
       [&context, &lookups](const http::Request& request) { return look_up(context, request, lookups); }},
  };
}

}  // namespace tutela::portal
