#include "access/permission.h"

#include <algorithm>

namespace tutela::access {
namespace {

using Columns = std::array<RoleSet, kSensitivities.size()>;

constexpr RoleSet kManager = {Role::manager};
constexpr RoleSet kReviewers = {Role::analyst, Role::assessor};
constexpr RoleSet kCaseStaff = {Role::manager, Role::analyst, Role::assessor};
constexpr RoleSet kManagerAnalyst = {Role::manager, Role::analyst};
constexpr RoleSet kCaseStaffAuditor = kCaseStaff.with(Role::auditor);

constexpr Columns everywhere(RoleSet roles) { return {roles, roles, roles, roles, roles}; }
// `plain` for what is plain, `other` for what is anything more.
constexpr Columns plain_else(RoleSet plain, RoleSet other) { return {plain, other, other, other, other}; }
// A child in danger now cannot wait for a certain person: `urgent` says who else may.
constexpr Columns urgent_else(RoleSet urgent, RoleSet other) { return {other, other, other, other, urgent}; }

constexpr Permission anyone(std::string_view method, std::string_view pattern) {
  return {.listener = Listener::console, .method = method, .pattern = pattern, .audience = Audience::anyone};
}
constexpr Permission any_member(std::string_view method, std::string_view pattern) {
  return {.listener = Listener::console, .method = method, .pattern = pattern, .audience = Audience::any_member};
}
constexpr Permission members(std::string_view method, std::string_view pattern, const Columns& roles) {
  return {.listener = Listener::console, .method = method, .pattern = pattern, .audience = Audience::roles, .roles = roles};
}
constexpr Permission any_token(std::string_view method, std::string_view pattern) {
  return {.listener = Listener::machine, .method = method, .pattern = pattern, .audience = Audience::any_token};
}
constexpr Permission machine(std::string_view method, std::string_view pattern, Scope scope, ScopeSet or_scopes = {}) {
  return {.listener = Listener::machine,
          .method = method,
          .pattern = pattern,
          .audience = Audience::scope,
          .scope = scope,
          .or_scopes = or_scopes};
}

// How to read it: an auditor reads lists and the ledger, never content; an administrator keeps members and channels, and sees no
// content; the welfare lead sees exposure. A manager stands in the rows of review only for the fourth assessment, which
// review/quorum.h demands.
constexpr std::array kPermissions = {
    anyone("POST", "/v1/session"),
    any_member("GET", "/v1/session"),
    any_member("DELETE", "/v1/session"),

    members("GET", "/v1/queue", plain_else(kCaseStaffAuditor.with(Role::welfare_lead), kCaseStaff)),
    members("GET", "/v1/items/{item_id}", {kCaseStaffAuditor, kCaseStaffAuditor, kCaseStaff, kCaseStaff, kCaseStaff}),
    members("GET", "/v1/items/{item_id}/law", everywhere(kCaseStaff)),
    members("POST", "/v1/items/{item_id}/lease", everywhere(kCaseStaff)),
    members("DELETE", "/v1/items/{item_id}/lease", everywhere(kCaseStaff)),
    members("POST", "/v1/items/{item_id}/views", everywhere(kCaseStaff)),
    members("GET", "/v1/views/{view_id}/picture", everywhere(kCaseStaff)),
    members("POST", "/v1/views/{view_id}/beat", everywhere(kCaseStaff)),
    members("POST", "/v1/views/{view_id}/close", everywhere(kCaseStaff)),
    members("POST", "/v1/items/{item_id}/fingerprints", everywhere(kReviewers)),
    members("POST", "/v1/items/{item_id}/assessments", everywhere(kCaseStaff)),

    members("GET", "/v1/concerns", plain_else(kCaseStaffAuditor, kCaseStaff)),
    members("GET", "/v1/concerns/{concern_id}", everywhere(kCaseStaff)),
    members("POST", "/v1/concerns/{concern_id}/assessment", everywhere(kCaseStaff)),
    members("POST", "/v1/concerns/{concern_id}/referral", everywhere(kCaseStaff)),

    members("GET", "/v1/referrals", plain_else(kCaseStaffAuditor, kCaseStaff)),
    members("GET", "/v1/referrals/{referral_id}", everywhere(kCaseStaff)),
    members("POST", "/v1/referrals/{referral_id}/approve", urgent_else(kCaseStaff, kManager)),
    members("POST", "/v1/referrals/{referral_id}/confirm", everywhere(kCaseStaff)),
    members("POST", "/v1/referrals/{referral_id}/correct", everywhere(kManagerAnalyst)),
    members("POST", "/v1/referrals/{referral_id}/withdraw", urgent_else(kManagerAnalyst, kManager)),
    members("POST", "/v1/referrals/{referral_id}/retry", everywhere(kManagerAnalyst)),

    members("GET", "/v1/routing", plain_else(kCaseStaffAuditor, kCaseStaff)),
    members("POST", "/v1/routing/{task_id}", urgent_else(kCaseStaff, kManager)),
    members("GET", "/v1/authorities", everywhere(RoleSet::all())),
    members("POST", "/v1/authorities", everywhere({Role::admin, Role::manager})),

    members("GET", "/v1/notices", plain_else(kCaseStaffAuditor, kCaseStaff)),
    members("GET", "/v1/notices/{notice_id}", plain_else(kCaseStaffAuditor, kCaseStaff)),
    members("POST", "/v1/notices/{notice_id}/approve", everywhere(kManager)),
    members("POST", "/v1/notices/{notice_id}/check", everywhere(kCaseStaff)),
    members("POST", "/v1/notices/{notice_id}/close", everywhere(kManagerAnalyst)),

    members("GET", "/v1/incoming", plain_else(kCaseStaffAuditor, kCaseStaff)),
    members("GET", "/v1/incoming/{incoming_id}", everywhere(kCaseStaff)),
    members("POST", "/v1/incoming/{incoming_id}/answer", urgent_else(kCaseStaff, kManagerAnalyst)),

    members("GET", "/v1/reports/{report_id}", everywhere(kCaseStaff)),
    members("POST", "/v1/reports/{report_id}/word", everywhere(kManager)),

    members("GET", "/v1/banks", everywhere(kCaseStaffAuditor.with(Role::admin))),
    members("GET", "/v1/banks/{bank_id}/entries", everywhere(kCaseStaffAuditor)),
    members("POST", "/v1/banks/{bank_id}/adopt", everywhere({Role::manager, Role::assessor})),
    members("POST", "/v1/entries/{entry_id}/withdraw", everywhere(kManager)),

    members("GET", "/v1/retention", everywhere({Role::admin, Role::manager, Role::auditor})),
    members("POST", "/v1/retention/destructions/{destruction_id}/approve", everywhere({Role::admin, Role::manager})),
    members("POST", "/v1/retention/destructions/{destruction_id}/refuse", everywhere({Role::admin, Role::manager})),
    members("POST", "/v1/retention/erasures", everywhere({Role::admin, Role::manager})),
    members("GET", "/v1/retention/erasures/{erasure_id}/words", everywhere({Role::admin, Role::manager})),
    members("POST", "/v1/retention/erasures/{erasure_id}/approve", everywhere({Role::admin, Role::manager})),
    members("POST", "/v1/retention/erasures/{erasure_id}/refuse", everywhere({Role::admin, Role::manager})),
    members("POST", "/v1/retention/schedules", everywhere({Role::admin, Role::manager})),
    members("POST", "/v1/retention/schedules/{schedule_id}/approve", everywhere({Role::admin, Role::manager})),
    members("POST", "/v1/retention/schedules/{schedule_id}/end", everywhere({Role::admin, Role::manager})),
    members("POST", "/v1/retention/holds", everywhere(kManager)),
    members("POST", "/v1/retention/holds/{hold_id}/lift", everywhere(kManager)),
    members("GET", "/v1/exports", everywhere(kCaseStaffAuditor)),
    members("POST", "/v1/items/{item_id}/exports", everywhere(kManagerAnalyst)),
    members("POST", "/v1/exports/{export_id}/approve", everywhere(kManager)),
    members("POST", "/v1/exports/{export_id}/refuse", everywhere(kManagerAnalyst)),
    members("POST", "/v1/exports/{export_id}/file", everywhere(kManagerAnalyst)),

    // Entries hold words and ids only, never content: the auditor reads them about anything.
    members("GET", "/v1/ledger", everywhere({Role::manager, Role::auditor})),
    members("GET", "/v1/ledger/{subject_type}/{subject_id}", everywhere({Role::manager, Role::auditor})),
    members("GET", "/v1/ledger/{subject_type}/{subject_id}/excerpt", everywhere({Role::manager, Role::auditor})),

    members("GET", "/v1/members", everywhere({Role::admin, Role::manager, Role::auditor})),
    members("POST", "/v1/members", everywhere({Role::admin})),
    // Plain: one's own. Personal: everybody's.
    members("GET", "/v1/exposure", plain_else(RoleSet::all(), {Role::manager, Role::welfare_lead})),

    any_token("GET", "/v1/node"),
    machine("POST", "/v1/reports", Scope::report_write),
    machine("GET", "/v1/reports/{report_id}/status", Scope::report_read),
    machine("POST", "/v1/match", Scope::match, {Scope::match_external}),
    machine("POST", "/v1/exchange/referrals", Scope::referral_receive),
    machine("POST", "/v1/exchange/referrals/{reference}/supplements", Scope::referral_receive),
    machine("GET", "/v1/exchange/referrals/{reference}/outcomes", Scope::outcome_send),
    machine("GET", "/v1/ledger/checkpoint", Scope::ledger_read),
    machine("GET", "/v1/ledger/tile/*", Scope::ledger_read),
    machine("GET", "/v1/ledger/epochs/{epoch}/checkpoint", Scope::ledger_read),
    machine("GET", "/v1/ledger/epochs/{epoch}/tile/*", Scope::ledger_read),
};

constexpr bool has_no_row_twice() {
  for (std::size_t later = 0; later < kPermissions.size(); ++later)
    for (std::size_t earlier = 0; earlier < later; ++earlier)
      if (kPermissions[earlier].listener == kPermissions[later].listener &&
          kPermissions[earlier].method == kPermissions[later].method &&
          kPermissions[earlier].pattern == kPermissions[later].pattern)
        return false;
  return true;
}
static_assert(has_no_row_twice(), "two rows for one route would let the order decide");

}  // namespace

std::string_view to_word(Sensitivity sensitivity) {
  constexpr std::array<std::string_view, kSensitivities.size()> kWords = {"plain", "address", "media", "personal", "urgent"};
  return kWords[static_cast<std::size_t>(sensitivity)];
}

Result<Sensitivity> parse_sensitivity(std::string_view word) {
  for (const Sensitivity sensitivity : kSensitivities)
    if (to_word(sensitivity) == word) return sensitivity;
  return fail(ErrorCode::invalid, "access.unknown_sensitivity");
}

std::string_view to_word(Scope scope) {
  constexpr std::array<std::string_view, kScopes.size()> kWords = {"report:write",   "report:read",    "match",
                                                                   "match:external", "match:distance", "referral:receive",
                                                                   "outcome:send",   "ledger:read"};
  return kWords[static_cast<std::size_t>(scope)];
}

Result<Scope> parse_scope(std::string_view word) {
  for (const Scope scope : kScopes)
    if (to_word(scope) == word) return scope;
  return fail(ErrorCode::invalid, "access.unknown_scope");
}

Result<ScopeSet> parse_scopes(std::string_view words) {
  ScopeSet scopes;
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    TUTELA_ASSIGN(const Scope scope, parse_scope(words.substr(0, space)));
    scopes = scopes.with(scope);
    if (space == std::string_view::npos) break;
    words.remove_prefix(space + 1);
    if (words.empty()) return fail(ErrorCode::invalid, "access.unknown_scope");
  }
  return scopes;
}

std::string to_words(ScopeSet scopes) {
  std::string words;
  for (const Scope scope : kScopes) {
    if (!scopes.has(scope)) continue;
    if (!words.empty()) words += ' ';
    words += to_word(scope);
  }
  return words;
}

std::span<const Permission> permissions() { return kPermissions; }

const Permission* find_permission(Listener listener, std::string_view method, std::string_view pattern) {
  const auto* found = std::ranges::find_if(kPermissions, [&](const Permission& permission) {
    return permission.listener == listener && permission.method == method && permission.pattern == pattern;
  });
  return found == kPermissions.end() ? nullptr : found;
}

bool allowed(RoleSet roles, const Permission& permission, Sensitivity sensitivity) {
  switch (permission.audience) {
    case Audience::anyone:
    case Audience::any_member:
      return true;
    case Audience::roles:
      return roles.shares_any(permission.roles[static_cast<std::size_t>(sensitivity)]);
    case Audience::any_token:
    case Audience::scope:
      return false;
  }
  return false;
}

bool allowed(ScopeSet scopes, const Permission& permission) {
  switch (permission.audience) {
    case Audience::anyone:
    case Audience::any_token:
      return true;
    case Audience::scope:
      return scopes.has(permission.scope) || scopes.shares_any(permission.or_scopes);
    case Audience::any_member:
    case Audience::roles:
      return false;
  }
  return false;
}

Result<> check_allowed(RoleSet roles, const Permission& permission, Sensitivity sensitivity) {
  if (!allowed(roles, permission, sensitivity))
    return fail(ErrorCode::denied, "access.role_missing", std::string(to_word(sensitivity)));
  return {};
}

Result<> check_allowed(ScopeSet scopes, const Permission& permission) {
  if (!allowed(scopes, permission))
    return fail(ErrorCode::denied, "access.scope_missing", std::string(to_word(permission.scope)));
  return {};
}

Result<> check_coverage(std::span<const RouteName> routes) {
  for (const RouteName& route : routes)
    if (find_permission(route.listener, route.method, route.pattern) == nullptr)
      return fail(ErrorCode::internal, "access.route_without_row", std::string(route.method) + " " + std::string(route.pattern));
  return {};
}

}  // namespace tutela::access
