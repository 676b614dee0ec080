#include "accounts/presence.h"

// I1: nobody is present because a program says so.
tutela::accounts::MemberPresence forge(const tutela::MemberId& member) {
  return tutela::accounts::MemberPresence(member, tutela::RoleSet::all(), tutela::Time{});
}
