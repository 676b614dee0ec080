#include <nlohmann/json.hpp>

#include "api/console_routes.h"
#include "api/json_views.h"
#include "base/limits.h"
#include "http/json_body.h"
#include "line/incoming.h"

namespace tutela::api {
namespace {

using access::Sensitivity;

Json incoming_json(const filing::IncomingRow& row, std::size_t supplements) {
  Json out = {{"incoming_id", row.id.to_string()},
              {"sender", row.sender},
              {"reference", row.reference},
              {"state", row.state},
              {"urgent", row.urgent},
              {"received_at", to_rfc3339(row.received_at)},
              {"supplements", supplements}};
  put(out, "outcome", row.outcome);
  return out;
}

Result<http::Response> incoming_response(const line::Context& context, const IncomingId& id, const line::SignedIn& member) {
  TUTELA_ASSIGN(const auto detail, line::read_incoming(context, id, member));
  Json out = {{"incoming", incoming_json(detail.incoming, detail.supplements.size())},
              {"message", message_json(detail.message)},
              {"supplements", Json::array()},
              {"answers", Json::array()}};
  for (std::size_t i = 0; i < detail.supplements.size(); ++i) {
    const auto& supplement = detail.supplements[i];
    out["supplements"].push_back({{"sequence", supplement.sequence},
                                  {"kind", filing::to_word(supplement.kind)},
                                  {"text", supplement.reason.reveal()},
                                  {"made_at", to_rfc3339(supplement.made_at)},
                                  {"received_at", to_rfc3339(detail.supplements_received_at[i])}});
  }
  for (const auto& answer : detail.answers) {
    Json one = {{"sequence", answer.sequence}, {"kind", filing::to_word(answer.kind)}, {"at", to_rfc3339(answer.at)}};
    if (answer.outcome) one["outcome"] = filing::to_word(*answer.outcome);
    if (answer.reason) one["reason"] = answer.reason->reveal();
    out["answers"].push_back(std::move(one));
  }
  return json_ok(out);
}

}  // namespace

void add_incoming_routes(ConsoleRoutes& routes) {
  const auto& context = routes.context();
  routes.add(http::Method::get, "/v1/incoming", Sensitivity::plain, 0, [&context](const ConsoleCall&) -> Result<http::Response> {
    TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                    Json out = {{"incoming", Json::array()}};
                    TUTELA_ASSIGN(const auto rows, filing::list_incoming(reader, 500));
                    for (const auto& row : rows) {
                      TUTELA_ASSIGN(const auto supplements, filing::supplements_of_incoming(reader, row.id));
                      out["incoming"].push_back(incoming_json(row, supplements.size()));
                    }
                    return out;
                  }));
    return json_ok(body);
  });
  routes.add(http::Method::get, "/v1/incoming/{incoming_id}", Sensitivity::personal, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<IncomingId>("incoming_id"));
               return incoming_response(context, id, call.member);
             });
  routes.add(http::Method::post, "/v1/incoming/{incoming_id}/answer", Sensitivity::urgent, 16 * 1024,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<IncomingId>("incoming_id"));
               TUTELA_ASSIGN(const auto row, in_snapshot<filing::IncomingRow>(context.store, [&](store::Reader& reader) {
                               return filing::find_incoming(reader, id);
                             }));
               TUTELA_TRY(call.require(row.urgent ? Sensitivity::urgent : Sensitivity::personal));
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"answer", "outcome", "reason"}));
               TUTELA_ASSIGN(const auto kind, http::required_enum(body, "answer", filing::parse_answer_kind));
               TUTELA_ASSIGN(const auto outcome, http::optional_enum(body, "outcome", filing::parse_outcome));
               TUTELA_ASSIGN(const auto reason, http::optional_text(body, "reason", limits::kReasonBytesMax));
               TUTELA_TRY(line::answer_incoming(context, id, {kind, outcome, reason}, call.member));
               return incoming_response(context, id, call.member);
             });
}

}  // namespace tutela::api
