#pragma once

#include "accounts/account_repository.h"
#include "model/roles.h"

namespace tutela::accounts {

struct SessionRules {
  Duration idle_max = std::chrono::minutes{30};
  Duration age_max = std::chrono::hours{12};
};

// A member who is signed in, as of the check. There is no other way to get one, and nothing that classifies can be built without
// one (I1).
class MemberPresence {
 public:
  const MemberId& member() const { return member_; }
  RoleSet roles() const { return roles_; }
  Time checked_at() const { return checked_at_; }

 private:
  friend Result<MemberPresence> check_session(const SessionRow&, const MemberRow&, Time, const SessionRules&);
  MemberPresence(const MemberId& member, RoleSet roles, Time checked_at)
      : member_(member), roles_(roles), checked_at_(checked_at) {}
  MemberId member_;
  RoleSet roles_;
  Time checked_at_;
};

// denied, "session.expired" (idle or too old, or from the future), "session.member_inactive", "session.other_member" (the rows do
// not belong together); corrupt, "role.unknown_bits". The line has found the session by the keyed hash of the caller's token.
Result<MemberPresence> check_session(const SessionRow& session, const MemberRow& member, Time now,
                                     const SessionRules& rules = {});

}  // namespace tutela::accounts
