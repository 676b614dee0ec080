#pragma once

#include <optional>

#include "base/clock.h"
#include "model/ids.h"

// Who may let a referral leave the node (I9).
namespace tutela::filing {

enum class About : std::uint8_t {
  person,   // a concern, or an item with a person or an identifier of one: two members
  content,  // an address and fingerprints only: one member
};
enum class Urgency : std::uint8_t { urgent, normal };

// How long the second member has after an urgent referral left on one member's word.
inline constexpr std::chrono::hours kConfirmationClock{24};

// What the referral's row keeps.
struct Approval {
  MemberId drafted_by;
  std::optional<MemberId> approved_by;
  std::optional<MemberId> confirmed_by;
  std::optional<Time> confirm_due_at;
  std::optional<Time> breached_at;
};

// `member` lets it go. Where a person is concerned and it is not urgent, that is another member than the one who drafted it.
// Urgent: any member, and if it is the same, a second one has until now + 24 h to confirm. conflict, "approval.already_given";
// denied, "approval.second_member_needed".
Result<Approval> approve(const Approval& before, const MemberId& member, About about, Urgency urgency, Time now);

// The second member of an urgent referral. Late is better than never: it is taken after the breach too, which stays on record.
// conflict, "approval.not_awaited"; denied, "approval.same_member".
Result<Approval> confirm(const Approval& before, const MemberId& member);

// The approval with the breach recorded, once, at the moment the clock ran out; absent while there is none to record.
std::optional<Approval> record_breach(const Approval& before, Time now);

}  // namespace tutela::filing
