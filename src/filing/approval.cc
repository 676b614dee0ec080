#include "filing/approval.h"

namespace tutela::filing {

Result<Approval> approve(const Approval& before, const MemberId& member, About about, Urgency urgency, Time now) {
  if (before.approved_by) return fail(ErrorCode::conflict, "approval.already_given");
  const bool is_second_member = member != before.drafted_by;
  if (about == About::person && urgency == Urgency::normal && !is_second_member)
    return fail(ErrorCode::denied, "approval.second_member_needed");
  Approval after = before;
  after.approved_by = member;
  if (about == About::person && !is_second_member) after.confirm_due_at = now + kConfirmationClock;
  return after;
}

Result<Approval> confirm(const Approval& before, const MemberId& member) {
  if (!before.confirm_due_at || before.confirmed_by) return fail(ErrorCode::conflict, "approval.not_awaited");
  if (member == before.approved_by || member == before.drafted_by) return fail(ErrorCode::denied, "approval.same_member");
  Approval after = before;
  after.confirmed_by = member;
  return after;
}

std::optional<Approval> record_breach(const Approval& before, Time now) {
  const bool is_due = before.confirm_due_at && !before.confirmed_by && !before.breached_at && now >= *before.confirm_due_at;
  if (!is_due) return std::nullopt;
  Approval after = before;
  after.breached_at = before.confirm_due_at;
  return after;
}

}  // namespace tutela::filing
