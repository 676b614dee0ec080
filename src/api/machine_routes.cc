#include "api/machine_routes.h"

#include <charconv>

#include <nlohmann/json.hpp>

#include "api/console_access.h"
#include "api/fingerprint_json.h"
#include "api/json_views.h"
#include "api/ledger_route.h"
#include "api/match_route.h"
#include "base/limits.h"
#include "crypto/digest.h"
#include "http/json_body.h"
#include "http/multipart.h"
#include "line/incoming.h"
#include "line/matching.h"
#include "line/reporting.h"
#include "line/reports.h"

namespace tutela::api {
namespace {

struct MachineCall {
  const http::Request& request;
  const line::CheckedToken& token;
};
using MachineHandler = std::function<Result<http::Response>(const MachineCall&)>;

constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kTokenBytesMax = 256;
constexpr std::size_t kIdempotencyKeyBytesMax = 128;

http::Route route(const line::Context& context, http::Method method, std::string_view pattern, std::size_t body_bytes_max,
                  MachineHandler handler) {
  static const access::Permission kNobody{};
  const auto* row = access::find_permission(access::Listener::machine, http::to_string(method), pattern);
  const access::Permission& permission = row != nullptr ? *row : kNobody;
  return {method, std::string(pattern), body_bytes_max,
          [&context, &permission, handler = std::move(handler)](const http::Request& request) {
            return answer([&]() -> Result<http::Response> {
              const auto header = request.header("Authorization");
              if (!header || !header->starts_with(kBearer) || header->size() > kTokenBytesMax)
                return fail(ErrorCode::denied, "access.no_token");
              TUTELA_ASSIGN(const auto token, line::check_token(context, header->substr(kBearer.size())));
              const bool any_token = permission.audience == access::Audience::any_token;
              if (!any_token && !access::allowed(token.scopes, permission)) return fail(ErrorCode::denied, "access.scope");
              return handler({request, token});
            }());
          }};
}

Result<std::string> idempotency_key(const http::Request& request) {
  const auto key = request.header("Idempotency-Key");
  if (!key || key->empty() || key->size() > kIdempotencyKeyBytesMax)
    return fail(ErrorCode::invalid, "request.no_idempotency_key", "header Idempotency-Key");
  return std::string(*key);
}

Result<intake::PersonDraft> parse_person(const Json& object) {
  if (!object.is_object()) return fail(ErrorCode::invalid, "json.field_type", "field persons");
  TUTELA_TRY(http::require_only(object, {"role", "age_band", "description"}));
  TUTELA_ASSIGN(const auto role, http::required_enum(object, "role", casework::parse_person_role));
  TUTELA_ASSIGN(const auto age_band, http::optional_enum(object, "age_band", parse_age_band));
  TUTELA_ASSIGN(auto description, http::optional_text(object, "description", limits::kReasonBytesMax));
  return intake::PersonDraft{role, age_band.value_or(AgeBand::unknown),
                             Sensitive<std::string>(std::move(description).value_or(""))};
}

Result<intake::IndicatorDraft> parse_indicator(const Json& object) {
  if (!object.is_object()) return fail(ErrorCode::invalid, "json.field_type", "field indicators");
  TUTELA_TRY(http::require_only(object, {"type", "value"}));
  TUTELA_ASSIGN(const auto type, http::required_enum(object, "type", casework::parse_indicator_type));
  TUTELA_ASSIGN(auto value, http::required_text(object, "value", limits::kIndicatorBytesMax));
  return intake::IndicatorDraft{type, Sensitive<std::string>(std::move(value))};
}

Result<intake::SubmissionDraft> parse_report(const Json& object) {
  TUTELA_TRY(http::require_only(object, {"kind", "text", "contact", "addresses", "fingerprints", "uploader_country",
                                         "in_danger_now", "concern_kind", "persons", "indicators"}));
  intake::SubmissionDraft draft;
  draft.channel = intake::Channel::machine;
  TUTELA_ASSIGN(draft.kind, http::required_enum(object, "kind", intake::parse_report_kind));
  TUTELA_ASSIGN(auto text, http::optional_text(object, "text", limits::kReportTextBytesMax));
  TUTELA_ASSIGN(auto contact, http::optional_text(object, "contact", limits::kContactBytesMax));
  draft.text = Sensitive<std::string>(std::move(text).value_or(""));
  draft.contact = Sensitive<std::string>(std::move(contact).value_or(""));
  TUTELA_ASSIGN(const auto addresses,
                http::optional_texts(object, "addresses", limits::kLocationsPerReportMax, limits::kAddressBytesMax));
  for (const auto& address : addresses) draft.addresses.emplace_back(address);
  TUTELA_ASSIGN(draft.fingerprints, parse_fingerprints(object, intake::kFingerprintsPerReportMax));
  TUTELA_ASSIGN(draft.uploader_country, http::optional_text(object, "uploader_country", 2));
  TUTELA_ASSIGN(const auto in_danger_now, http::optional_boolean(object, "in_danger_now"));
  TUTELA_ASSIGN(const auto concern_kind, http::optional_enum(object, "concern_kind", casework::parse_concern_kind));
  if (draft.kind == intake::ReportKind::concern)
    draft.concern =
        intake::ConcernDraft{concern_kind.value_or(casework::ConcernKind::worry),
                             in_danger_now.value_or(false) ? casework::DangerSaid::now : casework::DangerSaid::not_said};
  TUTELA_ASSIGN(const auto persons, http::optional_array(object, "persons", limits::kPersonsPerReportMax));
  for (const auto& one : persons) {
    TUTELA_ASSIGN(auto person, parse_person(one));
    draft.persons.push_back(std::move(person));
  }
  TUTELA_ASSIGN(const auto indicators, http::optional_array(object, "indicators", limits::kIndicatorsPerReportMax));
  for (const auto& one : indicators) {
    TUTELA_ASSIGN(auto indicator, parse_indicator(one));
    draft.indicators.push_back(std::move(indicator));
  }
  return draft;
}

Result<http::Response> take_report(const line::Context& context, const MachineCall& call) {
  TUTELA_ASSIGN(const auto key, idempotency_key(call.request));
  const auto content_type = call.request.header("Content-Type").value_or("");
  TUTELA_ASSIGN(const auto parts, http::parse_multipart(content_type, call.request.body));
  for (const auto& part : parts)
    if (part.name != "report" && part.name != "media") return fail(ErrorCode::invalid, "report.unknown_part", "part");
  const auto* report = http::find_part(parts, "report");
  const auto* file = http::find_part(parts, "media");
  if (report == nullptr) return fail(ErrorCode::invalid, "report.part_missing", "part report");
  TUTELA_ASSIGN(const auto object, http::parse_json(report->data, limits::kJsonBodyBytesMax));
  if (!object.is_object()) return fail(ErrorCode::invalid, "json.not_an_object", "part report");
  TUTELA_ASSIGN(auto draft, parse_report(object));
  std::optional<line::Media> media;
  if (file != nullptr) {
    if (file->data.empty()) return fail(ErrorCode::invalid, "media.empty", "part media");
    if (file->data.size() > limits::kMediaBytesMax) return fail(ErrorCode::limit, "media.too_large", "part media");
    media = line::Media{file->data, file->content_type};
    draft.media_parts = 1;
  }
  // Boundaries differ from one sending to the next: the parts are what makes a report the same.
  Bytes identity;
  append_prefixed(identity, report->data);
  if (file != nullptr) append_prefixed(identity, BytesView(crypto::sha256(file->data)));
  const auto digest = crypto::sha256(identity);
  TUTELA_ASSIGN(const auto submission, intake::Submission::validate(std::move(draft)));
  TUTELA_ASSIGN(const auto received,
                line::receive_report(context, submission, media,
                                     line::MachineCaller{call.token.id, key, Bytes(digest.begin(), digest.end())}));
  Json out = {{"report_id", received.id.to_string()}, {"receipt", received.receipt.reveal()}, {"items", Json::array()}};
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    for (const auto& item : received.items) {
      Json one = {{"item_id", item.id.to_string()}, {"state", item.state}, {"action", item.action}, {"known", item.known}};
      put(one, "decode_reason", item.decode_reason);
      TUTELA_ASSIGN(one["matches"], matches_json(reader, item.matches));
      out["items"].push_back(std::move(one));
    }
    return {};
  }));
  if (received.concern) out["concern_id"] = received.concern->to_string();
  return json_ok(out, 201);
}

Result<http::Response> report_status(const line::Context& context, const MachineCall& call) {
  const auto id = ReportId::parse(call.request.path_parameters.at("report_id"));
  if (!id) return fail(ErrorCode::not_found, "report.unknown");
  TUTELA_ASSIGN(const auto state, line::state_for_token(context, *id, call.token.id));
  std::string word(intake::to_word(state.word));
  std::ranges::replace(word, ' ', '_');
  Json out = {{"report_id", id->to_string()}, {"word", word}};
  put(out, "released_word", state.released);
  return json_ok(out);
}

Result<http::Response> take_referral(const line::Context& context, const MachineCall& call) {
  TUTELA_ASSIGN(const auto key, idempotency_key(call.request));
  TUTELA_ASSIGN(const auto received, line::receive_referral(context, call.token, key, as_text(call.request.body)));
  const auto& row = received.row;
  return json_ok({{"reference", row.reference}, {"received_at", to_rfc3339(row.received_at)}},
                 received.was_here_before ? 200 : 201);
}

Result<http::Response> take_supplement(const line::Context& context, const MachineCall& call) {
  const auto& reference = call.request.path_parameters.at("reference");
  TUTELA_ASSIGN(const auto received, line::receive_supplement(context, call.token, reference, as_text(call.request.body)));
  return json_ok({{"reference", reference}, {"sequence", received.sequence}}, received.was_here_before ? 200 : 201);
}

Result<http::Response> give_answers(const line::Context& context, const MachineCall& call) {
  std::int64_t after = 0;
  if (const auto found = call.request.query.find("after"); found != call.request.query.end()) {
    const auto& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), after);
    if (error != std::errc() || end != text.data() + text.size() || after < 0)
      return fail(ErrorCode::invalid, "request.bad_query", "query after");
  }
  TUTELA_ASSIGN(const auto answers, line::answers_for(context, call.token, call.request.path_parameters.at("reference"), after));
  return http::text_response(200, "application/json", filing::encode_answers(answers));
}

}  // namespace

std::vector<http::Route> machine_routes(const line::Context& context, line::MatchWatch& watch) {
  using http::Method;
  const auto on = [&](Result<http::Response> (*handler)(const line::Context&, const MachineCall&)) {
    return [&context, handler](const MachineCall& call) { return handler(context, call); };
  };
  const auto of_log = [&](Result<http::Response> (*handler)(const line::Context&, const http::Request&)) {
    return [&context, handler](const MachineCall& call) { return handler(context, call.request); };
  };
  const auto match = std::make_shared<MatchRoute>(context, watch);
  const auto checkpoint = std::make_shared<CheckpointRoute>(context);
  const auto of_checkpoint = [checkpoint](const MachineCall& call) { return checkpoint->answer(call.request); };
  constexpr std::size_t kReportBytesMax = limits::kMediaBytesMax + limits::kJsonBodyBytesMax + 4096;
  return {
      route(context, Method::get, "/v1/node", 0,
            [&context](const MachineCall&) -> Result<http::Response> {
              TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                              return node_json(context, reader);
                            }));
              return json_ok(body);
            }),
      route(context, Method::post, "/v1/reports", kReportBytesMax, on(take_report)),
      route(context, Method::get, "/v1/reports/{report_id}/status", 0, on(report_status)),
      route(context, Method::post, "/v1/match", limits::kMediaBytesMax + 32 * 1024,
            [match](const MachineCall& call) { return match->answer(call.request, call.token); }),
      route(context, Method::post, "/v1/exchange/referrals", limits::kReferralBytesMax, on(take_referral)),
      route(context, Method::post, "/v1/exchange/referrals/{reference}/supplements", limits::kReferralBytesMax,
            on(take_supplement)),
      route(context, Method::get, "/v1/exchange/referrals/{reference}/outcomes", 0, on(give_answers)),
      route(context, Method::get, "/v1/ledger/checkpoint", 0, of_checkpoint),
      route(context, Method::get, "/v1/ledger/tile/*", 0, of_log(ledger_tile)),
      route(context, Method::get, "/v1/ledger/epochs/{epoch}/checkpoint", 0, of_checkpoint),
      route(context, Method::get, "/v1/ledger/epochs/{epoch}/tile/*", 0, of_log(ledger_tile)),
  };
}

}  // namespace tutela::api
