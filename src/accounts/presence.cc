#include "accounts/presence.h"

namespace tutela::accounts {

Result<MemberPresence> check_session(const SessionRow& session, const MemberRow& member, Time now, const SessionRules& rules) {
  if (session.member_id != member.id) return fail(ErrorCode::denied, "session.other_member");
  if (!member.active) return fail(ErrorCode::denied, "session.member_inactive");
  // A session from the future means that the clock was set back: better to sign in again than to trust its age.
  const bool is_from_future = session.created_at > now || session.last_seen_at > now + rules.idle_max;
  if (is_from_future || now - session.created_at > rules.age_max || now - session.last_seen_at > rules.idle_max)
    return fail(ErrorCode::denied, "session.expired");
  TUTELA_ASSIGN(const RoleSet roles, RoleSet::from_bits(member.roles));
  return MemberPresence(member.id, roles, now);
}

}  // namespace tutela::accounts
