#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/console_routes.h"
#include "api/fingerprint_json.h"
#include "api/json_views.h"
#include "filing/incoming_repository.h"
#include "http/json_body.h"
#include "intake/report_repository.h"
#include "line/capture.h"
#include "line/case_facts.h"
#include "line/matching.h"
#include "line/reviewing.h"
#include "line/sealed.h"
#include "review/lease.h"
#include "review/quorum.h"

namespace tutela::api {
namespace {

using access::Sensitivity;

// What somebody still has to do, by the records' own states.
Result<Json> counts_json(const line::Context& context, store::Reader& reader, const line::QueueView& queue,
                         const std::vector<casework::ConcernRow>& concerns) {
  const Time now = context.clock.now();
  const auto pressing = std::ranges::count_if(concerns, [](const auto& row) { return row.in_danger_now; });
  const auto late = std::ranges::count_if(concerns, [&](const auto& row) { return row.due_at < now && !row.assessment; });
  TUTELA_ASSIGN(const auto tasks, filing::open_routing_tasks(reader));
  TUTELA_ASSIGN(const auto referrals, filing::list_referrals(reader, 500));
  TUTELA_ASSIGN(const auto notices, notice::list_notices(reader, 500));
  TUTELA_ASSIGN(const auto incoming, filing::list_incoming(reader, 500));
  const auto waiting = std::ranges::count_if(referrals, [](const auto& row) {
    return row.state == "drafted" || row.state == "choose_channel" || (row.confirm_due_at && !row.confirmed_by);
  });
  return Json{{"items", queue.counts.waiting + queue.counts.in_review},
              {"needs_second", queue.counts.needs_second},
              {"urgent", queue.counts.urgent + pressing},
              {"overdue", queue.counts.overdue + late},
              {"concerns", concerns.size()},
              {"routing", tasks.size()},
              {"referrals", waiting},
              {"notices", std::ranges::count_if(notices, [](const auto& row) { return !row.closed_at; })},
              {"incoming", std::ranges::count_if(incoming, [](const auto& row) { return row.state == "received"; })}};
}

struct QueueExtras {
  std::map<ItemId, std::int64_t> locations;
  std::map<ItemId, std::int64_t> reports;
};

Result<Json> queue_item_json(Pseudonyms& names, const line::QueueView& queue, std::size_t place, const QueueExtras& extras,
                             const MemberId& viewer) {
  const auto& item = queue.items[place];
  const auto& row = queue.rows[place];
  const auto count_of = [&](const std::map<ItemId, std::int64_t>& counts) {
    const auto found = counts.find(item.id);
    return found == counts.end() ? std::int64_t{0} : found->second;
  };
  Json out = {{"item_id", item.id.to_string()},
              {"state", row.state},
              {"action", row.action},
              {"is_new", row.is_new},
              {"urgent", row.urgent},
              {"is_safe", row.is_safe},
              {"has_picture", row.object_name.has_value()},
              {"locations", count_of(extras.locations)},
              {"reports", count_of(extras.reports)},
              {"assessed_by_me", std::ranges::find(item.assessed_by, viewer) != item.assessed_by.end()},
              {"first_seen_at", to_rfc3339(row.first_seen_at)}};
  put(out, "due_at", row.due_at);
  if (row.stack_entry)
    if (const auto stack = queue.stacks.find(*row.stack_entry); stack != queue.stacks.end())
      out["stack"] = Json{{"entry_id", stack->first.to_string()}, {"items", stack->second}};
  if (const auto lease = queue.leases.find(item.id); lease != queue.leases.end()) {
    TUTELA_ASSIGN(const auto pseudonym, names.of(lease->second.member_id));
    out["lease"] = lease_json(lease->second, viewer, pseudonym);
  }
  return out;
}

Result<Json> queue_json(const line::Context& context, store::Reader& reader, const MemberId& viewer,
                        const std::optional<EntryId>& stack) {
  Pseudonyms names(reader);
  TUTELA_ASSIGN(const auto queue, stack ? line::read_stack(context, reader, *stack) : line::read_queue(context, reader));
  TUTELA_ASSIGN(const auto concerns, casework::open_concerns(reader));
  TUTELA_ASSIGN(const auto exposure, line::exposure_of(context, reader, viewer));
  Json out = {{"items", Json::array()}, {"concerns", Json::array()}, {"exposure", exposure_json(context, exposure)}};
  TUTELA_ASSIGN(out["counts"], counts_json(context, reader, queue, concerns));
  put(out, "oldest_item_at", queue.counts.oldest_at);
  if (!concerns.empty())
    out["oldest_concern_at"] = to_rfc3339(std::ranges::min(concerns, {}, &casework::ConcernRow::received_at).received_at);
  QueueExtras extras;
  TUTELA_ASSIGN(extras.locations, review::count_waiting_locations(reader));
  TUTELA_ASSIGN(extras.reports, review::count_waiting_reports(reader));
  for (std::size_t place = 0; place < queue.items.size(); ++place) {
    TUTELA_ASSIGN(auto one, queue_item_json(names, queue, place, extras, viewer));
    out["items"].push_back(std::move(one));
  }
  for (const auto& concern : concerns) {
    TUTELA_ASSIGN(auto one, concern_json(names, concern));
    out["concerns"].push_back(std::move(one));
  }
  return out;
}

Json assessment_json(const review::AssessmentRow& row) {
  return {{"assessment_id", row.id.to_string()},
          {"act", row.act},
          {"age_band", row.age_band},
          {"viewed", row.viewed},
          {"assessed_at", to_rfc3339(row.assessed_at)}};
}

// Only what this member may read: blind to the others until there is a verdict.
Result<> put_assessments(store::Reader& reader, const ItemId& item, const line::SignedIn& member, Json& out) {
  TUTELA_ASSIGN(const auto rows, review::assessments_of_item(reader, item));
  std::vector<review::Assessment> assessments;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto one, review::Assessment::restore(row));
    assessments.push_back(one);
  }
  out["assessments"] = rows.size();
  Json others = Json::array();
  for (const auto& visible : review::visible_assessments(assessments, member.presence)) {
    const auto row = std::ranges::find(rows, visible.id(), &review::AssessmentRow::id);
    if (visible.member() == member.id())
      out["my_assessment"] = assessment_json(*row);
    else
      others.push_back(assessment_json(*row));
  }
  if (!others.empty()) out["other_assessments"] = std::move(others);
  return {};
}

// What the device wrote into the file tells of a person.
enum class CaptureFacts : std::uint8_t { shown, withheld };

Result<Json> facts_json(const line::Context& context, const review::ItemRow& item, CaptureFacts capture_facts) {
  Json facts = {{"has_picture", item.object_name.has_value()}};
  put(facts, "format", item.format);
  put(facts, "width", item.width);
  put(facts, "height", item.height);
  put(facts, "decode_reason", item.decode_reason);
  if (item.sealed_capture && capture_facts == CaptureFacts::shown) {
    TUTELA_ASSIGN(const auto text, line::open_sealed_text(context, item.wrapped_key, "item.sealed_capture", item.id.bytes(),
                                                          *item.sealed_capture));
    TUTELA_ASSIGN(const auto capture, line::parse_capture(text));
    if (!capture.taken_at.empty()) facts["captured_at"] = capture.taken_at;
    if (!capture.make.empty() || !capture.model.empty())
      facts["device"] = capture.make + (capture.make.empty() ? "" : " ") + capture.model;
    if (capture.position) facts["has_position"] = true;
  }
  return facts;
}

Result<Json> stay_down_json(store::Reader& reader, const review::ItemRow& item, bool has_fingerprint) {
  TUTELA_ASSIGN(const auto entry, match::find_entry_of_item(reader, item.id));
  if (entry && entry->status == "active") return Json{{"possible", true}, {"entry_id", entry->id.to_string()}};
  TUTELA_ASSIGN(const auto verdict, review::find_verdict(reader, item.id));
  if (verdict && verdict->inherited_entry) return Json{{"possible", true}, {"entry_id", verdict->inherited_entry->to_string()}};
  if (!has_fingerprint) return Json{{"possible", false}, {"why_not", "no_fingerprint"}};
  if (verdict) return Json{{"possible", false}, {"why_not", "not_upheld"}};
  return Json{{"possible", false}, {"why_not", "no_verdict_yet"}};
}

Result<Json> item_json(const line::Context& context, store::Reader& reader, const ItemId& id, const ConsoleCall& call) {
  const auto& member = call.member;
  Pseudonyms names(reader);
  TUTELA_ASSIGN(const auto item, review::find_item(reader, id));
  Json out = {{"item_id", id.to_string()},
              {"state", item.state},
              {"action", item.action},
              {"is_new", item.is_new},
              {"urgent", item.urgent},
              {"is_safe", item.is_safe},
              {"first_seen_at", to_rfc3339(item.first_seen_at)},
              {"fingerprints", Json::array()},
              {"locations", Json::array()},
              {"reports", Json::array()},
              {"referrals", Json::array()},
              {"notices", Json::array()},
              {"routing", Json::array()}};
  put(out, "due_at", item.due_at);
  const auto capture_facts = call.require(Sensitivity::personal) ? CaptureFacts::shown : CaptureFacts::withheld;
  TUTELA_ASSIGN(out["facts"], facts_json(context, item, capture_facts));
  TUTELA_ASSIGN(const auto fingerprints, review::fingerprints_of_item(reader, id));
  for (const auto& row : fingerprints) {
    Json one = {{"algorithm", row.algorithm}, {"origin", row.origin}};
    put(one, "quality", row.quality);
    out["fingerprints"].push_back(std::move(one));
  }
  TUTELA_ASSIGN(const auto matches, line::stored_matches(context, reader, id));
  TUTELA_ASSIGN(out["matches"], matches_json(reader, matches));
  TUTELA_ASSIGN(const auto locations, review::locations_of_item(reader, id));
  for (const auto& row : locations) {
    Json one = {{"location_id", row.id.to_string()},
                {"scheme", row.scheme},
                {"host", row.host},
                {"state", row.state},
                {"first_seen_at", to_rfc3339(row.first_seen_at)}};
    put(one, "country", row.country);
    out["locations"].push_back(std::move(one));
  }
  TUTELA_ASSIGN(const auto lease, review::find_lease(reader, id));
  if (lease && review::is_live(*lease, context.clock.now())) {
    TUTELA_ASSIGN(const auto pseudonym, names.of(lease->member_id));
    out["lease"] = lease_json(*lease, member.id(), pseudonym);
  }
  TUTELA_TRY(put_assessments(reader, id, member, out));
  TUTELA_ASSIGN(const auto verdict, review::find_verdict(reader, id));
  if (verdict) out["verdict"] = verdict_json(*verdict);
  TUTELA_ASSIGN(out["stay_down"], stay_down_json(reader, item, !fingerprints.empty()));
  TUTELA_ASSIGN(const auto reports, intake::reports_of_item(reader, id));
  for (const auto& report_id : reports) {
    TUTELA_ASSIGN(const auto report, intake::find_report(reader, report_id));
    out["reports"].push_back({{"report_id", report_id.to_string()},
                              {"channel", report.channel},
                              {"kind", report.kind},
                              {"state", report.state},
                              {"received_at", to_rfc3339(report.received_at)}});
  }
  TUTELA_ASSIGN(const auto referrals, filing::referrals_of_subject(reader, id.bytes()));
  for (const auto& row : referrals) {
    TUTELA_ASSIGN(auto one, referral_json(names, row));
    out["referrals"].push_back(std::move(one));
  }
  TUTELA_ASSIGN(const auto notices, notice::notices_of_item(reader, id));
  for (const auto& row : notices) {
    TUTELA_ASSIGN(auto one, notice_json(names, reader, row));
    out["notices"].push_back(std::move(one));
  }
  TUTELA_ASSIGN(const auto tasks, filing::open_routing_tasks_of(reader, id.bytes()));
  for (const auto& row : tasks) {
    TUTELA_ASSIGN(auto one, routing_json(names, row));
    out["routing"].push_back(std::move(one));
  }
  TUTELA_ASSIGN(const auto exposure, line::exposure_of(context, reader, member.id()));
  out["exposure"] = exposure_json(context, exposure);
  return out;
}

Result<http::Response> item_response(const line::Context& context, const ItemId& id, const ConsoleCall& call, int status) {
  TUTELA_ASSIGN(const auto body,
                in_snapshot<Json>(context.store, [&](store::Reader& reader) { return item_json(context, reader, id, call); }));
  return json_ok(body, status);
}

Result<Json> source_json(const law::Source& source, const law::RowReference& row) {
  return Json{{"row", row},        {"law", source.law},     {"section", source.section},
              {"url", source.url}, {"quote", source.quote}, {"read_on", source.read_on}};
}

// The row that a reference names.
const law::Source* find_source(const law::JurisdictionTable& table, const law::RowReference& reference) {
  for (const auto& [country, jurisdiction] : table.all()) {
    for (const auto& row : jurisdiction.illegal)
      if (row.reference == reference) return &row.source;
    for (const auto& row : jurisdiction.tell)
      if (row.reference == reference) return &row.source;
  }
  return nullptr;
}

Result<Json> tells_json(const law::JurisdictionTable& table, const std::vector<law::Tell>& tells) {
  Json out = Json::array();
  for (const auto& tell : tells) {
    const auto* source = find_source(table, tell.row);
    if (source == nullptr) return fail(ErrorCode::internal, "law.row_without_source");
    TUTELA_ASSIGN(auto cited, source_json(*source, tell.row));
    out.push_back({{"country", tell.country.text()},
                   {"authority", tell.authority},
                   {"deadline_hours", tell.deadline.count()},
                   {"deadline_is_law", tell.deadline_is_law},
                   {"source", std::move(cited)}});
  }
  return out;
}

Result<Json> law_json(const law::JurisdictionTable& table, const law::LegalView& view) {
  Json out = {{"illegal_where", Json::array()}, {"unknown_where", Json::array()}};
  for (const auto& where : view.illegal_where) {
    const auto* source = find_source(table, where.row);
    if (source == nullptr) return fail(ErrorCode::internal, "law.row_without_source");
    TUTELA_ASSIGN(auto cited, source_json(*source, where.row));
    out["illegal_where"].push_back({{"country", where.country.text()},
                                    {"role", law::to_word(where.role)},
                                    {"illegal", law::to_word(where.illegal)},
                                    {"source", std::move(cited)}});
  }
  TUTELA_ASSIGN(out["must_tell"], tells_json(table, view.must_tell));
  TUTELA_ASSIGN(out["may_tell"], tells_json(table, view.may_tell));
  for (const auto& unknown : view.unknown_where) {
    Json one = {{"role", law::to_word(unknown.role)}, {"why", law::to_word(unknown.why)}};
    if (unknown.country) one["country"] = unknown.country->text();
    out["unknown_where"].push_back(std::move(one));
  }
  return out;
}

Json count_json(const line::ViewCount& count) {
  return {{"seconds", count.view.seconds}, {"seconds_left", std::max<std::int64_t>(0, count.left.seconds)}, {"stop", count.stop}};
}

Result<http::Response> open_view(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto id, call.id<ItemId>("item_id"));
  TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
  TUTELA_TRY(http::require_only(body, {"mode", "location_id"}));
  TUTELA_ASSIGN(const auto mode, http::required_enum(body, "mode", review::parse_view_mode));
  TUTELA_TRY(call.require(mode == review::ViewMode::address ? Sensitivity::address : Sensitivity::media));
  std::optional<LocationId> location;
  if (body.contains("location_id")) {
    TUTELA_ASSIGN(location, http::required_id<LocationId>(body, "location_id"));
  }
  TUTELA_ASSIGN(const auto opened, line::open_view(context, id, mode, location, call.member));
  const auto beat = std::chrono::duration_cast<std::chrono::seconds>(line::exposure_rules(context).beat_every).count();
  Json out = {{"view_id", opened.view.id.to_string()},
              {"mode", opened.view.mode},
              {"beat_every_seconds", beat},
              {"seconds_left", std::max<std::int64_t>(0, opened.left.seconds)}};
  if (opened.address) out["address"] = opened.address->reveal();
  return json_ok(out, 201);
}

Result<http::Response> assess(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto id, call.id<ItemId>("item_id"));
  TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
  TUTELA_TRY(http::require_only(body, {"act", "age_band", "viewed", "declared_seconds", "reason"}));
  TUTELA_ASSIGN(const auto act, http::required_enum(body, "act", parse_act));
  TUTELA_ASSIGN(const auto age_band, http::required_enum(body, "age_band", parse_age_band));
  TUTELA_ASSIGN(const auto viewed, http::required_enum(body, "viewed", review::parse_viewed));
  TUTELA_ASSIGN(const auto seconds, http::required_integer(body, "declared_seconds", {0, 3600}));
  TUTELA_ASSIGN(auto reason, http::required_text(body, "reason", limits::kReasonBytesMax));
  TUTELA_ASSIGN(
      const auto taken,
      line::assess_item(context, id, {{act, age_band}, viewed, seconds, Sensitive<std::string>(std::move(reason))}, call.member));
  Json out = {{"assessment_id", taken.id.to_string()}, {"item_id", id.to_string()}, {"state", taken.item_state}};
  if (taken.verdict) out["verdict"] = verdict_json(*taken.verdict);
  const auto next = context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto queue, line::read_queue(context, reader));
    const auto mine = review::queue_for(call.member.id(), queue.items);
    if (!mine.empty()) out["next_item_id"] = mine.front().id.to_string();
    return {};
  });
  TUTELA_TRY(next);
  return json_ok(out, 201);
}

}  // namespace

void add_item_routes(ConsoleRoutes& routes) {
  const auto& context = routes.context();
  routes.add(http::Method::get, "/v1/queue", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               std::optional<EntryId> stack;
               if (const auto asked = call.request.query.find("stack"); asked != call.request.query.end()) {
                 TUTELA_ASSIGN(stack, EntryId::parse(asked->second));
               }
               TUTELA_ASSIGN(const auto body, in_snapshot<Json>(context.store, [&](store::Reader& reader) {
                               return queue_json(context, reader, call.member.id(), stack);
                             }));
               return json_ok(body);
             });
  routes.add(http::Method::get, "/v1/items/{item_id}", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ItemId>("item_id"));
               return item_response(context, id, call, 200);
             });
  routes.add(http::Method::get, "/v1/items/{item_id}/law", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ItemId>("item_id"));
               const auto parameter = [&](const char* name) {
                 const auto found = call.request.query.find(name);
                 return found == call.request.query.end() ? std::string_view() : std::string_view(found->second);
               };
               TUTELA_ASSIGN(const auto act, parse_act(parameter("act")));
               TUTELA_ASSIGN(const auto age_band, parse_age_band(parameter("age_band")));
               TUTELA_ASSIGN(const auto kind, line::node_kind(context));
               TUTELA_ASSIGN(const auto view,
                             in_snapshot<law::LegalView>(context.store, [&](store::Reader& reader) -> Result<law::LegalView> {
                               TUTELA_TRY(review::find_item(reader, id));
                               TUTELA_ASSIGN(const auto countries, line::countries_of_item(context, reader, id));
                               return law::evaluate(context.law, {act, age_band}, countries, kind);
                             }));
               TUTELA_ASSIGN(const auto body, law_json(context.law, view));
               return json_ok(body);
             });
  routes.add(http::Method::post, "/v1/items/{item_id}/lease", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ItemId>("item_id"));
               TUTELA_ASSIGN(const auto lease, line::claim_item(context, id, call.member));
               return json_ok(lease_json(lease, call.member.id(), call.member.pseudonym));
             });
  routes.add(http::Method::delete_, "/v1/items/{item_id}/lease", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ItemId>("item_id"));
               TUTELA_TRY(line::release_item(context, id, call.member));
               return no_content();
             });
  routes.add(http::Method::post, "/v1/items/{item_id}/views", Sensitivity::plain, 4096,
             [&context](const ConsoleCall& call) { return open_view(context, call); });
  routes.add(http::Method::get, "/v1/views/{view_id}/picture", Sensitivity::media, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ViewId>("view_id"));
               http::Response response;
               TUTELA_ASSIGN(response.body, line::picture_of_view(context, id, call.member));
               response.headers["Content-Type"] = "image/png";
               response.headers["Cache-Control"] = "no-store";
               return response;
             });
  routes.add(http::Method::post, "/v1/views/{view_id}/beat", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ViewId>("view_id"));
               TUTELA_ASSIGN(const auto count, line::beat_view(context, id, call.member));
               return json_ok(count_json(count));
             });
  routes.add(http::Method::post, "/v1/views/{view_id}/close", Sensitivity::plain, 4096,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ViewId>("view_id"));
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"declared_seconds"}));
               TUTELA_ASSIGN(const auto seconds, http::optional_integer(body, "declared_seconds", {0, 3600}));
               TUTELA_ASSIGN(const auto count, line::close_view(context, id, seconds.value_or(0), call.member));
               return json_ok(count_json(count));
             });
  routes.add(http::Method::post, "/v1/items/{item_id}/fingerprints", Sensitivity::plain, limits::kJsonBodyBytesMax,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<ItemId>("item_id"));
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"fingerprints"}));
               TUTELA_ASSIGN(const auto fingerprints, parse_fingerprints(body, 8));
               if (fingerprints.empty()) return fail(ErrorCode::invalid, "json.field_missing", "field fingerprints");
               TUTELA_TRY(line::add_fingerprints(context, id, fingerprints, call.member));
               return item_response(context, id, call, 201);
             });
  routes.add(http::Method::post, "/v1/items/{item_id}/assessments", Sensitivity::plain, 16 * 1024,
             [&context](const ConsoleCall& call) { return assess(context, call); });
}

}  // namespace tutela::api
