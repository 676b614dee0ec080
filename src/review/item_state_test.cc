#include "review/item_state.h"

#include <set>

#include <gmock/gmock.h>

namespace tutela::review {
namespace {

// The permitted pairs, written down a second time.
const std::set<std::pair<std::string_view, std::string_view>> kPermitted = {
    {"unknown", "matched"},   {"unknown", "queued"},         {"unknown", "final"},          {"queued", "matched"},
    {"queued", "final"},      {"queued", "in_review"},       {"matched", "queued"},         {"matched", "final"},
    {"matched", "in_review"}, {"needs_second", "in_review"}, {"in_review", "matched"},      {"in_review", "queued"},
    {"in_review", "upheld"},  {"in_review", "dismissed"},    {"in_review", "needs_second"}, {"upheld", "final"},
    {"dismissed", "final"},   {"final", "queued"},
};

TEST(ItemState, EveryPairIsPermittedOrRefused) {
  for (const ItemState from : kItemStates) {
    for (const ItemState to : kItemStates) {
      const auto checked = check_transition(from, to);
      EXPECT_EQ(checked.has_value(), kPermitted.contains({to_word(from), to_word(to)})) << to_word(from) << " to " << to_word(to);
      if (checked) continue;
      EXPECT_EQ(checked.error().code, ErrorCode::conflict);
      EXPECT_EQ(checked.error().reason, Reason("item.bad_transition"));
    }
  }
  EXPECT_EQ(kItemTransitions.size(), kPermitted.size()) << "a pair stands twice";
}

TEST(ItemState, EveryStateIsReachedAndLeft) {
  std::set<ItemState> reached = {ItemState::unknown};
  for (std::size_t round = 0; round < kItemStates.size(); ++round)
    for (const ItemTransition& transition : kItemTransitions)
      if (reached.contains(transition.from)) reached.insert(transition.to);
  EXPECT_EQ(reached.size(), kItemStates.size());
  for (const ItemTransition& transition : kItemTransitions)
    EXPECT_NE(transition.to, ItemState::unknown) << "nothing becomes unknown again";
}

// I1: what is decided by members is reached from review alone, and what is final without them only by inheritance.
TEST(ItemState, OnlyReviewUpholdsOrDismisses) {
  for (const ItemTransition& transition : kItemTransitions)
    EXPECT_TRUE(transition.from == ItemState::in_review ||
                (transition.to != ItemState::upheld && transition.to != ItemState::dismissed));
}

TEST(ItemState, AReleasedItemGoesBackWhereItCameFrom) {
  EXPECT_EQ(state_after_release({.assessments = 0, .is_new = true}), ItemState::queued);
  EXPECT_EQ(state_after_release({.assessments = 0, .is_new = false}), ItemState::matched);
  for (const bool is_new : {true, false})
    EXPECT_EQ(state_after_release({.assessments = 1, .is_new = is_new}), ItemState::needs_second);
  for (const int assessments : {0, 1, 3})
    for (const bool is_new : {true, false})
      EXPECT_TRUE(check_transition(ItemState::in_review, state_after_release({.assessments = assessments, .is_new = is_new})));
}

TEST(ItemState, WordsRoundTrip) {
  for (const ItemState state : kItemStates) EXPECT_EQ(*parse_item_state(to_word(state)), state);
  EXPECT_EQ(parse_item_state("done").error().reason, Reason("item.unknown_state"));
}

}  // namespace
}  // namespace tutela::review
