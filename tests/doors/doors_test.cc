#include <gtest/gtest.h>

#include <fstream>

#include "access/permission.h"
#include "doors/running_node.h"
#include "fingerprint/drawn_picture.h"
#include "line/picture.h"

namespace tutela::test {
namespace {

using http::Method;
using nlohmann::json;

void expect_problem(const Reply& reply, int status, const std::string& reason, const std::string& where) {
  EXPECT_EQ(reply.status, status) << where << ": " << reply.body;
  EXPECT_EQ(reply.header("Content-Type"), "application/problem+json") << where;
  const auto body = reply.json();
  ASSERT_TRUE(body.is_object()) << where << ": " << reply.body;
  if (!reason.empty()) {
    EXPECT_EQ(body.value("reason", ""), reason) << where;
  }
  EXPECT_EQ(body.value("status", 0), status) << where;
  for (const auto* field : {"title", "kept", "todo", "type"})
    EXPECT_FALSE(body.value(field, "").empty()) << where << ": " << field;
}

Bytes png(std::uint64_t seed) {
  const fingerprint::DrawnPicture picture({.seed = seed, .width = 320, .height = 240, .shapes = 40});
  return line::encode_png(picture.rgb(), 320, 240, line::PixelFormat::rgb);
}

class Doors : public testing::Test {
 protected:
  RunningNode node;
};

TEST_F(Doors, NoRouteOfOneAnswersOnAnother) {
  for (const Door home : kDoors) {
    for (const auto& route : node.routes(home)) {
      for (const Door door : kDoors) {
        if (door == home || route.pattern == "/style.css") continue;
        const auto path = filled(route.pattern);
        const std::string body = route.method == Method::get ? "" : "{}";
        const auto reply = node.ask(door, route.method, path, {.body = body});
        const std::string where = std::string(http::to_string(route.method)) + " " + route.pattern + " at " + node.url(door);
        if (door == Door::console && route.method == Method::get && !path.starts_with("/v1/")) {
          // The console's own page, whose router shows what there is.
          EXPECT_TRUE(reply.status == 404 || reply.body.find("console of the test") != std::string::npos) << where;
          continue;
        }
        EXPECT_TRUE(reply.status == 404 || reply.status == 405) << where << ": " << reply.status;
        EXPECT_TRUE(reply.header("Set-Cookie").empty()) << where;
      }
    }
  }
}

TEST_F(Doors, EveryPermissionHasItsRouteAndEveryRouteItsPermission) {
  std::vector<access::RouteName> names;
  const auto console = node.routes(Door::console);
  const auto machine = node.routes(Door::machine);
  for (const auto& route : console) names.push_back({access::Listener::console, http::to_string(route.method), route.pattern});
  for (const auto& route : machine) names.push_back({access::Listener::machine, http::to_string(route.method), route.pattern});
  EXPECT_TRUE(access::check_coverage(names));
  for (const auto& row : access::permissions())
    EXPECT_NE(std::ranges::find_if(names,
                                   [&](const auto& name) {
                                     return name.listener == row.listener && name.method == row.method &&
                                            name.pattern == row.pattern;
                                   }),
              names.end())
        << row.method << " " << row.pattern << " has no route";
  names.push_back({access::Listener::console, "GET", "/v1/forgotten"});
  EXPECT_EQ(access::check_coverage(names).error().reason, Reason("access.route_without_row"));
}

TEST_F(Doors, TheConsoleAsksForASessionACsrfWordAndARole) {
  std::map<Role, RunningNode::Session> sessions;
  const auto routes = node.routes(Door::console);
  for (const Role role : kRoles) sessions.emplace(role, node.sign_in("only-" + std::to_string(static_cast<int>(role)), {role}));
  for (const auto& row : access::permissions()) {
    if (row.listener != access::Listener::console || row.audience == access::Audience::anyone) continue;
    const auto method = row.method == "GET" ? Method::get : row.method == "DELETE" ? Method::delete_ : Method::post;
    const std::string pattern(row.pattern);
    const std::string where = std::string(row.method) + " " + pattern;
    const auto route = std::ranges::find_if(
        routes, [&](const auto& one) { return one.pattern == pattern && http::to_string(one.method) == row.method; });
    const std::string body = route->body_bytes_max > 0 ? "{}" : "";
    const auto path = filled(pattern);
    expect_problem(node.ask(Door::console, method, path, {.body = body}), 401, "access.no_session", where);
    expect_problem(
        node.ask(Door::console, method, path, {.headers = {{"Cookie", "tutela_session=" + std::string(64, '0')}}, .body = body}),
        401, "access.no_session", where + " with a session of nobody");
    if (method != Method::get) {
      auto headers = sessions.at(Role::manager).reading();
      expect_problem(node.ask(Door::console, method, path, {.headers = headers, .body = body}), 403, "access.bad_csrf", where);
      headers["X-Tutela-Csrf"] = std::string(32, '0');
      expect_problem(node.ask(Door::console, method, path, {.headers = headers, .body = body}), 403, "access.bad_csrf", where);
    }
    if (row.audience != access::Audience::roles) continue;
    for (const auto& [role, session] : sessions) {
      bool ever = false;
      bool always = true;
      for (const auto& roles : row.roles) {
        ever = ever || roles.has(role);
        always = always && roles.has(role);
      }
      const auto reply = node.ask(Door::console, method, path, {.headers = session.writing(), .body = body});
      const std::string who = where + " as " + std::string(to_word(role));
      if (!ever) expect_problem(reply, 403, "access.role", who);
      if (always) {
        EXPECT_NE(reply.status, 403) << who << ": " << reply.body;
        EXPECT_NE(reply.status, 401) << who;
        EXPECT_LT(reply.status, 500) << who << ": " << reply.body;
      }
    }
  }
}

TEST_F(Doors, MachinesNeedATokenWithTheScope) {
  const auto nothing = node.token({}, "nothing");
  for (const auto& row : access::permissions()) {
    if (row.listener != access::Listener::machine) continue;
    const auto method = row.method == "GET" ? Method::get : Method::post;
    const auto path = filled(std::string(row.pattern));
    const std::string where = std::string(row.method) + " " + std::string(row.pattern);
    const std::string body = method == Method::post ? "{}" : "";
    expect_problem(node.ask(Door::machine, method, path, {.body = body}), 401, "access.no_token", where);
    expect_problem(
        node.ask(Door::machine, method, path, {.headers = {{"Authorization", "Bearer " + std::string(64, '0')}}, .body = body}),
        401, "access.no_token", where);
    const auto reply = node.ask(Door::machine, method, path, {.headers = nothing, .body = body});
    if (row.audience == access::Audience::any_token) {
      EXPECT_EQ(reply.status, 200) << where;
    } else {
      expect_problem(reply, 403, "access.scope", where);
    }
  }
}

TEST_F(Doors, WrongBodiesAreRefusedWithWhatWasKeptAndWhatToDo) {
  const auto headers = node.token({access::Scope::match, access::Scope::report_write});
  const auto post = [&](const std::string& path, const std::string& body, const std::string& type = "application/json") {
    auto with_key = headers;
    with_key["Idempotency-Key"] = "key";
    return node.ask(Door::machine, Method::post, path, {.headers = with_key, .body = body, .content_type = type});
  };
  expect_problem(post("/v1/match", "{"), 400, "", "not JSON");
  expect_problem(post("/v1/match", "[]"), 400, "", "an array");
  expect_problem(post("/v1/match", R"({"fingerprints":[],"more":1})"), 400, "", "an unknown field");
  expect_problem(post("/v1/match", R"({"fingerprints":[],"fingerprints":[]})"), 400, "", "a field twice");
  expect_problem(post("/v1/match", std::string(40, '[') + std::string(40, ']')), 400, "", "too deep");
  expect_problem(post("/v1/match", "{}"), 400, "json.field_missing", "no fingerprints");
  expect_problem(post("/v1/match", R"({"fingerprints":[{"algorithm":"sha256","value":"00"}]})"), 400, "", "a short digest");
  expect_problem(post("/v1/match", "{}", "text/plain"), 415, "", "another type");
  expect_problem(post("/v1/match", std::string(limits::kJsonBodyBytesMax + 1, ' ')), 413, "", "too large");
  expect_problem(post("/v1/reports", "{}"), 415, "", "not multipart");
  expect_problem(node.ask(Door::machine, Method::get, "/v1/nothing", {.headers = headers}), 404, "", "no such route");
  expect_problem(node.ask(Door::machine, Method::delete_, "/v1/match", {.headers = headers}), 405, "", "another method");
  expect_problem(node.upload(png(1), "image/png", headers, R"({"kind":"content","unknown":1})"), 400, "",
                 "an unknown field of a report");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM report"), 0);
}

TEST_F(Doors, ASessionEndsAndAWrongPasswordIsSlowedDown) {
  const auto session = node.sign_in("analyst", {Role::analyst});
  EXPECT_EQ(node.get(Door::console, "/v1/session", session.reading()).status, 200);
  must(node.context().store.write([](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("UPDATE session SET last_seen_at = last_seen_at - 1900000"));
    return {};
  }));
  expect_problem(node.get(Door::console, "/v1/session", session.reading()), 401, "access.no_session", "idle for half an hour");

  const auto unknown = node.try_sign_in("nobody", "a password");
  const auto wrong = node.try_sign_in("analyst", "a password");
  expect_problem(unknown, 401, "access.bad_login", "no such member");
  EXPECT_EQ(unknown.body, wrong.body) << "nobody learns who is a member";
  Reply last = wrong;
  for (int i = 0; i < 10; ++i) last = node.try_sign_in("analyst", "a password");
  expect_problem(last, 429, "access.too_many_tries", "the tenth try");
}

TEST_F(Doors, SigningOutEndsTheSessionAndTheCookieIsClosedToScripts) {
  must(line::add_member(node.context(), {"analyst", Sensitive<std::string>(std::string(RunningNode::kPassword)), {Role::analyst}},
                        line::Actor::node()));
  const auto reply = node.try_sign_in("analyst", std::string(RunningNode::kPassword));
  const auto cookie = reply.header("Set-Cookie");
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos) << cookie;
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos) << cookie;
  const http::Headers headers{{"Cookie", cookie.substr(0, cookie.find(';'))},
                              {"X-Tutela-Csrf", reply.json().at("csrf").get<std::string>()}};
  EXPECT_EQ(node.ask(Door::console, Method::delete_, "/v1/session", {.headers = headers}).status, 204);
  expect_problem(node.get(Door::console, "/v1/session", headers), 401, "access.no_session", "signed out");
}

TEST_F(Doors, EveryDoorSendsItsSecurityHeaders) {
  for (const Door door : kDoors) {
    for (const auto* path : {"/", "/nothing.txt"}) {
      const auto reply = node.get(door, path);
      EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff") << node.url(door) << path;
      EXPECT_EQ(reply.header("X-Frame-Options"), "DENY");
      EXPECT_EQ(reply.header("Referrer-Policy"), "no-referrer");
      EXPECT_NE(reply.header("Content-Security-Policy").find("default-src 'none'"), std::string::npos) << node.url(door) << path;
    }
  }
  const auto first = node.get(Door::console, "/");
  const auto second = node.get(Door::console, "/items/1");
  const auto nonce_of = [](const Reply& reply) {
    const auto policy = reply.header("Content-Security-Policy");
    const auto begin = policy.find("'nonce-") + 7;
    return policy.substr(begin, policy.find('\'', begin) - begin);
  };
  EXPECT_GE(nonce_of(first).size(), 20U);
  EXPECT_NE(nonce_of(first), nonce_of(second));
  EXPECT_NE(first.body.find("nonce=\"" + nonce_of(first) + "\""), std::string::npos) << first.body;
  EXPECT_EQ(first.header("Cache-Control"), "no-store");
  // No script at the public door and the host's page.
  EXPECT_EQ(node.get(Door::public_door, "/").header("Content-Security-Policy").find("script-src"), std::string::npos);
  EXPECT_EQ(node.get(Door::public_door, "/").body.find("<script"), std::string::npos);
}

TEST_F(Doors, WhatAReporterTypedComesBackEscapedAndTheReceiptTellsTheState) {
  const auto post = [&](const std::string& path, const std::string& body) {
    return node.ask(Door::public_door, Method::post, path, {.body = body, .content_type = "application/x-www-form-urlencoded"});
  };
  const auto refused = post("/report", "address=&text=%3Cscript%3Ealert(1)%3C%2Fscript%3E");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.body.find("<script>"), std::string::npos);
  EXPECT_NE(refused.body.find("&lt;script&gt;"), std::string::npos);
  const auto braces = post("/report", "address=&text=%7B%7B%7Bbody%7D%7D%7D");
  EXPECT_NE(braces.body.find("{{{body}}}"), std::string::npos) << "what looks like a template is text";

  const auto taken = post("/report", "address=https%3A%2F%2Fhost.test%2Fa&text=words");
  ASSERT_EQ(taken.status, 200) << taken.body;
  const auto begin = taken.body.find("id=\"receipt\">") + 13;
  const auto receipt = taken.body.substr(begin, taken.body.find('<', begin) - begin);
  EXPECT_EQ(post("/receipt/check", "receipt=" + receipt + "&typed=" + receipt).status, 200);
  EXPECT_EQ(post("/receipt/check", "receipt=" + receipt + "&typed=other").status, 400);
  const auto found = post("/receipt", "receipt=" + receipt);
  EXPECT_EQ(found.status, 200);
  EXPECT_NE(found.body.find("id=\"word\""), std::string::npos);
  EXPECT_EQ(found.body.find("host.test"), std::string::npos) << "the receipt tells the state and nothing else";
  EXPECT_EQ(post("/receipt", "receipt=nonsense").status, 400);
  auto other = receipt;
  other[0] = other[0] == '2' ? '3' : '2';
  EXPECT_NE(post("/receipt", "receipt=" + other).status, 200);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM report"), 1);
}

TEST_F(Doors, APictureIsShownOnlyToWhoHoldsItAndIsKeptNowhere) {
  const auto manager = node.sign_in("manager", {Role::manager});
  const auto analyst = node.sign_in("analyst", {Role::analyst});
  const auto first = must(line::find_member_by_login(node.context(), "manager"));
  const auto second = must(line::find_member_by_login(node.context(), "analyst"));
  must(line::record_mandate(node.context(), {"law", "counsel", std::chrono::days(1)}, first.id, second.id));
  const auto uploaded = node.upload(png(2), "image/png", node.token({access::Scope::report_write}));
  ASSERT_EQ(uploaded.status, 201) << uploaded.body;
  const auto item = uploaded.json().at("items").at(0).at("item_id").get<std::string>();
  const auto post = [&](const std::string& path, const RunningNode::Session& session, const std::string& body = "") {
    return node.ask(Door::console, Method::post, path, {.headers = session.writing(), .body = body});
  };
  expect_problem(post("/v1/items/" + item + "/views", analyst, R"({"mode":"full"})"), 409, "lease.none", "not claimed");
  ASSERT_EQ(post("/v1/items/" + item + "/lease", analyst).status, 200);
  expect_problem(post("/v1/items/" + item + "/lease", manager), 403, "review.assessor_needed", "a manager is no first assessor");
  const auto view = post("/v1/items/" + item + "/views", analyst, R"({"mode":"grey"})");
  ASSERT_EQ(view.status, 201) << view.body;
  const auto path = "/v1/views/" + view.json().at("view_id").get<std::string>() + "/picture";
  const auto picture = node.get(Door::console, path, analyst.reading());
  EXPECT_EQ(picture.status, 200);
  EXPECT_EQ(picture.header("Content-Type"), "image/png");
  EXPECT_EQ(picture.header("Cache-Control"), "no-store");
  EXPECT_EQ(picture.body.substr(1, 3), "PNG");
  expect_problem(node.get(Door::console, path, manager.reading()), 404, "view.unknown", "another's view");
  expect_problem(node.get(Door::console, path), 401, "access.no_session", "nobody");
  EXPECT_EQ(node.ask(Door::console, Method::delete_, "/v1/items/" + item + "/lease", {.headers = analyst.writing()}).status, 204);
  expect_problem(node.get(Door::console, path, analyst.reading()), 409, "view.closed", "given back");
}

TEST_F(Doors, AFileLeavesByTwoMembersBitForBitOnce) {
  const auto manager = node.sign_in("manager", {Role::manager});
  const auto analyst = node.sign_in("analyst", {Role::analyst});
  const auto auditor = node.sign_in("auditor", {Role::auditor});
  const auto first = must(line::find_member_by_login(node.context(), "manager"));
  const auto second = must(line::find_member_by_login(node.context(), "analyst"));
  must(line::record_mandate(node.context(), {"law", "counsel", std::chrono::days(1)}, first.id, second.id));
  const auto file = png(9);
  const auto uploaded = node.upload(file, "image/png", node.token({access::Scope::report_write}));
  ASSERT_EQ(uploaded.status, 201) << uploaded.body;
  const auto item = uploaded.json().at("items").at(0).at("item_id").get<std::string>();
  const auto post = [&](const std::string& path, const RunningNode::Session& session, const std::string& body = "") {
    return node.ask(Door::console, Method::post, path, {.headers = session.writing(), .body = body});
  };
  const std::string wanted = R"({"purpose":"court_order","reason":"order 12 of a court"})";
  expect_problem(post("/v1/items/" + item + "/exports", auditor, wanted), 403, "access.role", "an auditor");
  const auto asked = post("/v1/items/" + item + "/exports", analyst, wanted);
  ASSERT_EQ(asked.status, 201) << asked.body;
  EXPECT_EQ(asked.body.find("order 12"), std::string::npos);
  const auto path = "/v1/exports/" + asked.json().at("export_id").get<std::string>();
  expect_problem(post(path + "/file", analyst), 409, "export.not_approved", "nobody approved");
  expect_problem(post(path + "/approve", analyst), 403, "", "an analyst approves nothing");
  ASSERT_EQ(post(path + "/approve", manager).status, 200);
  expect_problem(post(path + "/file", manager), 404, "export.unknown", "only to who asked");
  const auto out = post(path + "/file", analyst);
  EXPECT_EQ(out.status, 200);
  EXPECT_EQ(out.body, std::string(as_text(file)));
  EXPECT_EQ(out.header("Content-Type"), "application/octet-stream");
  EXPECT_EQ(out.header("Cache-Control"), "no-store");
  EXPECT_EQ(out.header("Content-Disposition").substr(0, 10), "attachment");
  expect_problem(post(path + "/file", analyst), 409, "export.handed_out", "once");
  EXPECT_EQ(node.get(Door::console, "/v1/exports", auditor.reading()).json().at("exports").at(0).at("state"), "handed_out");
}

TEST_F(Doors, AHoldIsSetAndLiftedAndWhatIsKeptIsShown) {
  const auto manager = node.sign_in("manager", {Role::manager});
  const auto admin = node.sign_in("boss", {Role::admin});
  const auto analyst = node.sign_in("analyst", {Role::analyst});
  const auto uploaded = node.upload(png(10), "image/png", node.token({access::Scope::report_write}));
  const auto item = uploaded.json().at("items").at(0).at("item_id").get<std::string>();
  const auto post = [&](const std::string& path, const RunningNode::Session& session, const json& body = json::object()) {
    return node.ask(Door::console, Method::post, path, {.headers = session.writing(), .body = body.empty() ? "" : body.dump()});
  };
  const json hold = {{"subject_type", "item"}, {"subject_id", item}, {"reason", "file 7"}};
  expect_problem(post("/v1/retention/holds", analyst, hold), 403, "access.role", "an analyst");
  const auto set = post("/v1/retention/holds", manager, hold);
  ASSERT_EQ(set.status, 201) << set.body;
  auto bad = hold;
  bad["ends_at"] = "tomorrow";
  EXPECT_EQ(post("/v1/retention/holds", manager, bad).status, 400);
  const auto shown = node.get(Door::console, "/v1/retention", admin.reading());
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(shown.json().at("holds").at(0).at("in_force"), true);
  EXPECT_EQ(shown.body.find("file 7"), std::string::npos) << "reasons stay sealed";
  const auto lifted =
      post("/v1/retention/holds/" + set.json().at("hold_id").get<std::string>() + "/lift", manager, {{"reason", "done"}});
  EXPECT_EQ(lifted.json().at("in_force"), false);
  const auto schedule = post("/v1/retention/schedules", manager, {{"record_class", "outbox"}});
  ASSERT_EQ(schedule.status, 201) << schedule.body;
  const auto path = "/v1/retention/schedules/" + schedule.json().at("schedule_id").get<std::string>();
  expect_problem(post(path + "/approve", manager), 403, "retention.same_member", "one member is not two");
  EXPECT_EQ(post(path + "/approve", admin).json().at("in_force"), true);
  EXPECT_EQ(post(path + "/end", admin).json().at("in_force"), false);
  expect_problem(post("/v1/retention/destructions/019ac1a0-0000-7000-8000-000000000001/approve", admin), 404,
                 "retention.unknown_destruction", "none");
}

TEST_F(Doors, NamedRecordsAreErasedByTwoMembers) {
  const auto manager = node.sign_in("manager", {Role::manager});
  const auto admin = node.sign_in("boss", {Role::admin});
  const auto auditor = node.sign_in("auditor", {Role::auditor});
  const auto token = node.token({access::Scope::report_write});
  const auto item_of = [&](std::uint64_t seed) {
    return node.upload(png(seed), "image/png", token).json().at("items").at(0).at("item_id").get<std::string>();
  };
  const auto post = [&](const std::string& path, const RunningNode::Session& session, const json& body = json::object()) {
    return node.ask(Door::console, Method::post, path, {.headers = session.writing(), .body = body.empty() ? "" : body.dump()});
  };
  const std::string path = "/v1/retention/erasures";
  const auto item = item_of(11);
  const json wanted = {
      {"subject_type", "item"}, {"subject_ids", {item}}, {"reason", "court_order"}, {"words", "order 14 of a court"}};
  expect_problem(post(path, auditor, wanted), 403, "access.role", "an auditor");
  expect_problem(node.ask(Door::console, Method::post, path, {.headers = manager.reading(), .body = wanted.dump()}), 403,
                 "access.bad_csrf", "no token against forgery");

  const auto with = [&](const char* field, const json& value) {
    auto changed = wanted;
    changed[field] = value;
    return changed;
  };
  expect_problem(post(path, manager, with("reason", "tidying")), 400, "json.field_word", "not of the list");
  expect_problem(post(path, manager, with("subject_type", "concern")), 400, "json.field_word", "has no key of its own");
  expect_problem(post(path, manager, with("surplus", 1)), 400, "json.field_unknown", "strict");
  expect_problem(post(path, manager, with("words", "")), 400, "json.field_empty", "no word why");
  expect_problem(post(path, manager, with("subject_ids", json::array())), 400, "erasure.no_records", "none");
  expect_problem(post(path, manager, with("subject_ids", {"7"})), 400, "json.field_id", "no id");
  expect_problem(post(path, manager, with("subject_ids", {item, item})), 400, "erasure.repeated_record", "twice");
  expect_problem(post(path, manager, with("subject_ids", json(51, item))), 400, "json.field_too_many", "51");
  expect_problem(post(path, manager, with("subject_ids", {"019ac1a0-0000-7000-8000-000000000001"})), 404,
                 "erasure.unknown_record", "none of this id");

  const auto hold = post("/v1/retention/holds", manager, {{"subject_type", "item"}, {"subject_id", item}, {"reason", "file 7"}});
  ASSERT_EQ(hold.status, 201) << hold.body;
  expect_problem(post(path, manager, wanted), 409, "retention.held", "held");
  ASSERT_EQ(
      post("/v1/retention/holds/" + hold.json().at("hold_id").get<std::string>() + "/lift", manager, {{"reason", "done"}}).status,
      200);

  const auto proposed = post(path, manager, wanted);
  ASSERT_EQ(proposed.status, 201) << proposed.body;
  EXPECT_EQ(proposed.json().at("state"), "proposed");
  EXPECT_EQ(proposed.body.find("order 14"), std::string::npos) << "reasons stay sealed";
  expect_problem(post(path, admin, wanted), 409, "erasure.already_proposed", "named before");
  const auto one = path + "/" + proposed.json().at("erasure_id").get<std::string>();
  expect_problem(post(one + "/approve", auditor), 403, "access.role", "an auditor");
  expect_problem(post(one + "/approve", manager), 403, "retention.same_member", "one member is not two");
  const auto words = node.get(Door::console, one + "/words", admin.reading());
  ASSERT_EQ(words.status, 200) << words.body;
  EXPECT_EQ(words.json(), json({{"words", "order 14 of a court"}})) << "for who is to decide";
  expect_problem(node.get(Door::console, one + "/words", auditor.reading()), 403, "access.role", "who does not decide");
  expect_problem(node.get(Door::console, path + "/019ac1a0-0000-7000-8000-000000000001/words", admin.reading()), 404,
                 "erasure.unknown", "none");
  const auto approved = post(one + "/approve", admin);
  ASSERT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(approved.json().at("state"), "approved");
  expect_problem(post(one + "/approve", admin), 409, "retention.not_waiting", "decided");
  const auto shown = node.get(Door::console, "/v1/retention", auditor.reading());
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(shown.json().at("erasures").at(0).at("records").at(0).at("subject_id"), item);
  EXPECT_EQ(shown.body.find("order 14"), std::string::npos);
  EXPECT_EQ(post(one + "/refuse", manager).json().at("state"), "refused");
  expect_problem(post(path + "/019ac1a0-0000-7000-8000-000000000001/approve", admin), 404, "erasure.unknown", "none");
}

// What the file says of who made it is personal, whatever the page it is reached through (I8).
TEST_F(Doors, AnAuditorReadsFactsAndNoPersonsData) {
  std::ifstream file(TUTELA_SOURCE_DIR "/fuzz/corpus/decode_media/exif.jpg", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const auto uploaded = node.upload(as_bytes(bytes), "image/jpeg", node.token({access::Scope::report_write}));
  ASSERT_EQ(uploaded.status, 201) << uploaded.body;
  const auto path = "/v1/items/" + uploaded.json().at("items").at(0).at("item_id").get<std::string>();
  const auto analyst = node.get(Door::console, path, node.sign_in("analyst", {Role::analyst}).reading()).json();
  const auto auditor = node.get(Door::console, path, node.sign_in("auditor", {Role::auditor}).reading()).json();
  EXPECT_TRUE(analyst.at("facts").contains("captured_at") || analyst.at("facts").contains("device")) << analyst.at("facts");
  EXPECT_FALSE(auditor.at("facts").contains("captured_at"));
  EXPECT_FALSE(auditor.at("facts").contains("device"));
  EXPECT_FALSE(auditor.at("facts").contains("has_position"));
  EXPECT_EQ(auditor.at("facts").at("has_picture"), analyst.at("facts").at("has_picture"));
}

TEST_F(Doors, ReadingChangesNothing) {
  const auto session = node.sign_in("manager", {Role::manager});
  node.ask(Door::public_door, Method::post, "/report",
           {.body = "address=https%3A%2F%2Fhost.test%2Fa", .content_type = "application/x-www-form-urlencoded"});
  const auto before = node.fingerprint_of_everything();
  for (const Door door : kDoors)
    for (const auto& route : node.routes(door)) {
      if (route.method != Method::get) continue;
      const auto path = filled(route.pattern);
      node.get(door, path, door == Door::console ? session.reading() : http::Headers{});
      node.ask(door, Method::head, path, {.headers = door == Door::console ? session.reading() : http::Headers{}});
    }
  EXPECT_EQ(node.fingerprint_of_everything(), before);
}

// Mail scanners follow links: only the POST of the form is an answer.
TEST_F(Doors, ALinkThatIsOpenedAnswersNothing) {
  const auto manager = node.sign_in("manager", {Role::manager});
  const auto analyst = node.sign_in("analyst", {Role::analyst});
  const auto assessor = node.sign_in("assessor", {Role::assessor});
  const auto uploaded = node.upload(png(3), "image/png", node.token({access::Scope::report_write}),
                                    R"({"kind":"content","addresses":["https://host.test/a"]})");
  ASSERT_EQ(uploaded.status, 201) << uploaded.body;
  const auto item = uploaded.json().at("items").at(0).at("item_id").get<std::string>();
  for (const auto& session : {analyst, assessor}) {
    ASSERT_EQ(node.ask(Door::console, Method::post, "/v1/items/" + item + "/lease", {.headers = session.writing()}).status, 200);
    const auto assessed = node.ask(
        Door::console, Method::post, "/v1/items/" + item + "/assessments",
        {.headers = session.writing(),
         .body = R"({"act":"a","age_band":"prepubescent","viewed":"not_viewed","declared_seconds":0,"reason":"shapes"})"});
    ASSERT_EQ(assessed.status, 201) << assessed.body;
  }
  const auto notice =
      node.get(Door::console, "/v1/notices", manager.reading()).json().at("notices").at(0).at("notice_id").get<std::string>();
  ASSERT_EQ(node.ask(Door::console, Method::post, "/v1/notices/" + notice + "/approve",
                     {.headers = manager.writing(), .body = R"({"contact":"abuse@host.test"})"})
                .status,
            200);
  const auto token = node.token_in_outbox();
  ASSERT_EQ(token.size(), 64U);
  const auto before = node.fingerprint_of_everything();
  for (int i = 0; i < 3; ++i) {
    const auto page = node.get(Door::portal, "/n/" + token);
    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_NE(page.body.find("https://host.test/a"), std::string::npos);
    node.ask(Door::portal, Method::head, "/n/" + token);
  }
  EXPECT_EQ(node.fingerprint_of_everything(), before);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM notice WHERE answer IS NOT NULL"), 0);
}

TEST_F(Doors, TheMetricsSayHowMuchAndNeverWhat) {
  node.ask(Door::public_door, Method::post, "/report",
           {.body = "address=https%3A%2F%2Fhost.test%2Fa", .content_type = "application/x-www-form-urlencoded"});
  EXPECT_EQ(node.get(Door::metrics, "/healthz").status, 200);
  EXPECT_EQ(node.get(Door::metrics, "/readyz").status, 200);
  const auto metrics = node.get(Door::metrics, "/metrics").body;
  for (const std::string_view line : {"tutela_items_waiting 1\n", "tutela_outbox_waiting 0\n", "tutela_oldest_outbox_seconds 0\n",
                                      "# TYPE tutela_ledger_staged gauge\ntutela_ledger_staged "})
    EXPECT_NE(metrics.find(line), std::string::npos) << line << metrics;
  EXPECT_EQ(metrics.find("host.test"), std::string::npos);
}

}  // namespace
}  // namespace tutela::test
