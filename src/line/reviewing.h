#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/sensitive.h"
#include "line/accounts.h"
#include "line/context.h"
#include "review/exposure.h"
#include "review/item_repository.h"
#include "review/queue.h"
#include "review/verdict.h"

// What members do with an item: claim it, look at it under a budget, and decide.
namespace tutela::line {

// Until when an item that waits for members should be decided. A working rule of the project.
inline constexpr Duration kReviewClock = std::chrono::hours(24);

review::ExposureRules exposure_rules(const Context& context);

struct QueueView {
  std::vector<review::QueueItem> items;       // what waits or is being looked at, in order: the first 500
  std::vector<review::ItemRow> rows;          // of the same items
  std::map<ItemId, review::LeaseRow> leases;  // live ones
  std::map<EntryId, std::int64_t> stacks;     // of how many items only the first is listed here
  review::QueueCounts counts;                 // of all
};
Result<QueueView> read_queue(const Context& context, store::Reader& reader);
// The items of one stack instead.
Result<QueueView> read_stack(const Context& context, store::Reader& reader, const EntryId& entry);
Result<review::QueueCounts> count_queue(const Context& context, store::Reader& reader);

// Claims, or extends the own lease. As review::claim_lease and
// review::check_next_assessor; conflict, "item.not_waiting".
Result<review::LeaseRow> claim_item(const Context& context, const ItemId& item, const SignedIn& member);
// Closes the member's open views of it. As review::check_lease.
Result<> release_item(const Context& context, const ItemId& item, const SignedIn& member);
// Leases that ran out: their items wait again. Returns how many.
Result<std::size_t> expire_leases(const Context& context);

struct OpenedView {
  review::ViewRow view;
  std::optional<Sensitive<std::string>> address;  // with mode address only
  review::ExposureLeft left;
};
// Asks to see, or to be handed an address: the view and its ledger entry are durable before this returns (I3). Needs the lease.
// limit, "review.exposure_spent"; conflict, "item.no_picture"; unavailable, "mandate.missing".
Result<OpenedView> open_view(const Context& context, const ItemId& item, review::ViewMode mode,
                             const std::optional<LocationId>& location, const SignedIn& member);

struct ViewCount {
  review::ViewRow view;
  review::ExposureLeft left;
  bool stop;  // hide the picture now
};
Result<ViewCount> beat_view(const Context& context, const ViewId& view, const SignedIn& member);
// For an address, `declared_seconds` is what the member says to have looked off this node.
Result<ViewCount> close_view(const Context& context, const ViewId& view, std::int64_t declared_seconds, const SignedIn& member);
// Views whose page went silent. Returns how many.
Result<std::size_t> lapse_views(const Context& context);
Result<review::ExposureRow> exposure_of(const Context& context, store::Reader& reader, const MemberId& member);

// The picture of an open view as PNG, reduced and drawn by the server in the view's mode: blurred (a few grey dots), grey, or
// full.
Result<Bytes> picture_of_view(const Context& context, const ViewId& view, const SignedIn& member);

// Fingerprints made off node with `tutela hash`; matched at once. Needs the lease. conflict, "item.has_fingerprint".
Result<> add_fingerprints(const Context& context, const ItemId& item, const std::vector<Fingerprint>& fingerprints,
                          const SignedIn& member);

struct NewAssessment {
  Classification judgement;
  review::Viewed viewed;
  std::int64_t declared_seconds = 0;
  Sensitive<std::string> reason;
};
struct AssessmentTaken {
  AssessmentId id;
  std::string item_state;
  std::optional<review::VerdictRow> verdict;
};
// This member's judgement; ends the lease. When members agree, the verdict, its entry in the own bank, what the law asks for and
// what is to be sent are written in the same transaction. As review::add_assessment and review::Viewing::check.
Result<AssessmentTaken> assess_item(const Context& context, const ItemId& item, const NewAssessment& assessment,
                                    const SignedIn& member);

}  // namespace tutela::line
