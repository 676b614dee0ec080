#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/console_routes.h"
#include "api/json_views.h"
#include "base/limits.h"
#include "http/json_body.h"
#include "line/notices.h"

namespace tutela::api {
namespace {

using access::Sensitivity;

Result<http::Response> notice_response(const line::Context& context, const NoticeId& id, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                  Pseudonyms names(reader);
                  TUTELA_ASSIGN(const auto row, notice::find_notice(reader, id));
                  Json out = {{"mine", row.drafted_by == call.member.id()}, {"checks", Json::array()}};
                  TUTELA_ASSIGN(out["notice"], notice_json(names, reader, row));
                  if (call.require(Sensitivity::personal)) {
                    TUTELA_ASSIGN(const auto contact, line::contact_of(context, row));
                    if (!contact.empty()) out["contact"] = contact;
                  }
                  TUTELA_ASSIGN(const auto checks, notice::checks_of_notice(reader, id));
                  for (const auto& check : checks)
                    out["checks"].push_back({{"checked_at", to_rfc3339(check.checked_at)}, {"seen", check.seen}});
                  return out;
                }));
  return json_ok(body);
}

}  // namespace

void add_notice_routes(ConsoleRoutes& routes) {
  const auto& context = routes.context();
  routes.add(http::Method::get, "/v1/notices", Sensitivity::plain, 0, [&context](const ConsoleCall&) -> Result<http::Response> {
    TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                    Pseudonyms names(reader);
                    Json out = {{"notices", Json::array()}};
                    TUTELA_ASSIGN(auto rows, notice::list_notices(reader, 500));
                    rows = order_by(rows, [](const auto& row) { return !row.closed_at; });
                    for (const auto& row : rows) {
                      TUTELA_ASSIGN(auto one, notice_json(names, reader, row));
                      out["notices"].push_back(std::move(one));
                    }
                    return out;
                  }));
    return json_ok(body);
  });
  routes.add(http::Method::get, "/v1/notices/{notice_id}", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<NoticeId>("notice_id"));
               return notice_response(context, id, call);
             });
  routes.add(http::Method::post, "/v1/notices/{notice_id}/approve", Sensitivity::address, 4096,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<NoticeId>("notice_id"));
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"contact"}));
               TUTELA_ASSIGN(const auto contact, http::required_text(body, "contact", limits::kContactBytesMax));
               TUTELA_TRY(line::approve_notice(context, id, contact, call.member));
               return notice_response(context, id, call);
             });
  routes.add(http::Method::post, "/v1/notices/{notice_id}/check", Sensitivity::address, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<NoticeId>("notice_id"));
               TUTELA_TRY(line::check_notice(context, id, call.member.actor()));
               return notice_response(context, id, call);
             });
  routes.add(http::Method::post, "/v1/notices/{notice_id}/close", Sensitivity::address, 16 * 1024,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<NoticeId>("notice_id"));
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"reason"}));
               TUTELA_ASSIGN(const auto reason, http::required_text(body, "reason", limits::kReasonBytesMax));
               TUTELA_TRY(line::close_notice(context, id, reason, call.member));
               return notice_response(context, id, call);
             });
}

}  // namespace tutela::api
