#include "review/lease.h"

#include <algorithm>

namespace tutela::review {

bool is_live(const LeaseRow& lease, Time now) { return now < lease.until; }

Result<LeaseRow> claim_lease(const std::optional<LeaseRow>& current, const LeaseClaim& claim, Time now, const LeaseRules& rules) {
  if (current && is_live(*current, now)) {
    if (current->member_id == claim.member) return *current;
    return fail(ErrorCode::conflict, "lease.taken");
  }
  if (claim.held_by_member >= rules.held_max) return fail(ErrorCode::limit, "lease.too_many");
  return LeaseRow{.item_id = claim.item,
                  .member_id = claim.member,
                  .claimed_at = now,
                  .until = now + std::min(rules.step, rules.length_max),
                  .version = current ? current->version : 0};
}

Result<LeaseRow> extend_lease(const std::optional<LeaseRow>& current, const MemberId& member, Time now, const LeaseRules& rules) {
  TUTELA_TRY(check_lease(current, member, now));
  const Time until = std::min(now + rules.step, current->claimed_at + rules.length_max);
  // Never shorter than it was: a member who asks twice loses nothing.
  if (until <= current->until) {
    if (current->until >= current->claimed_at + rules.length_max) return fail(ErrorCode::limit, "lease.too_long");
    return *current;
  }
  LeaseRow extended = *current;
  extended.until = until;
  return extended;
}

Result<> check_lease(const std::optional<LeaseRow>& current, const MemberId& member, Time now) {
  if (!current) return fail(ErrorCode::conflict, "lease.none");
  if (!is_live(*current, now))
    return current->member_id == member ? fail(ErrorCode::conflict, "lease.expired") : fail(ErrorCode::conflict, "lease.none");
  if (current->member_id != member) return fail(ErrorCode::conflict, "lease.taken");
  return {};
}

}  // namespace tutela::review
