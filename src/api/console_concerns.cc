#include <nlohmann/json.hpp>

#include "api/console_routes.h"
#include "api/json_views.h"
#include "api/record_json.h"
#include "base/limits.h"
#include "http/json_body.h"
#include "line/concerns.h"
#include "line/reports.h"

namespace tutela::api {
namespace {

using access::Sensitivity;

Result<Json> concern_detail_json(const line::Context& context, const line::ConcernDetail& detail) {
  return in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
    Pseudonyms names(reader);
    Json out = {{"persons", Json::array()},
                {"indicators", indicators_json(detail.indicators)},
                {"missing", detail.missing},
                {"referrals", Json::array()},
                {"routing", Json::array()}};
    TUTELA_ASSIGN(out["concern"], concern_json(names, detail.concern));
    put(out, "text", detail.text);
    put(out, "reason", detail.reason);
    for (const auto& person : detail.persons) {
      Json one = {{"person_id", person.id.to_string()}, {"role", person.role}, {"age_band", person.age_band}};
      put(one, "description", person.description);
      out["persons"].push_back(std::move(one));
    }
    TUTELA_ASSIGN(const auto referrals, filing::referrals_of_subject(reader, detail.concern.id.bytes()));
    for (const auto& row : referrals) {
      TUTELA_ASSIGN(auto one, referral_json(names, row));
      out["referrals"].push_back(std::move(one));
    }
    TUTELA_ASSIGN(const auto tasks, filing::open_routing_tasks_of(reader, detail.concern.id.bytes()));
    for (const auto& row : tasks) {
      TUTELA_ASSIGN(auto one, routing_json(names, row));
      out["routing"].push_back(std::move(one));
    }
    return out;
  });
}

Result<http::Response> concern_response(const line::Context& context, const ConcernId& id, const line::SignedIn& member) {
  TUTELA_ASSIGN(const auto detail, line::read_concern(context, id, member));
  TUTELA_ASSIGN(const auto body, concern_detail_json(context, detail));
  return json_ok(body);
}

// By the concern itself: a child in danger now is urgent, every other one is personal.
Result<Sensitivity> sensitivity_of(const line::Context& context, const ConcernId& id) {
  TUTELA_ASSIGN(const auto concern, in_snapshot<casework::ConcernRow>(context.store, [&](store::Reader& reader) {
                  return casework::find_concern(reader, id);
                }));
  const bool urgent = concern.in_danger_now || concern.assessment == casework::to_word(casework::ConcernAssessment::urgent);
  return urgent ? Sensitivity::urgent : Sensitivity::personal;
}

}  // namespace

void add_concern_routes(ConsoleRoutes& routes) {
  const auto& context = routes.context();
  routes.add(http::Method::get, "/v1/concerns", Sensitivity::plain, 0, [&context](const ConsoleCall&) -> Result<http::Response> {
    TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                    Pseudonyms names(reader);
                    Json out = {{"concerns", Json::array()}};
                    TUTELA_ASSIGN(const auto rows, casework::open_concerns(reader));
                    for (const auto& row : rows) {
                      TUTELA_ASSIGN(auto one, concern_json(names, row));
                      out["concerns"].push_back(std::move(one));
                    }
                    return out;
                  }));
    return json_ok(body);
  });
  routes.add(http::Method::get, "/v1/concerns/{concern_id}", Sensitivity::personal, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ConcernId>("concern_id"));
               return concern_response(context, id, call.member);
             });
  routes.add(
      http::Method::post, "/v1/concerns/{concern_id}/assessment", Sensitivity::personal, 16 * 1024,
      [&context](const ConsoleCall& call) -> Result<http::Response> {
        TUTELA_ASSIGN(const auto id, call.id<ConcernId>("concern_id"));
        TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
        TUTELA_TRY(http::require_only(body, {"assessment", "reason"}));
        TUTELA_ASSIGN(const auto assessment, http::required_enum(body, "assessment", casework::parse_concern_assessment));
        TUTELA_ASSIGN(auto reason, http::required_text(body, "reason", limits::kReasonBytesMax));
        TUTELA_TRY(line::assess_concern(context, id, {assessment, Sensitive<std::string>(std::move(reason))}, call.member));
        return concern_response(context, id, call.member);
      });
  routes.add(http::Method::post, "/v1/concerns/{concern_id}/referral", Sensitivity::personal, 16 * 1024,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ConcernId>("concern_id"));
               TUTELA_ASSIGN(const auto sensitivity, sensitivity_of(context, id));
               TUTELA_TRY(call.require(sensitivity));
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"authority", "urgent", "statement"}));
               TUTELA_ASSIGN(const auto authority, http::required_text(body, "authority", 64));
               TUTELA_ASSIGN(const bool urgent, http::required_boolean(body, "urgent"));
               TUTELA_ASSIGN(auto statement, http::required_text(body, "statement", limits::kReportTextBytesMax));
               TUTELA_ASSIGN(const auto referral,
                             line::refer_concern(context, id,
                                                 {authority, urgent ? filing::Urgency::urgent : filing::Urgency::normal,
                                                  Sensitive<std::string>(std::move(statement))},
                                                 call.member));
               TUTELA_ASSIGN(const auto detail, referral_detail_json(context, referral, call.member));
               return json_ok(detail, 201);
             });
  routes.add(http::Method::get, "/v1/reports/{report_id}", Sensitivity::personal, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ReportId>("report_id"));
               TUTELA_ASSIGN(const auto detail, line::read_report(context, id, call.member));
               TUTELA_ASSIGN(const auto body, report_json(context, detail));
               return json_ok(body);
             });
  routes.add(http::Method::post, "/v1/reports/{report_id}/word", Sensitivity::personal, 4096,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ReportId>("report_id"));
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"word"}));
               TUTELA_ASSIGN(const auto word, http::required_text(body, "word", http::kJsonWordBytesMax));
               TUTELA_TRY(line::release_word(context, id, word, call.member));
               TUTELA_ASSIGN(const auto detail, line::read_report(context, id, call.member));
               TUTELA_ASSIGN(const auto json, report_json(context, detail));
               return json_ok(json);
             });
}

}  // namespace tutela::api
