#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/roles.h"

// The one place where permission is decided (I8): a row for every route of the console and of the machine API. A route without a
// row fails start-up.
namespace tutela::access {

// What the thing that a route touches is, by the thing itself and never by the queue or screen it was reached through.
enum class Sensitivity : std::uint8_t {
  plain,     // facts, counts, states
  address,   // an address where material stands, or stood
  media,     // a picture, or what is made of it
  personal,  // who somebody is: reporter, child, suspect, indicators, free text
  urgent,    // a child in danger now
};
inline constexpr std::array kSensitivities = {Sensitivity::plain, Sensitivity::address, Sensitivity::media, Sensitivity::personal,
                                              Sensitivity::urgent};
std::string_view to_word(Sensitivity sensitivity);
Result<Sensitivity> parse_sensitivity(std::string_view word);  // invalid, "access.unknown_sensitivity"

enum class Scope : std::uint8_t {
  report_write,
  report_read,
  match,           // an own platform: bank, entry, distance, why
  match_external,  // another organisation: label and match type only
  match_distance,  // the distance, besides match_external
  referral_receive,
  outcome_send,
  ledger_read,  // checkpoints, tiles and salted leaf data; shows how much happened, never what
};
inline constexpr std::array kScopes = {Scope::report_write,   Scope::report_read,      Scope::match,       Scope::match_external,
                                       Scope::match_distance, Scope::referral_receive, Scope::outcome_send,
                                       Scope::ledger_read};
// "report:write", "report:read", "match", "match:external", "match:distance", "referral:receive", "outcome:send",
// "ledger:read".
std::string_view to_word(Scope scope);
Result<Scope> parse_scope(std::string_view word);  // invalid, "access.unknown_scope"

class ScopeSet {
 public:
  constexpr ScopeSet() = default;
  constexpr ScopeSet(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) bits_ |= bit(scope);
  }
  constexpr ScopeSet with(Scope scope) const {
    ScopeSet set = *this;
    set.bits_ |= bit(scope);
    return set;
  }
  constexpr bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  constexpr bool shares_any(ScopeSet other) const { return (bits_ & other.bits_) != 0; }
  friend constexpr bool operator==(ScopeSet, ScopeSet) = default;

 private:
  static constexpr std::uint32_t bit(Scope scope) { return std::uint32_t{1} << static_cast<int>(scope); }
  std::uint32_t bits_ = 0;
};
// As stored with a token: words, single spaces. invalid, "access.unknown_scope".
Result<ScopeSet> parse_scopes(std::string_view words);
std::string to_words(ScopeSet scopes);

enum class Listener : std::uint8_t { console, machine };

enum class Audience : std::uint8_t {
  anyone,      // before sign-in
  any_member,  // signed in, whatever the roles
  roles,       // by the row's role sets
  any_token,   // a valid machine token, whatever its scopes
  scope,       // a machine token with the row's scope
};

struct Permission {
  Listener listener = Listener::console;
  std::string_view method;   // "GET"
  std::string_view pattern;  // "/v1/items/{item_id}"
  Audience audience = Audience::roles;
  std::array<RoleSet, kSensitivities.size()> roles = {};  // by Sensitivity; empty: nobody
  Scope scope = Scope::report_write;                      // with Audience::scope
  ScopeSet or_scopes = {};                                // or one of these
};

// All rows, in a fixed order: what the role matrix page shows.
std::span<const Permission> permissions();

// Nothing where no row stands: the caller must refuse.
const Permission* find_permission(Listener listener, std::string_view method, std::string_view pattern);

// For members. False for machine rows. Audience::anyone and any_member are true for every member.
bool allowed(RoleSet roles, const Permission& permission, Sensitivity sensitivity);
// For tokens. False for console rows other than Audience::anyone.
bool allowed(ScopeSet scopes, const Permission& permission);
// The same as an error: denied, "access.role_missing" / "access.scope_missing".
Result<> check_allowed(RoleSet roles, const Permission& permission, Sensitivity sensitivity);
Result<> check_allowed(ScopeSet scopes, const Permission& permission);

struct RouteName {
  Listener listener = Listener::console;
  std::string_view method;
  std::string_view pattern;
};
// Called at start-up with every route of a listener that needs permission. internal, "access.route_without_row" with "GET /v1/…"
// as place.
Result<> check_coverage(std::span<const RouteName> routes);

}  // namespace tutela::access
