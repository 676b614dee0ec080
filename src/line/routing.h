#pragma once

#include <optional>
#include <string>

#include "filing/referral_repository.h"
#include "line/accounts.h"
#include "line/context.h"
#include "line/record.h"
#include "model/classification.h"
#include "review/item_repository.h"

// From a decision to whom must be told, and to whom we write.
namespace tutela::line {

struct RoutingNeed {
  std::string subject_type;
  Bytes subject_id;
  std::string why;  // a word
  Time due;
};
// Puts it before a member, with a clock.
Result<> queue_routing(const Context& context, store::Transaction& tx, const RoutingNeed& need);

// For an item that stays down: drafts a notice for every address where it was seen since, or seen again.
Result<> ask_for_removal(const Context& context, store::Transaction& tx, const review::ItemRow& item);

// What follows from a final verdict that upholds: the law says to whom, a referral is drafted or a member must route, and a
// notice is drafted for every address that still stands. `drafted_by` is a member on whose judgement it rests.
Result<> carry_out_verdict(const Context& context, store::Transaction& tx, const review::ItemRow& item,
                           const Classification& classification, const MemberId& drafted_by, const Actor& actor);

struct RoutingDecision {
  std::optional<std::string> authority;  // nothing: nobody is told
  std::string reason;
};
// conflict, "routing.decided"; not_found, "routing.unknown", "authority.unknown". Returns the referral that was drafted.
Result<std::optional<ReferralId>> decide_routing(const Context& context, const RoutingTaskId& task,
                                                 const RoutingDecision& decision, const SignedIn& member);

}  // namespace tutela::line
