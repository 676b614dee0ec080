#include "access/permission.h"

#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>

namespace tutela::access {
namespace {

// The whole of who may do what, written down a second time and by hand: route x sensitivity x role. Roles are the letters
//   a admin, m manager, w welfare lead, n analyst, s assessor, u auditor.
// A change of the table must be made here, too, and is then seen in review for what it is.
constexpr std::string_view kExpected = R"table(
route                                                | plain  | address | media | personal | urgent
GET /v1/queue                                        | mwnsu  | mns     | mns   | mns      | mns
GET /v1/items/{item_id}                              | mnsu   | mnsu    | mns   | mns      | mns
GET /v1/items/{item_id}/law                          | mns    | mns     | mns   | mns      | mns
POST /v1/items/{item_id}/lease                       | mns    | mns     | mns   | mns      | mns
DELETE /v1/items/{item_id}/lease                     | mns    | mns     | mns   | mns      | mns
POST /v1/items/{item_id}/views                       | mns    | mns     | mns   | mns      | mns
GET /v1/views/{view_id}/picture                      | mns    | mns     | mns   | mns      | mns
POST /v1/views/{view_id}/beat                        | mns    | mns     | mns   | mns      | mns
POST /v1/views/{view_id}/close                       | mns    | mns     | mns   | mns      | mns
POST /v1/items/{item_id}/fingerprints                | ns     | ns      | ns    | ns       | ns
POST /v1/items/{item_id}/assessments                 | mns    | mns     | mns   | mns      | mns
GET /v1/concerns                                     | mnsu   | mns     | mns   | mns      | mns
GET /v1/concerns/{concern_id}                        | mns    | mns     | mns   | mns      | mns
POST /v1/concerns/{concern_id}/assessment            | mns    | mns     | mns   | mns      | mns
POST /v1/concerns/{concern_id}/referral              | mns    | mns     | mns   | mns      | mns
GET /v1/referrals                                    | mnsu   | mns     | mns   | mns      | mns
GET /v1/referrals/{referral_id}                      | mns    | mns     | mns   | mns      | mns
POST /v1/referrals/{referral_id}/approve             | m      | m       | m     | m        | mns
POST /v1/referrals/{referral_id}/confirm             | mns    | mns     | mns   | mns      | mns
POST /v1/referrals/{referral_id}/correct             | mn     | mn      | mn    | mn       | mn
POST /v1/referrals/{referral_id}/withdraw            | m      | m       | m     | m        | mn
POST /v1/referrals/{referral_id}/retry               | mn     | mn      | mn    | mn       | mn
GET /v1/routing                                      | mnsu   | mns     | mns   | mns      | mns
POST /v1/routing/{task_id}                           | m      | m       | m     | m        | mns
GET /v1/authorities                                  | amwnsu | amwnsu  | amwnsu | amwnsu  | amwnsu
POST /v1/authorities                                 | am     | am      | am    | am       | am
GET /v1/notices                                      | mnsu   | mns     | mns   | mns      | mns
GET /v1/notices/{notice_id}                          | mnsu   | mns     | mns   | mns      | mns
POST /v1/notices/{notice_id}/approve                 | m      | m       | m     | m        | m
POST /v1/notices/{notice_id}/check                   | mns    | mns     | mns   | mns      | mns
POST /v1/notices/{notice_id}/close                   | mn     | mn      | mn    | mn       | mn
GET /v1/incoming                                     | mnsu   | mns     | mns   | mns      | mns
GET /v1/incoming/{incoming_id}                       | mns    | mns     | mns   | mns      | mns
POST /v1/incoming/{incoming_id}/answer               | mn     | mn      | mn    | mn       | mns
GET /v1/reports/{report_id}                          | mns    | mns     | mns   | mns      | mns
POST /v1/reports/{report_id}/word                    | m      | m       | m     | m        | m
GET /v1/banks                                        | amnsu  | amnsu   | amnsu | amnsu    | amnsu
GET /v1/banks/{bank_id}/entries                      | mnsu   | mnsu    | mnsu  | mnsu     | mnsu
POST /v1/banks/{bank_id}/adopt                      | ms     | ms      | ms    | ms       | ms
POST /v1/entries/{entry_id}/withdraw                 | m      | m       | m     | m        | m
GET /v1/retention                                    | amu    | amu     | amu   | amu      | amu
POST /v1/retention/destructions/{destruction_id}/approve | am     | am      | am    | am       | am
POST /v1/retention/destructions/{destruction_id}/refuse | am     | am      | am    | am       | am
POST /v1/retention/erasures                          | am     | am      | am    | am       | am
GET /v1/retention/erasures/{erasure_id}/words        | am     | am      | am    | am       | am
POST /v1/retention/erasures/{erasure_id}/approve     | am     | am      | am    | am       | am
POST /v1/retention/erasures/{erasure_id}/refuse      | am     | am      | am    | am       | am
POST /v1/retention/schedules                         | am     | am      | am    | am       | am
POST /v1/retention/schedules/{schedule_id}/approve   | am     | am      | am    | am       | am
POST /v1/retention/schedules/{schedule_id}/end       | am     | am      | am    | am       | am
POST /v1/retention/holds                             | m      | m       | m     | m        | m
POST /v1/retention/holds/{hold_id}/lift              | m      | m       | m     | m        | m
GET /v1/exports                                      | mnsu   | mnsu    | mnsu  | mnsu     | mnsu
POST /v1/items/{item_id}/exports                     | mn     | mn      | mn    | mn       | mn
POST /v1/exports/{export_id}/approve                 | m      | m       | m     | m        | m
POST /v1/exports/{export_id}/refuse                  | mn     | mn      | mn    | mn       | mn
POST /v1/exports/{export_id}/file                    | mn     | mn      | mn    | mn       | mn
GET /v1/ledger                                       | mu     | mu      | mu    | mu       | mu
GET /v1/ledger/{subject_type}/{subject_id}           | mu     | mu      | mu    | mu       | mu
GET /v1/ledger/{subject_type}/{subject_id}/excerpt   | mu     | mu      | mu    | mu       | mu
GET /v1/members                                      | amu    | amu     | amu   | amu      | amu
POST /v1/members                                     | a      | a       | a     | a        | a
GET /v1/exposure                                     | amwnsu | mw      | mw    | mw       | mw
)table";
constexpr std::string_view kLetters = "amwnsu";  // in the order of kRoles

// What the table says, line by line, in the columns of kSensitivities.
std::map<std::string, std::vector<std::string>> expected_rows() {
  std::map<std::string, std::vector<std::string>> rows;
  std::istringstream lines{std::string(kExpected)};
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells;
    std::istringstream columns(line);
    for (std::string cell; std::getline(columns, cell, '|');) {
      cell.erase(0, cell.find_first_not_of(' '));
      cell.erase(cell.find_last_not_of(' ') + 1);
      cells.push_back(cell);
    }
    if (cells.size() < 2 || cells[0] == "route") continue;
    rows[cells[0]] = {cells.begin() + 1, cells.end()};
  }
  return rows;
}

std::string name_of(const Permission& permission) {
  return std::string(permission.method) + " " + std::string(permission.pattern);
}

TEST(Permission, RouteByRoleBySensitivity) {
  const auto expected = expected_rows();
  std::size_t compared = 0;
  for (const Permission& permission : permissions()) {
    if (permission.audience != Audience::roles) continue;
    const auto row = expected.find(name_of(permission));
    ASSERT_NE(row, expected.end()) << name_of(permission);
    ASSERT_EQ(row->second.size(), kSensitivities.size()) << name_of(permission);
    for (std::size_t column = 0; column < kSensitivities.size(); ++column) {
      for (std::size_t role = 0; role < kRoles.size(); ++role) {
        const bool is_expected = row->second[column].find(kLetters[role]) != std::string::npos;
        EXPECT_EQ(allowed(RoleSet{kRoles[role]}, permission, kSensitivities[column]), is_expected)
            << name_of(permission) << " for " << to_word(kRoles[role]) << ", " << to_word(kSensitivities[column]);
        const auto checked = check_allowed(RoleSet{kRoles[role]}, permission, kSensitivities[column]);
        EXPECT_EQ(checked.has_value(), is_expected);
        EXPECT_TRUE(checked || checked.error().reason == Reason("access.role_missing"));
        ++compared;
      }
      EXPECT_FALSE(allowed(RoleSet{}, permission, kSensitivities[column])) << name_of(permission);
    }
    EXPECT_FALSE(allowed(ScopeSet{Scope::report_write, Scope::report_read, Scope::match}, permission)) << name_of(permission);
  }
  EXPECT_EQ(compared, expected.size() * kRoles.size() * kSensitivities.size());
}

TEST(Permission, MachineRoutesByScope) {
  const std::map<std::string, std::string> expected = {
      {"POST /v1/reports", "report:write"},
      {"GET /v1/reports/{report_id}/status", "report:read"},
      {"POST /v1/match", "match"},
      {"POST /v1/exchange/referrals", "referral:receive"},
      {"POST /v1/exchange/referrals/{reference}/supplements", "referral:receive"},
      {"GET /v1/exchange/referrals/{reference}/outcomes", "outcome:send"},
      {"GET /v1/ledger/checkpoint", "ledger:read"},
      {"GET /v1/ledger/tile/*", "ledger:read"},
      {"GET /v1/ledger/epochs/{epoch}/checkpoint", "ledger:read"},
      {"GET /v1/ledger/epochs/{epoch}/tile/*", "ledger:read"},
  };
  std::size_t compared = 0;
  for (const Permission& permission : permissions()) {
    if (permission.audience != Audience::scope) continue;
    ASSERT_TRUE(expected.contains(name_of(permission))) << name_of(permission);
    EXPECT_EQ(permission.listener, Listener::machine);
    for (const Scope scope : kScopes)
      EXPECT_EQ(allowed(ScopeSet{scope}, permission),
                to_word(scope) == expected.at(name_of(permission)) ||
                    (name_of(permission) == "POST /v1/match" && scope == Scope::match_external))
          << name_of(permission) << " " << to_word(scope);
    EXPECT_FALSE(allowed(ScopeSet{}, permission));
    EXPECT_EQ(check_allowed(ScopeSet{}, permission).error().reason, Reason("access.scope_missing"));
    for (const Sensitivity sensitivity : kSensitivities) EXPECT_FALSE(allowed(RoleSet::all(), permission, sensitivity));
    ++compared;
  }
  EXPECT_EQ(compared, expected.size());
}

TEST(Permission, WhatNeedsNoRole) {
  const auto audience_of = [](Listener listener, std::string_view method, std::string_view pattern) {
    const Permission* permission = find_permission(listener, method, pattern);
    return permission == nullptr ? std::optional<Audience>{} : permission->audience;
  };
  EXPECT_EQ(audience_of(Listener::console, "POST", "/v1/session"), Audience::anyone);
  EXPECT_EQ(audience_of(Listener::console, "GET", "/v1/session"), Audience::any_member);
  EXPECT_EQ(audience_of(Listener::console, "DELETE", "/v1/session"), Audience::any_member);
  EXPECT_EQ(audience_of(Listener::machine, "GET", "/v1/node"), Audience::any_token);
  std::size_t open = 0;
  for (const Permission& permission : permissions())
    if (permission.audience != Audience::roles && permission.audience != Audience::scope) ++open;
  EXPECT_EQ(open, 4U) << "a new route that asks for no role belongs into this test";
  const Permission& node = *find_permission(Listener::machine, "GET", "/v1/node");
  EXPECT_TRUE(allowed(ScopeSet{}, node));
  EXPECT_FALSE(allowed(RoleSet::all(), node, Sensitivity::plain));
  EXPECT_FALSE(allowed(ScopeSet{Scope::match}, *find_permission(Listener::console, "GET", "/v1/session")));
}

// The rules of thumb, independent of any row.
TEST(Permission, AuditorAndAdministratorSeeNoContent) {
  for (const Permission& permission : permissions()) {
    if (permission.audience != Audience::roles) continue;
    const std::string name = name_of(permission);
    const bool is_ledger = name.starts_with("GET /v1/ledger");
    const bool is_content = permission.pattern.starts_with("/v1/items") || permission.pattern.starts_with("/v1/views") ||
                            permission.pattern.starts_with("/v1/concerns") || permission.pattern.starts_with("/v1/reports");
    if (is_content) {
      EXPECT_FALSE(allowed({Role::auditor}, permission, Sensitivity::media)) << name;
      EXPECT_FALSE(allowed({Role::auditor}, permission, Sensitivity::personal)) << name;
    }
    EXPECT_FALSE(permission.method != "GET" && allowed({Role::auditor}, permission, Sensitivity::plain)) << name;
    for (const Sensitivity sensitivity : kSensitivities)
      EXPECT_FALSE((is_content || is_ledger) && allowed({Role::admin}, permission, sensitivity)) << name;
  }
}

TEST(Permission, EachListenerHasItsOwnRoutes) {
  EXPECT_EQ(find_permission(Listener::machine, "GET", "/v1/queue"), nullptr);
  EXPECT_EQ(find_permission(Listener::console, "POST", "/v1/match"), nullptr);
  EXPECT_EQ(find_permission(Listener::console, "PUT", "/v1/queue"), nullptr);
  EXPECT_EQ(find_permission(Listener::console, "GET", "/v1/queue/"), nullptr);
}

TEST(Permission, ARouteWithoutARowFailsStartUp) {
  const std::vector<RouteName> covered = {{Listener::console, "GET", "/v1/queue"}, {Listener::machine, "POST", "/v1/match"}};
  EXPECT_TRUE(check_coverage(covered));
  for (const RouteName& missing :
       {RouteName{Listener::console, "GET", "/v1/secrets"}, RouteName{Listener::console, "POST", "/v1/queue"},
        RouteName{Listener::console, "POST", "/v1/match"}}) {
    auto routes = covered;
    routes.push_back(missing);
    const auto checked = check_coverage(routes);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().reason, Reason("access.route_without_row"));
    EXPECT_EQ(checked.error().place, std::string(missing.method) + " " + std::string(missing.pattern));
  }
}

// The contract and the table name the same routes. The contract is read line by line: a path at two spaces, a method at four, its
// tag at six.
TEST(Permission, CoversTheContract) {
  std::ifstream contract(TUTELA_SOURCE_DIR "/spec/openapi.yaml");
  ASSERT_TRUE(contract) << "spec/openapi.yaml";
  const std::regex path_line("^  (/v1\\S*):$");
  const std::regex method_line("^    (get|post|put|patch|delete):$");
  const std::regex tag_line("^      tags: \\[(machine|console)\\]$");
  std::string pattern;
  std::string method;
  std::size_t routes = 0;
  for (std::string line; std::getline(contract, line);) {
    std::smatch found;
    if (std::regex_match(line, found, path_line)) pattern = found[1];
    if (std::regex_match(line, found, method_line)) {
      method = found[1];
      for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
    }
    if (std::regex_match(line, found, tag_line)) {
      const Listener listener = found[1] == "machine" ? Listener::machine : Listener::console;
      EXPECT_NE(find_permission(listener, method, pattern), nullptr) << found[1] << " " << method << " " << pattern;
      ++routes;
    }
  }
  EXPECT_EQ(routes, permissions().size()) << "a row without a route is a door nobody watches";
}

TEST(Scopes, WordsRoundTripAndAreStrict) {
  for (const Scope scope : kScopes) EXPECT_EQ(*parse_scope(to_word(scope)), scope);
  for (const Sensitivity sensitivity : kSensitivities) EXPECT_EQ(*parse_sensitivity(to_word(sensitivity)), sensitivity);
  const ScopeSet some{Scope::match, Scope::report_write};
  EXPECT_EQ(to_words(some), "report:write match");
  EXPECT_EQ(*parse_scopes("match report:write"), some);
  EXPECT_EQ(*parse_scopes(""), ScopeSet{});
  for (const std::string_view words : {"match ", " match", "match  match", "match,report:write", "root"})
    EXPECT_EQ(parse_scopes(words).error().reason, Reason("access.unknown_scope")) << words;
  EXPECT_EQ(parse_sensitivity("x").error().reason, Reason("access.unknown_sensitivity"));
}

}  // namespace
}  // namespace tutela::access
