#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tutela {

// What a member may do is decided by access/permission.h alone (I8); this is only what a member is. The numbers are stored as
// bits.
enum class Role : std::uint8_t {
  admin = 0,         // members, tokens, mandate; sees no content
  manager = 1,       // approves, routes, adopts authorities, settles the fourth assessment
  welfare_lead = 2,  // exposure of everybody
  analyst = 3,       // reviews
  assessor = 4,      // reviews, as the second or third pair of eyes
  auditor = 5,       // reads lists and the ledger, never media
};

inline constexpr std::array kRoles = {Role::admin,   Role::manager,  Role::welfare_lead,
                                      Role::analyst, Role::assessor, Role::auditor};

std::string_view to_word(Role role);
// invalid, "role.unknown".
Result<Role> parse_role(std::string_view word);

class RoleSet {
 public:
  constexpr RoleSet() = default;
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (const Role role : roles) bits_ |= bit(role);
  }
  static constexpr RoleSet all() {
    RoleSet set;
    for (const Role role : kRoles) set.bits_ |= bit(role);
    return set;
  }
  // As stored. corrupt, "role.unknown_bits".
  static Result<RoleSet> from_bits(std::int64_t bits);
  constexpr std::int64_t bits() const { return bits_; }

  constexpr bool has(Role role) const { return (bits_ & bit(role)) != 0; }
  constexpr bool shares_any(RoleSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr RoleSet with(Role role) const {
    RoleSet set = *this;
    set.bits_ |= bit(role);
    return set;
  }
  friend constexpr bool operator==(RoleSet, RoleSet) = default;

 private:
  static constexpr std::int64_t bit(Role role) { return std::int64_t{1} << static_cast<int>(role); }
  std::int64_t bits_ = 0;
};

// "manager analyst", in the order of kRoles.
std::string to_words(RoleSet roles);
// The same, in any order, single spaces. invalid, "role.unknown".
Result<RoleSet> parse_roles(std::string_view words);

}  // namespace tutela
