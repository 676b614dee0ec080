#include "review/item_state.h"

#include <algorithm>
#include <string>

namespace tutela::review {

std::string_view to_word(ItemState state) {
  constexpr std::array<std::string_view, kItemStates.size()> kWords = {"unknown",      "matched", "queued",    "in_review",
                                                                       "needs_second", "upheld",  "dismissed", "final"};
  return kWords[static_cast<std::size_t>(state)];
}

Result<ItemState> parse_item_state(std::string_view word) {
  for (const ItemState state : kItemStates)
    if (to_word(state) == word) return state;
  return fail(ErrorCode::invalid, "item.unknown_state");
}

Result<> check_transition(ItemState from, ItemState to) {
  const auto is_this = [&](const ItemTransition& transition) { return transition.from == from && transition.to == to; };
  if (std::ranges::any_of(kItemTransitions, is_this)) return {};
  return fail(ErrorCode::conflict, "item.bad_transition", std::string(to_word(from)) + " to " + std::string(to_word(to)));
}

ItemState state_after_release(const ReleaseFacts& facts) {
  if (facts.assessments > 0) return ItemState::needs_second;
  return facts.is_new ? ItemState::queued : ItemState::matched;
}

}  // namespace tutela::review
