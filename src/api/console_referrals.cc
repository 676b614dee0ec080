#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/console_routes.h"
#include "api/json_views.h"
#include "api/record_json.h"
#include "base/limits.h"
#include "http/json_body.h"
#include "line/referrals.h"
#include "line/routing.h"

namespace tutela::api {
namespace {

using access::Sensitivity;
using Step = std::function<Result<>(const ReferralId&, const ConsoleCall&)>;

// By the referral itself: a child in danger now, a person, or an address.
Result<Sensitivity> sensitivity_of(const line::Context& context, const ReferralId& id) {
  TUTELA_ASSIGN(const auto row, in_snapshot<filing::ReferralRow>(
                                    context.store, [&](store::Reader& reader) { return filing::find_referral(reader, id); }));
  if (row.urgent) return Sensitivity::urgent;
  return row.subject_type == "concern" ? Sensitivity::personal : Sensitivity::address;
}

Result<std::string> reason_in(const http::Request& request, const char* field) {
  TUTELA_ASSIGN(const auto body, http::parse_json_body(request));
  TUTELA_TRY(http::require_only(body, {field}));
  return http::required_text(body, field, limits::kReasonBytesMax);
}

void add_step(ConsoleRoutes& routes, std::string_view pattern, std::size_t body_bytes_max, Step step) {
  const auto& context = routes.context();
  routes.add(http::Method::post, pattern, Sensitivity::urgent, body_bytes_max,
             [&context, step = std::move(step)](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ReferralId>("referral_id"));
               TUTELA_ASSIGN(const auto sensitivity, sensitivity_of(context, id));
               TUTELA_TRY(call.require(sensitivity));
               TUTELA_TRY(step(id, call));
               TUTELA_ASSIGN(const auto body, referral_detail_json(context, id, call.member));
               return json_ok(body);
             });
}

template <class Row, class ToJson>
Result<http::Response> list_response(const line::Context& context, const char* field,
                                     Result<std::vector<Row>> (*list)(store::Reader&), ToJson to_json) {
  TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                  Pseudonyms names(reader);
                  Json out = {{field, Json::array()}};
                  TUTELA_ASSIGN(const auto rows, list(reader));
                  for (const auto& row : rows) {
                    TUTELA_ASSIGN(auto one, to_json(names, row));
                    out[field].push_back(std::move(one));
                  }
                  return out;
                }));
  return json_ok(body);
}

Result<std::vector<filing::ReferralRow>> referrals_by_need(store::Reader& reader) {
  TUTELA_ASSIGN(auto rows, filing::list_referrals(reader, 500));
  return order_by(rows, [](const auto& row) {
    return row.state == "drafted" || row.state == "choose_channel" || (row.confirm_due_at && !row.confirmed_by);
  });
}

Result<http::Response> decide(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto id, call.id<RoutingTaskId>("task_id"));
  TUTELA_ASSIGN(const auto before, in_snapshot<filing::RoutingTaskRow>(context.store, [&](store::Reader& reader) {
                  return filing::find_routing_task(reader, id);
                }));
  TUTELA_TRY(call.require(before.subject_type == "concern" ? Sensitivity::personal : Sensitivity::address));
  TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
  TUTELA_TRY(http::require_only(body, {"decision", "authority", "reason"}));
  TUTELA_ASSIGN(const auto decision, http::required_text(body, "decision", http::kJsonWordBytesMax));
  TUTELA_ASSIGN(const auto authority, http::optional_text(body, "authority", 64));
  TUTELA_ASSIGN(const auto reason, http::required_text(body, "reason", limits::kReasonBytesMax));
  if ((decision != "refer" && decision != "none") || (decision == "refer") != authority.has_value())
    return fail(ErrorCode::invalid, "routing.bad_decision", "field decision");
  TUTELA_ASSIGN(const auto referral, line::decide_routing(context, id, {authority, reason}, call.member));
  TUTELA_ASSIGN(auto out, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                  Pseudonyms names(reader);
                  TUTELA_ASSIGN(const auto task, filing::find_routing_task(reader, id));
                  Json decided;
                  TUTELA_ASSIGN(decided["task"], routing_json(names, task));
                  return decided;
                }));
  if (referral) out["referral_id"] = referral->to_string();
  return json_ok(out);
}

Result<http::Response> adopt(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
  TUTELA_TRY(http::require_only(body, {"name", "title", "country", "url", "token", "kind"}));
  TUTELA_ASSIGN(const auto name, http::required_text(body, "name", 64));
  TUTELA_ASSIGN(const auto title, http::required_text(body, "title", 200));
  TUTELA_ASSIGN(const auto country, http::required_enum(body, "country", Country::parse));
  TUTELA_ASSIGN(const auto url, http::required_text(body, "url", limits::kAddressBytesMax));
  TUTELA_ASSIGN(auto token, http::required_text(body, "token", 512));
  TUTELA_ASSIGN(const auto kind, http::optional_enum(body, "kind", law::parse_authority_kind));
  TUTELA_ASSIGN(const auto row,
                line::adopt_authority(context, {name, title, country, url, Sensitive<std::string>(std::move(token)), kind},
                                      call.member.id(), call.member.actor()));
  TUTELA_ASSIGN(const auto out, in_snapshot<Json>(context.store, [&](store::Reader& reader) {
                  Pseudonyms names(reader);
                  return authority_json(names, row);
                }));
  return json_ok(out, 201);
}

}  // namespace

void add_referral_routes(ConsoleRoutes& routes) {
  const auto& context = routes.context();
  routes.add(http::Method::get, "/v1/referrals", Sensitivity::plain, 0, [&context](const ConsoleCall&) {
    return list_response<filing::ReferralRow>(context, "referrals", referrals_by_need, referral_json);
  });
  routes.add(http::Method::get, "/v1/referrals/{referral_id}", Sensitivity::personal, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ReferralId>("referral_id"));
               TUTELA_ASSIGN(const auto body, referral_detail_json(context, id, call.member));
               return json_ok(body);
             });
  add_step(routes, "/v1/referrals/{referral_id}/approve", 0, [&context](const ReferralId& id, const ConsoleCall& call) {
    return line::approve_referral(context, id, call.member);
  });
  add_step(routes, "/v1/referrals/{referral_id}/confirm", 0, [&context](const ReferralId& id, const ConsoleCall& call) {
    return line::confirm_referral(context, id, call.member);
  });
  add_step(routes, "/v1/referrals/{referral_id}/retry", 0, [&context](const ReferralId& id, const ConsoleCall& call) {
    return line::try_referral_again(context, id, call.member);
  });
  add_step(routes, "/v1/referrals/{referral_id}/correct", 16 * 1024,
           [&context](const ReferralId& id, const ConsoleCall& call) -> Result<> {
             TUTELA_ASSIGN(const auto text, reason_in(call.request, "text"));
             return line::correct_referral(context, id, text, call.member);
           });
  add_step(routes, "/v1/referrals/{referral_id}/withdraw", 16 * 1024,
           [&context](const ReferralId& id, const ConsoleCall& call) -> Result<> {
             TUTELA_ASSIGN(const auto reason, reason_in(call.request, "reason"));
             return line::withdraw_referral(context, id, reason, call.member);
           });
  routes.add(http::Method::get, "/v1/routing", Sensitivity::plain, 0, [&context](const ConsoleCall&) {
    return list_response<filing::RoutingTaskRow>(context, "tasks", filing::open_routing_tasks, routing_json);
  });
  routes.add(http::Method::post, "/v1/routing/{task_id}", Sensitivity::urgent, 16 * 1024,
             [&context](const ConsoleCall& call) { return decide(context, call); });
  routes.add(http::Method::get, "/v1/authorities", Sensitivity::plain, 0, [&context](const ConsoleCall&) {
    return list_response<filing::AuthorityRow>(context, "authorities", filing::list_authorities, authority_json);
  });
  routes.add(http::Method::post, "/v1/authorities", Sensitivity::plain, 16 * 1024,
             [&context](const ConsoleCall& call) { return adopt(context, call); });
}

}  // namespace tutela::api
