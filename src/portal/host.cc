#include "http/form.h"
#include "line/notices.h"
#include "portal/door.h"
#include "portal/door_pages.h"
#include "portal/render.h"

namespace tutela::portal {
namespace {

constexpr std::size_t kTokenBytesMax = 64;

std::string_view state_text(const notice::NoticeRow& row) {
  if (row.closed_at) return row.state == notice::to_word(notice::NoticeState::removed) ? "Closed: no longer reachable" : "Closed";
  if (row.contradicted) return "Open: the address still answers";
  if (row.answer) return "Open: answered, we look again";
  return "Open: waiting for your answer";
}

// To the minute, as people write it.
std::string date_text(Time time) {
  const std::string text = to_rfc3339(time);
  return text.substr(0, 10) + " " + text.substr(11, 5) + " UTC";
}

Page notice_page(const line::HostPage& host, std::string_view token) {
  Page page{"Notice", pages::kNotice, {}};
  std::string law;
  for (const auto& one : host.law) law += (law.empty() ? "" : "; ") + one;
  page.values.text("reference", host.notice.id.to_string())
      .text("address", host.address)
      .text("law", law.empty() ? "See the message that brought you here." : law)
      .text("sent_at", date_text(host.notice.sent_at.value_or(host.notice.drafted_at)))
      .text("due_at", host.notice.answer_due_at ? date_text(*host.notice.answer_due_at) : "")
      .text("answer", host.notice.answer ? std::string(pages::answer_text(*host.notice.answer)) : "")
      .text("state", std::string(state_text(host.notice)))
      .text("token", std::string(token))
      .flag("open", !host.notice.closed_at);
  return page;
}

Result<std::string> token_of(const http::Request& request) {
  const auto& token = request.path_parameters.at("token");
  if (token.size() != kTokenBytesMax) return fail(ErrorCode::not_found, "link.unknown");
  return token;
}

Result<http::Response> show(const line::Context& context, const http::Request& request) {
  TUTELA_ASSIGN(const auto token, token_of(request));
  TUTELA_ASSIGN(const auto host, line::host_page(context, token));
  return render(Door::host, context.node.name, notice_page(host, token));
}

Result<http::Response> show_xarf(const line::Context& context, const http::Request& request) {
  TUTELA_ASSIGN(const auto token, token_of(request));
  TUTELA_ASSIGN(const auto text, line::xarf_of_notice(context, token));
  return http::text_response(200, "application/json", text);
}

Result<http::Response> answer(const line::Context& context, const http::Request& request) {
  TUTELA_ASSIGN(const auto token, token_of(request));
  TUTELA_ASSIGN(const auto form, http::parse_form(request));
  TUTELA_ASSIGN(const auto said, notice::parse_host_answer(http::form_value(form, "answer")));
  TUTELA_TRY(line::answer_notice(context, token, said));
  return show(context, request);
}

}  // namespace

std::vector<http::Route> host_routes(const line::Context& context, http::RateLimiter& answers) {
  using http::Method;
  // Tries of links are throttled together: nobody is tracked, and 256 random bits need no more.
  const auto guarded = [&context, &answers](Result<http::Response> (*handler)(const line::Context&, const http::Request&)) {
    return [&context, &answers, handler](const http::Request& request) {
      if (const auto taken = answers.take("link"); !taken)
        return render_problem(Door::host, context.node.name, Error{ErrorCode::limit, "access.too_many_tries"});
      const auto response = handler(context, request);
      return response ? *response : render_problem(Door::host, context.node.name, response.error());
    };
  };
  return {
      {Method::get, "/n/{token}", 0, guarded(show)},
      {Method::get, "/n/{token}/xarf.json", 0, guarded(show_xarf)},
      {Method::post, "/n/{token}", 1024, guarded(answer)},
      {Method::get, "/style.css", 0, [](const http::Request&) { return style_sheet(); }},
  };
}

}  // namespace tutela::portal
