#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/console_routes.h"
#include "api/json_views.h"
#include "base/limits.h"
#include "http/json_body.h"
#include "ledger/key_chain.h"
#include "ledger/ledger_view.h"
#include "line/bank_lists.h"
#include "line/banks.h"
#include "line/reviewing.h"

// Banks, the ledger, members and exposure.
namespace tutela::api {
namespace {

using access::Sensitivity;

constexpr std::int64_t kLatestEntries = 100;
constexpr std::int64_t kSubjectEntriesMax = 10'000;
constexpr std::array<std::string_view, 10> kSubjectTypes{"report",   "item", "concern", "referral", "notice",
                                                         "incoming", "bank", "member",  "token",    "node"};

Result<Json> entry_json(store::Reader& reader, const match::EntryRow& row) {
  Json out = {{"entry_id", row.id.to_string()}, {"bank_id", row.bank_id.to_string()},
              {"status", row.status},           {"act", row.act},
              {"age_band", row.age_band},       {"source", row.source},
              {"algorithms", Json::array()},    {"created_at", to_rfc3339(row.created_at)}};
  if (row.item_id) out["item_id"] = row.item_id->to_string();
  TUTELA_ASSIGN(const auto fingerprints, match::fingerprints_of_entry(reader, row.id));
  for (const auto& one : fingerprints) out["algorithms"].push_back(one.algorithm);
  return out;
}

Result<Json> bank_with_count(store::Reader& reader, const match::BankRow& bank) {
  TUTELA_ASSIGN(const auto entries, match::entries_of_bank(reader, bank.id));
  return bank_json(
      bank, static_cast<std::size_t>(std::ranges::count_if(entries, [](const auto& row) { return row.status != "withdrawn"; })));
}

Result<Json> banks_json(store::Reader& reader) {
  Json out = {{"banks", Json::array()}};
  TUTELA_ASSIGN(const auto banks, match::list_banks(reader));
  for (const auto& bank : banks) {
    TUTELA_ASSIGN(auto one, bank_with_count(reader, bank));
    out["banks"].push_back(std::move(one));
  }
  return out;
}

Result<Json> entries_json(store::Reader& reader, const BankId& id) {
  TUTELA_ASSIGN(const auto bank, match::find_bank(reader, id));
  Json out = {{"entries", Json::array()}};
  TUTELA_ASSIGN(out["bank"], bank_with_count(reader, bank));
  TUTELA_ASSIGN(auto entries, match::entries_of_bank(reader, id));
  std::ranges::reverse(entries);
  if (entries.size() > 500) entries.erase(entries.begin() + 500, entries.end());
  for (const auto& entry : entries) {
    TUTELA_ASSIGN(auto one, entry_json(reader, entry));
    out["entries"].push_back(std::move(one));
  }
  return out;
}

Json ledger_entry_json(const ledger::EntryReport& entry) {
  return {{"epoch", entry.epoch}, {"index", entry.index},       {"n", entry.n},
          {"kind", entry.kind},   {"at", to_rfc3339(entry.at)}, {"payload", entry.payload}};
}

Result<ledger::Subject> subject_of(const ConsoleCall& call) {
  const std::string& type = call.request.path_parameters.at("subject_type");
  if (std::ranges::find(kSubjectTypes, type) == kSubjectTypes.end()) return fail(ErrorCode::not_found, "ledger.unknown_subject");
  // The node has one chain and no id of its own.
  if (type == ledger::kNodeSubjectType) return ledger::Subject{type, {}};
  TUTELA_ASSIGN(const auto id, call.id<Id<struct SubjectTag>>("subject_id"));
  return ledger::Subject{type, Bytes(id.bytes().begin(), id.bytes().end())};
}

Result<Json> ledger_json(const line::Context& context, store::Reader& reader) {
  TUTELA_ASSIGN(const auto note, ledger::latest_checkpoint(reader));
  TUTELA_ASSIGN(const auto checkpoint, ledger::open_checkpoint(note, context.keys.key_chain()));
  Json out = {{"origin", ledger::encode_origin(checkpoint.origin)},
              {"size", checkpoint.size},
              {"checkpoint", note},
              {"entries", Json::array()}};
  TUTELA_ASSIGN(const auto entries, ledger::latest_entries(reader, kLatestEntries));
  for (const auto& entry : entries) out["entries"].push_back(ledger_entry_json(entry));
  return out;
}

Result<http::Response> excerpt(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto subject, subject_of(call));
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) {
    return line::record(context, tx, "ledger.excerpt_exported", line::About::node(), call.member.actor(),
                        {{"type", subject.type}});
  }));
  TUTELA_ASSIGN(const auto text, in_snapshot<std::string>(context.store, [&](store::Reader& reader) {
                  return ledger::export_excerpt(
                      reader, subject, {context.keys.signing_key(), context.keys.subject_key(), context.keys.successions()});
                }));
  auto response = http::text_response(200, "application/json", text);
  response.headers["Content-Disposition"] = "attachment; filename=\"" + subject.type + "-excerpt.json\"";
  return response;
}

Json member_json(const accounts::MemberRow& row, RoleSet roles) {
  Json out = {{"member_id", row.id.to_string()}, {"login", row.login},   {"pseudonym", row.pseudonym},
              {"roles", Json::array()},          {"active", row.active}, {"created_at", to_rfc3339(row.created_at)}};
  for (const auto role : kRoles)
    if (roles.has(role)) out["roles"].push_back(to_word(role));
  return out;
}

Result<http::Response> add_member(const line::Context& context, const ConsoleCall& call) {
  TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
  TUTELA_TRY(http::require_only(body, {"login", "password", "roles"}));
  TUTELA_ASSIGN(const auto login, http::required_text(body, "login", 64));
  TUTELA_ASSIGN(auto password, http::required_text(body, "password", 256));
  TUTELA_ASSIGN(const auto words, http::optional_texts(body, "roles", kRoles.size(), http::kJsonWordBytesMax));
  RoleSet roles;
  for (const auto& word : words) {
    TUTELA_ASSIGN(const auto role, parse_role(word));
    roles = roles.with(role);
  }
  TUTELA_ASSIGN(const auto row,
                line::add_member(context, {login, Sensitive<std::string>(std::move(password)), roles}, call.member.actor()));
  return json_ok(member_json(row, roles), 201);
}

Result<Json> exposure_report(const line::Context& context, store::Reader& reader, const ConsoleCall& call) {
  const auto rules = line::exposure_rules(context);
  TUTELA_ASSIGN(const auto mine, line::exposure_of(context, reader, call.member.id()));
  Json out = {{"mine", exposure_json(context, mine)}};
  if (!call.require(Sensitivity::personal)) return out;
  const Time shift = review::shift_start(context.clock.now(), rules);
  TUTELA_ASSIGN(const auto rows, review::exposure_since(reader, shift));
  std::int64_t total = 0;
  std::int64_t most = 0;
  std::int64_t at_limit = 0;
  for (const auto& row : rows) {
    total += row.seconds;
    most = std::max(most, row.seconds);
    const auto left = review::exposure_left(row, rules);
    if (left.seconds <= 0 || left.weight <= 0) ++at_limit;
  }
  out["aggregate"] = {{"shift_start", to_rfc3339(shift)},
                      {"members", rows.size()},
                      {"seconds_total", total},
                      {"seconds_max", most},
                      {"members_at_limit", at_limit}};
  return out;
}

}  // namespace

void add_record_routes(ConsoleRoutes& routes) {
  const auto& context = routes.context();
  const auto read = [&context](auto body) {
    return [&context, body](const ConsoleCall& call) -> Result<http::Response> {
      TUTELA_ASSIGN(const auto json, in_snapshot<Json>(context.store, [&](store::Reader& reader) { return body(reader, call); }));
      return json_ok(json);
    };
  };
  routes.add(http::Method::get, "/v1/banks", Sensitivity::plain, 0,
             read([](store::Reader& reader, const ConsoleCall&) { return banks_json(reader); }));
  routes.add(http::Method::get, "/v1/banks/{bank_id}/entries", Sensitivity::plain, 0,
             read([](store::Reader& reader, const ConsoleCall& call) -> Result<Json> {
               TUTELA_ASSIGN(const auto id, call.id<BankId>("bank_id"));
               return entries_json(reader, id);
             }));
  routes.add(http::Method::post, "/v1/banks/{bank_id}/adopt", Sensitivity::plain, 16 * 1024,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<BankId>("bank_id"));
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"reason"}));
               TUTELA_ASSIGN(const auto reason, http::required_text(body, "reason", limits::kReasonBytesMax));
               TUTELA_ASSIGN(const auto bank, in_snapshot<match::BankRow>(context.store, [&](store::Reader& reader) {
                               return match::find_bank(reader, id);
                             }));
               TUTELA_ASSIGN(const auto taken, line::adopt_bank(context, bank, call.member, reason));
               const bool is_complete = taken.state == line::Adoption::completed;
               if (is_complete) line::take_over_change(context);
               return json_ok({{"adoption", is_complete ? "completed" : "begun"}, {"entries", taken.entries}});
             });
  routes.add(http::Method::post, "/v1/entries/{entry_id}/withdraw", Sensitivity::plain, 16 * 1024,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_ASSIGN(const auto id, call.id<EntryId>("entry_id"));
               TUTELA_ASSIGN(const auto body, http::parse_json_body(call.request));
               TUTELA_TRY(http::require_only(body, {"reason"}));
               TUTELA_ASSIGN(const auto reason, http::required_text(body, "reason", limits::kReasonBytesMax));
               TUTELA_ASSIGN(const auto reopened, line::withdraw_entry(context, id, call.member, reason));
               TUTELA_ASSIGN(const auto out, in_snapshot<Json>(context.store, [&](store::Reader& reader) -> Result<Json> {
                               TUTELA_ASSIGN(const auto entry, match::find_entry(reader, id));
                               Json withdrawn = {{"reopened_item_ids", Json::array()}};
                               TUTELA_ASSIGN(withdrawn["entry"], entry_json(reader, entry));
                               for (const auto& item : reopened) withdrawn["reopened_item_ids"].push_back(item.to_string());
                               return withdrawn;
                             }));
               return json_ok(out);
             });

  routes.add(http::Method::get, "/v1/ledger", Sensitivity::plain, 0,
             read([&context](store::Reader& reader, const ConsoleCall&) { return ledger_json(context, reader); }));
  routes.add(http::Method::get, "/v1/ledger/{subject_type}/{subject_id}", Sensitivity::plain, 0,
             read([&context](store::Reader& reader, const ConsoleCall& call) -> Result<Json> {
               TUTELA_ASSIGN(const auto subject, subject_of(call));
               TUTELA_ASSIGN(const auto entries,
                             ledger::entries_of(reader, subject, context.keys.subject_key(), kSubjectEntriesMax));
               Json out = {{"subject_type", subject.type},
                           {"subject_id", call.request.path_parameters.at("subject_id")},
                           {"entries", Json::array()}};
               for (const auto& entry : entries) out["entries"].push_back(ledger_entry_json(entry));
               return out;
             }));
  routes.add(http::Method::get, "/v1/ledger/{subject_type}/{subject_id}/excerpt", Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) { return excerpt(context, call); });

  routes.add(http::Method::get, "/v1/members", Sensitivity::plain, 0,
             read([](store::Reader& reader, const ConsoleCall&) -> Result<Json> {
               Json out = {{"members", Json::array()}};
               TUTELA_ASSIGN(const auto rows, accounts::list_members(reader));
               for (const auto& row : rows) {
                 TUTELA_ASSIGN(const auto roles, RoleSet::from_bits(row.roles));
                 out["members"].push_back(member_json(row, roles));
               }
               return out;
             }));
  routes.add(http::Method::post, "/v1/members", Sensitivity::plain, 16 * 1024,
             [&context](const ConsoleCall& call) { return add_member(context, call); });
  routes.add(http::Method::get, "/v1/exposure", Sensitivity::plain, 0,
             read([&context](store::Reader& reader, const ConsoleCall& call) { return exposure_report(context, reader, call); }));
}

}  // namespace tutela::api
