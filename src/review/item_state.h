#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace tutela::review {

enum class ItemState : std::uint8_t {
  unknown,       // just received
  matched,       // near or listed: waits for a member, on hold
  queued,        // new: waits for a member
  in_review,     // a member holds the lease
  needs_second,  // assessed, and waits for one more member (second, third or the manager)
  upheld,        // members agreed: acted on
  dismissed,     // members agreed: not acted on
  final,         // the decision, or the inherited verdict, can be undone only by reopening
};
inline constexpr std::array kItemStates = {ItemState::unknown,   ItemState::matched,      ItemState::queued,
                                           ItemState::in_review, ItemState::needs_second, ItemState::upheld,
                                           ItemState::dismissed, ItemState::final};

std::string_view to_word(ItemState state);
Result<ItemState> parse_item_state(std::string_view word);  // invalid, "item.unknown_state"

struct ItemTransition {
  ItemState from;
  ItemState to;
  std::string_view when;
};

inline constexpr std::array kItemTransitions = {
    ItemTransition{ItemState::unknown, ItemState::matched, "a match holds it"},
    ItemTransition{ItemState::unknown, ItemState::queued, "nothing known matches, or a member is asked to look"},
    ItemTransition{ItemState::unknown, ItemState::final, "a final verdict on the same bytes is inherited"},
    ItemTransition{ItemState::queued, ItemState::matched, "a later entry or fingerprint matches"},
    ItemTransition{ItemState::queued, ItemState::final, "a later final verdict on the same bytes is inherited"},
    ItemTransition{ItemState::matched, ItemState::queued, "what it matched was withdrawn"},
    ItemTransition{ItemState::matched, ItemState::final, "a later final verdict on the same bytes is inherited"},
    ItemTransition{ItemState::matched, ItemState::in_review, "claimed"},
    ItemTransition{ItemState::queued, ItemState::in_review, "claimed"},
    ItemTransition{ItemState::needs_second, ItemState::in_review, "claimed"},
    ItemTransition{ItemState::in_review, ItemState::matched, "released or lease expired, not assessed, known"},
    ItemTransition{ItemState::in_review, ItemState::queued, "released or lease expired, not assessed, new"},
    ItemTransition{ItemState::in_review, ItemState::needs_second, "assessed, or released after an earlier assessment"},
    ItemTransition{ItemState::in_review, ItemState::upheld, "members agreed"},
    ItemTransition{ItemState::in_review, ItemState::dismissed, "members agreed"},
    ItemTransition{ItemState::upheld, ItemState::final, "acted on"},
    ItemTransition{ItemState::dismissed, ItemState::final, "acted on"},
    ItemTransition{ItemState::final, ItemState::queued, "reopened: the entry it rested on was withdrawn, or a member asks"},
};

// conflict, "item.bad_transition" with the words of both states as place.
Result<> check_transition(ItemState from, ItemState to);

// Where an item goes when its lease ends without a decision.
struct ReleaseFacts {
  int assessments = 0;
  bool is_new = false;
};
ItemState state_after_release(const ReleaseFacts& facts);

}  // namespace tutela::review
