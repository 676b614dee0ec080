#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/console_routes.h"
#include "api/json_views.h"
#include "base/limits.h"
#include "http/json_body.h"
#include "line/erasures.h"
#include "line/media_exports.h"
#include "line/retention.h"
#include "retention/erasure_repository.h"
#include "retention/media_export_repository.h"

// What is kept until when, legal holds, destructions in time and before it, and files that are handed out.
namespace tutela::api {
namespace {

using access::Sensitivity;

constexpr std::int64_t kListedMax = 500;
constexpr std::size_t kReasonBodyBytesMax = 16 * 1024;

// Any record; which kind it is stands beside it.
using RecordId = Id<struct RecordTag>;

Result<> put_member(Pseudonyms& names, Json& out, const char* field, const std::optional<MemberId>& member) {
  if (!member) return {};
  TUTELA_ASSIGN(out[field], names.of(*member));
  return {};
}

Result<Json> destruction_json(Pseudonyms& names, const retention::DestructionRow& row) {
  Json out = {
      {"destruction_id", row.id.to_string()},       {"class", row.class_name},    {"state", retention::to_word(row.state)},
      {"proposed_at", to_rfc3339(row.proposed_at)}, {"destroyed", row.destroyed}, {"kept", row.kept}};
  TUTELA_TRY(put_member(names, out, "first_member", row.first_member));
  TUTELA_TRY(put_member(names, out, "second_member", row.second_member));
  if (row.schedule) out["schedule_id"] = row.schedule->to_string();
  put(out, "decided_at", row.decided_at);
  put(out, "finished_at", row.finished_at);
  return out;
}

// The records are named by their ids; what was said for it is read by itself, by who decides.
Result<Json> erasure_json(Pseudonyms& names, store::Reader& reader, const retention::ErasureRow& row) {
  Json out = {{"erasure_id", row.id.to_string()},
              {"reason", retention::to_word(row.reason)},
              {"state", retention::to_word(row.state)},
              {"proposed_at", to_rfc3339(row.proposed_at)},
              {"records", Json::array()},
              {"destroyed", row.destroyed},
              {"kept", row.kept}};
  TUTELA_ASSIGN(const auto records, retention::records_of_erasure(reader, row.id));
  for (const auto& one : records) {
    TUTELA_ASSIGN(const auto id, RecordId::from_bytes(one.subject_id));
    out["records"].push_back({{"subject_type", one.subject_type}, {"subject_id", id.to_string()}});
  }
  TUTELA_TRY(put_member(names, out, "proposed_by", row.proposed_by));
  TUTELA_TRY(put_member(names, out, "approved_by", row.approved_by));
  TUTELA_TRY(put_member(names, out, "refused_by", row.refused_by));
  if (row.refused_because) out["refused_because"] = retention::to_word(*row.refused_because);
  put(out, "law", row.law_row);
  put(out, "decided_at", row.decided_at);
  put(out, "finished_at", row.finished_at);
  return out;
}

Result<Json> schedule_json(Pseudonyms& names, const retention::ScheduleRow& row) {
  Json out = {{"schedule_id", row.id.to_string()},
              {"record_class", row.record_class},
              {"begun_at", to_rfc3339(row.begun_at)},
              {"in_force", row.is_in_force()}};
  TUTELA_TRY(put_member(names, out, "first_member", row.first_member));
  TUTELA_TRY(put_member(names, out, "second_member", row.second_member));
  put(out, "approved_at", row.approved_at);
  put(out, "ended_at", row.ended_at);
  return out;
}

Result<Json> hold_json(Pseudonyms& names, const retention::HoldRow& row, Time now) {
  TUTELA_ASSIGN(const auto subject, Id<struct HeldTag>::from_bytes(row.subject_id));
  Json out = {{"hold_id", row.id.to_string()},
              {"subject_type", row.subject_type},
              {"subject_id", subject.to_string()},
              {"set_at", to_rfc3339(row.set_at)},
              {"in_force", row.is_in_force(now)}};
  TUTELA_TRY(put_member(names, out, "set_by", row.set_by));
  TUTELA_TRY(put_member(names, out, "lifted_by", row.lifted_by));
  put(out, "ends_at", row.ends_at);
  put(out, "lifted_at", row.lifted_at);
  return out;
}

Result<Json> export_json(Pseudonyms& names, const retention::ExportRow& row) {
  Json out = {{"export_id", row.id.to_string()},
              {"item_id", row.item_id.to_string()},
              {"purpose", retention::to_word(row.purpose)},
              {"state", retention::to_word(row.state)},
              {"requested_at", to_rfc3339(row.requested_at)}};
  TUTELA_TRY(put_member(names, out, "requested_by", row.requested_by));
  TUTELA_TRY(put_member(names, out, "decided_by", row.decided_by));
  put(out, "decided_at", row.decided_at);
  put(out, "ends_at", row.ends_at);
  put(out, "handed_out_at", row.handed_out_at);
  return out;
}

Result<Json> retention_json(const line::Context& context, store::Reader& reader) {
  Pseudonyms names(reader);
  Json out = {
      {"destructions", Json::array()}, {"erasures", Json::array()}, {"schedules", Json::array()}, {"holds", Json::array()}};
  TUTELA_ASSIGN(const auto clock, retention::find_clock(reader));
  if (clock) {
    out["clock"] = {{"quiet_hours_left", std::chrono::ceil<std::chrono::hours>(clock->quiet_left).count()},
                    {"seen_at", to_rfc3339(clock->last.wall)}};
    if (!clock->why.empty()) out["clock"]["why"] = clock->why;
  }
  TUTELA_ASSIGN(const auto destructions, retention::list_destructions(reader, kListedMax));
  for (const auto& row : destructions) {
    TUTELA_ASSIGN(auto one, destruction_json(names, row));
    out["destructions"].push_back(std::move(one));
  }
  TUTELA_ASSIGN(const auto erasures, retention::list_erasures(reader, kListedMax));
  for (const auto& row : erasures) {
    TUTELA_ASSIGN(auto one, erasure_json(names, reader, row));
    out["erasures"].push_back(std::move(one));
  }
  TUTELA_ASSIGN(const auto schedules, retention::list_schedules(reader));
  for (const auto& row : schedules) {
    TUTELA_ASSIGN(auto one, schedule_json(names, row));
    out["schedules"].push_back(std::move(one));
  }
  TUTELA_ASSIGN(const auto holds, retention::list_holds(reader, kListedMax));
  for (const auto& row : holds) {
    TUTELA_ASSIGN(auto one, hold_json(names, row, context.clock.now()));
    out["holds"].push_back(std::move(one));
  }
  return out;
}

// The row as it stands now, with its members' names.
template <class Row, class ToJson>
Result<http::Response> row_response(const line::Context& context, const Row& row, int status, ToJson to_json) {
  TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                  Pseudonyms names(reader);
                  return to_json(names, row);
                }));
  return json_ok(body, status);
}

Result<http::Response> erasure_response(const line::Context& context, const retention::ErasureRow& row, int status) {
  TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                  Pseudonyms names(reader);
                  return erasure_json(names, reader, row);
                }));
  return json_ok(body, status);
}

Result<http::Response> propose_erasure(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
  TUTELA_TRY(http::require_only(body, {"subject_type", "subject_ids", "reason", "words"}));
  TUTELA_ASSIGN(const auto type, http::required_enum(body, "subject_type", retention::parse_erasure_subject));
  TUTELA_ASSIGN(const auto ids, http::optional_texts(body, "subject_ids", limits::kErasureRecordsMax, http::kJsonWordBytesMax));
  TUTELA_ASSIGN(const auto reason, http::required_enum(body, "reason", retention::parse_erasure_reason));
  TUTELA_ASSIGN(auto words, http::required_text(body, "words", limits::kReasonBytesMax));
  line::NewErasure wanted{{}, reason, Sensitive<std::string>(std::move(words))};
  for (const auto& text : ids) {
    const auto id = RecordId::parse(text);
    if (!id) return fail(ErrorCode::invalid, "json.field_id", "field subject_ids");
    wanted.records.push_back({type, Bytes(id->bytes().begin(), id->bytes().end())});
  }
  TUTELA_ASSIGN(const auto row, line::propose_erasure(context, wanted, call.member));
  return erasure_response(context, row, 201);
}

Result<http::Response> set_hold(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
  TUTELA_TRY(http::require_only(body, {"subject_type", "subject_id", "ends_at", "reason"}));
  TUTELA_ASSIGN(const auto type, http::required_enum(body, "subject_type", retention::parse_hold_subject));
  TUTELA_ASSIGN(const auto id, http::required_id<Id<struct HeldTag>>(body, "subject_id"));
  TUTELA_ASSIGN(auto reason, http::required_text(body, "reason", limits::kReasonBytesMax));
  std::optional<Time> ends_at;
  if (body.contains("ends_at")) {
    TUTELA_ASSIGN(ends_at, http::required_enum(body, "ends_at", parse_rfc3339));
  }
  const line::NewHold hold{type, Bytes(id.bytes().begin(), id.bytes().end()), ends_at, Sensitive<std::string>(std::move(reason))};
  TUTELA_ASSIGN(const auto row, line::set_hold(context, hold, call.member));
  return row_response(context, row, 201,
                      [&](Pseudonyms& names, const auto& one) { return hold_json(names, one, context.clock.now()); });
}

Result<http::Response> lift_hold(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto id, call.id<HoldId>("hold_id"));
  TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
  TUTELA_TRY(http::require_only(body, {"reason"}));
  TUTELA_ASSIGN(auto reason, http::required_text(body, "reason", limits::kReasonBytesMax));
  TUTELA_ASSIGN(const auto row, line::lift_hold(context, id, Sensitive<std::string>(std::move(reason)), call.member));
  return row_response(context, row, 200,
                      [&](Pseudonyms& names, const auto& one) { return hold_json(names, one, context.clock.now()); });
}

Result<http::Response> request_export(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto id, call.id<ItemId>("item_id"));
  TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
  TUTELA_TRY(http::require_only(body, {"purpose", "reason"}));
  TUTELA_ASSIGN(const auto purpose, http::required_enum(body, "purpose", retention::parse_export_purpose));
  TUTELA_ASSIGN(auto reason, http::required_text(body, "reason", limits::kReasonBytesMax));
  TUTELA_ASSIGN(const auto row,
                line::request_export(context, id, {purpose, Sensitive<std::string>(std::move(reason))}, call.member));
  return row_response(context, row, 201, export_json);
}

class ObjectSource final : public http::BodySource {
 public:
  explicit ObjectSource(vault::ObjectReader reader) : reader_(std::move(reader)) {}
  std::size_t size_bytes() const override { return reader_.size_bytes(); }
  Result<std::optional<Bytes>> next() override { return reader_.next(); }

 private:
  vault::ObjectReader reader_;
};

Result<http::Response> hand_out(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto id, call.id<ExportId>("export_id"));
  TUTELA_ASSIGN(auto reader, line::hand_out_export(context, id, call.member));
  http::Response response;
  // Not as what it is: no browser opens it by itself.
  response.headers["Content-Type"] = "application/octet-stream";
  response.headers["Content-Disposition"] = "attachment; filename=\"" + id.to_string() + ".bin\"";
  response.headers["Cache-Control"] = "no-store";
  response.source = std::make_shared<ObjectSource>(std::move(reader));
  return response;
}

}  // namespace

void add_retention_routes(ConsoleRoutes& routes) {
  const auto& context = routes.context();
  routes.add(http::Method::get, "/v1/retention", Sensitivity::plain, 0, [&context](const ConsoleCall&) -> Result<http::Response> {
    TUTELA_ASSIGN(const auto body,
                  in_snapshot<Json>(context.store, [&](store::Reader& reader) { return retention_json(context, reader); }));
    return json_ok(body);
  });
  routes.add(http::Method::post, "/v1/retention/destructions/{destruction_id}/approve", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<DestructionId>("destruction_id"));
               TUTELA_ASSIGN(const auto row, line::approve_destruction(context, id, call.member));
               return row_response(context, row, 200, destruction_json);
             });
  routes.add(http::Method::post, "/v1/retention/destructions/{destruction_id}/refuse", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<DestructionId>("destruction_id"));
               TUTELA_ASSIGN(const auto row, line::refuse_destruction(context, id, call.member));
               return row_response(context, row, 200, destruction_json);
             });
  routes.add(http::Method::post, "/v1/retention/erasures", Sensitivity::plain, kReasonBodyBytesMax,
             [&context](const ConsoleCall& call) { return propose_erasure(context, call); });
  routes.add(http::Method::get, "/v1/retention/erasures/{erasure_id}/words", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ErasureId>("erasure_id"));
               TUTELA_ASSIGN(const auto words, line::read_words_of_erasure(context, id, call.member));
               return json_ok({{"words", words.reveal()}});
             });
  routes.add(http::Method::post, "/v1/retention/erasures/{erasure_id}/approve", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ErasureId>("erasure_id"));
               TUTELA_ASSIGN(const auto row, line::approve_erasure(context, id, call.member));
               return erasure_response(context, row, 200);
             });
  routes.add(http::Method::post, "/v1/retention/erasures/{erasure_id}/refuse", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ErasureId>("erasure_id"));
               TUTELA_ASSIGN(const auto row, line::refuse_erasure(context, id, call.member));
               return erasure_response(context, row, 200);
             });
  routes.add(http::Method::post, "/v1/retention/schedules", Sensitivity::plain, 4096,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"record_class"}));
               TUTELA_ASSIGN(const auto record, http::required_enum(body, "record_class", vault::parse_record_class));
               TUTELA_ASSIGN(const auto row, line::begin_schedule(context, record, call.member));
               return row_response(context, row, 201, schedule_json);
             });
  routes.add(http::Method::post, "/v1/retention/schedules/{schedule_id}/approve", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ScheduleId>("schedule_id"));
               TUTELA_ASSIGN(const auto row, line::approve_schedule(context, id, call.member));
               return row_response(context, row, 200, schedule_json);
             });
  routes.add(http::Method::post, "/v1/retention/schedules/{schedule_id}/end", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ScheduleId>("schedule_id"));
               TUTELA_ASSIGN(const auto row, line::end_schedule(context, id, call.member));
               return row_response(context, row, 200, schedule_json);
             });
  routes.add(http::Method::post, "/v1/retention/holds", Sensitivity::plain, kReasonBodyBytesMax,
             [&context](const ConsoleCall& call) { return set_hold(context, call); });
  routes.add(http::Method::post, "/v1/retention/holds/{hold_id}/lift", Sensitivity::plain, kReasonBodyBytesMax,
             [&context](const ConsoleCall& call) { return lift_hold(context, call); });

  routes.add(http::Method::get, "/v1/exports", Sensitivity::plain, 0, [&context](const ConsoleCall&) -> Result<http::Response> {
    TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                    Pseudonyms names(reader);
                    Json out = {{"exports", Json::array()}};
                    TUTELA_ASSIGN(const auto rows, retention::list_exports(reader, kListedMax));
                    for (const auto& row : rows) {
                      TUTELA_ASSIGN(auto one, export_json(names, row));
                      out["exports"].push_back(std::move(one));
                    }
                    return out;
                  }));
    return json_ok(body);
  });
  routes.add(http::Method::post, "/v1/items/{item_id}/exports", Sensitivity::media, kReasonBodyBytesMax,
             [&context](const ConsoleCall& call) { return request_export(context, call); });
  routes.add(http::Method::post, "/v1/exports/{export_id}/approve", Sensitivity::media, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ExportId>("export_id"));
               TUTELA_ASSIGN(const auto row, line::approve_export(context, id, call.member));
               return row_response(context, row, 200, export_json);
             });
  routes.add(http::Method::post, "/v1/exports/{export_id}/refuse", Sensitivity::media, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ExportId>("export_id"));
               TUTELA_ASSIGN(const auto row, line::refuse_export(context, id, call.member));
               return row_response(context, row, 200, export_json);
             });
  routes.add(http::Method::post, "/v1/exports/{export_id}/file", Sensitivity::media, 0,
             [&context](const ConsoleCall& call) { return hand_out(context, call); });
}

}  // namespace tutela::api
