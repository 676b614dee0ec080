#pragma once

#include <optional>

#include "review/review_repository.h"

// The time-limited, visible, extendable right of one member to decide an item. Works on stored rows: what comes back is what to
// write, on the version that was read.
namespace tutela::review {

struct LeaseRules {
  Duration step = std::chrono::minutes{15};     // a claim, and each extension from now
  Duration length_max = std::chrono::hours{1};  // from the claim, however often extended
  int held_max = 3;                             // by one member at once
};

bool is_live(const LeaseRow& lease, Time now);

struct LeaseClaim {
  ItemId item;
  MemberId member;
  int held_by_member = 0;  // live leases of this member on other items
};
// Also takes over an expired lease, and returns an own live one unchanged. conflict, "lease.taken" (another member's, and
// live: there is no stealing); limit, "lease.too_many".
Result<LeaseRow> claim_lease(const std::optional<LeaseRow>& current, const LeaseClaim& claim, Time now,
                             const LeaseRules& rules = {});

// conflict, "lease.none", "lease.taken", "lease.expired"; limit, "lease.too_long" (nothing is left to
// extend).
Result<LeaseRow> extend_lease(const std::optional<LeaseRow>& current, const MemberId& member, Time now,
                              const LeaseRules& rules = {});

// Whether the member may act under the lease now, or release it. conflict, "lease.none", "lease.taken",
// "lease.expired".
Result<> check_lease(const std::optional<LeaseRow>& current, const MemberId& member, Time now);

}  // namespace tutela::review
