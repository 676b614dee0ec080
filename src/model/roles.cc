#include "model/roles.h"

namespace tutela {

std::string_view to_word(Role role) {
  constexpr std::array<std::string_view, kRoles.size()> kWords = {"admin",   "manager",  "welfare_lead",
                                                                  "analyst", "assessor", "auditor"};
  return kWords[static_cast<std::size_t>(role)];
}

Result<Role> parse_role(std::string_view word) {
  for (const Role role : kRoles)
    if (to_word(role) == word) return role;
  return fail(ErrorCode::invalid, "role.unknown");
}

Result<RoleSet> RoleSet::from_bits(std::int64_t bits) {
  if ((bits & ~all().bits_) != 0) return fail(ErrorCode::corrupt, "role.unknown_bits");
  RoleSet set;
  set.bits_ = bits;
  return set;
}

std::string to_words(RoleSet roles) {
  std::string words;
  for (const Role role : kRoles) {
    if (!roles.has(role)) continue;
    if (!words.empty()) words += ' ';
    words += to_word(role);
  }
  return words;
}

Result<RoleSet> parse_roles(std::string_view words) {
  RoleSet roles;
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    TUTELA_ASSIGN(const Role role, parse_role(words.substr(0, space)));
    roles = roles.with(role);
    if (space == std::string_view::npos) break;
    words.remove_prefix(space + 1);
    if (words.empty()) return fail(ErrorCode::invalid, "role.unknown");
  }
  return roles;
}

}  // namespace tutela
