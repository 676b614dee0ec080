#include "filing/referral_state.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace tutela::filing {
namespace {

bool is_from_sent_on(ReferralState state) {
  switch (state) {
    case ReferralState::sent:
    case ReferralState::acknowledged:
    case ReferralState::accepted:
    case ReferralState::refused:
    case ReferralState::outcome:
    case ReferralState::corrected:
      return true;
    default:
      return false;
  }
}

TEST(ReferralState, WordsReadBack) {
  for (const auto state : kReferralStates) EXPECT_EQ(parse_referral_state(to_word(state)).value(), state);
  for (const auto state : kIncomingStates) EXPECT_EQ(parse_incoming_state(to_word(state)).value(), state);
  EXPECT_EQ(parse_referral_state("lost").error().code, ErrorCode::corrupt);
  EXPECT_EQ(parse_incoming_state("").error().code, ErrorCode::corrupt);
}

TEST(ReferralState, TheTableIsExactlyWhatAdvancePermits) {
  std::set<std::pair<ReferralState, ReferralEvent>> listed;
  for (const auto& transition : referral_transitions())
    EXPECT_TRUE(listed.emplace(transition.from, transition.event).second)
        << to_word(transition.from) << to_word(transition.event);
  for (const auto state : kReferralStates)
    for (const auto event : kReferralEvents) {
      const auto next = advance(state, event);
      EXPECT_EQ(next.has_value(), listed.contains({state, event})) << to_word(state) << to_word(event);
      if (!next) {
        EXPECT_EQ(next.error().reason, Reason("referral.transition_refused"));
      }
    }
}

// The shape of domain.md, stated against the table rather than copied from it.
TEST(ReferralState, CorrectionAndWithdrawalFromEveryStateFromSentAndNoEarlier) {
  for (const auto state : kReferralStates) {
    EXPECT_EQ(advance(state, ReferralEvent::correct).has_value(), is_from_sent_on(state)) << to_word(state);
    EXPECT_EQ(advance(state, ReferralEvent::withdraw).has_value(), is_from_sent_on(state) || state == ReferralState::drafted)
        << to_word(state);
    if (is_from_sent_on(state)) {
      EXPECT_EQ(advance(state, ReferralEvent::correct)->effect, ReferralEffect::send_supplement);
      EXPECT_EQ(advance(state, ReferralEvent::withdraw)->to, ReferralState::withdrawn);
    }
  }
}

TEST(ReferralState, NothingLeavesWithoutApproval) {
  for (const auto& transition : referral_transitions()) {
    if (transition.to == ReferralState::approved) {
      EXPECT_EQ(transition.from, ReferralState::drafted);
      EXPECT_EQ(transition.event, ReferralEvent::approve);
    }
    if (transition.from == ReferralState::drafted && transition.to != ReferralState::approved) {
      EXPECT_EQ(transition.to, ReferralState::withdrawn);
      EXPECT_EQ(transition.effect, ReferralEffect::none);
    }
    if (transition.effect == ReferralEffect::enqueue) {
      EXPECT_TRUE(transition.from == ReferralState::approved || transition.from == ReferralState::choose_channel);
    }
  }
}

TEST(ReferralState, RefusedAndGivenUpReturnToRouting) {
  for (const auto& transition : referral_transitions())
    if (transition.to == ReferralState::refused || transition.to == ReferralState::choose_channel) {
      EXPECT_EQ(transition.effect, ReferralEffect::open_routing_task);
    }
  EXPECT_EQ(advance(ReferralState::refused, ReferralEvent::reroute)->to, ReferralState::rerouted);
}

TEST(ReferralState, EveryStateIsReachedAndOnlyReroutedIsDead) {
  std::set<ReferralState> reached{ReferralState::drafted};
  std::set<ReferralState> left;
  for (std::size_t round = 0; round < kReferralStates.size(); ++round)
    for (const auto& transition : referral_transitions())
      if (reached.contains(transition.from)) {
        reached.insert(transition.to);
        left.insert(transition.from);
      }
  EXPECT_EQ(reached.size(), kReferralStates.size());
  for (const auto state : kReferralStates) EXPECT_EQ(left.contains(state), state != ReferralState::rerouted) << to_word(state);
}

TEST(IncomingState, TheTableIsExactlyWhatAdvancePermits) {
  std::set<std::pair<IncomingState, IncomingEvent>> listed;
  for (const auto& transition : incoming_transitions()) EXPECT_TRUE(listed.emplace(transition.from, transition.event).second);
  for (const auto state : kIncomingStates)
    for (const auto event : kIncomingEvents) EXPECT_EQ(advance(state, event).has_value(), listed.contains({state, event}));
}

// Whatever order members of the authority act in, the sender's table takes every answer that the receiver's table lets out.
TEST(IncomingState, TheSenderUnderstandsEveryAnswerTheReceiverCanGive) {
  const std::uint64_t seed = 11;
  RecordProperty("seed", std::to_string(seed));
  SeededRandom random(seed);
  for (int round = 0; round < 2'000; ++round) {
    IncomingState there = IncomingState::received;
    ReferralState here = ReferralState::sent;
    for (int step = 0; step < 12; ++step) {
      const auto event = kIncomingEvents[random.next() % kIncomingEvents.size()];
      const auto next = advance(there, event);
      if (!next) continue;
      ReferralEvent seen = ReferralEvent::acknowledge;
      switch (event) {
        case IncomingEvent::acknowledge:
          seen = ReferralEvent::acknowledge;
          break;
        case IncomingEvent::accept:
          seen = ReferralEvent::accept;
          break;
        case IncomingEvent::refuse:
          seen = ReferralEvent::refuse;
          break;
        case IncomingEvent::report_outcome:
          seen = ReferralEvent::report_outcome;
          break;
        case IncomingEvent::correction_arrived:
          seen = ReferralEvent::correct;
          break;
        case IncomingEvent::withdrawal_arrived:
          seen = ReferralEvent::withdraw;
          break;
      }
      const auto moved = advance(here, seen);
      ASSERT_TRUE(moved) << to_word(here) << ' ' << to_word(seen);
      there = *next;
      here = moved->to;
    }
  }
}

}  // namespace
}  // namespace tutela::filing
