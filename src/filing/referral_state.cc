#include "filing/referral_state.h"

#include "model/words.h"

namespace tutela::filing {
namespace {

using S = ReferralState;
using E = ReferralEvent;
using F = ReferralEffect;

constexpr std::array kStateWords{Word{S::drafted, "drafted"},
                                 Word{S::approved, "approved"},
                                 Word{S::sending, "sending"},
                                 Word{S::sent, "sent"},
                                 Word{S::acknowledged, "acknowledged"},
                                 Word{S::accepted, "accepted"},
                                 Word{S::refused, "refused"},
                                 Word{S::outcome, "outcome"},
                                 Word{S::corrected, "corrected"},
                                 Word{S::withdrawn, "withdrawn"},
                                 Word{S::choose_channel, "choose_channel"},
                                 Word{S::rerouted, "rerouted"}};
constexpr std::array kEventWords{Word{E::approve, "approve"},         Word{E::queue, "queue"},
                                 Word{E::deliver, "deliver"},         Word{E::fail_attempt, "fail_attempt"},
                                 Word{E::give_up, "give_up"},         Word{E::try_again, "try_again"},
                                 Word{E::acknowledge, "acknowledge"}, Word{E::accept, "accept"},
                                 Word{E::refuse, "refuse"},           Word{E::report_outcome, "report_outcome"},
                                 Word{E::correct, "correct"},         Word{E::withdraw, "withdraw"},
                                 Word{E::reroute, "reroute"}};

constexpr std::array kTransitions{
    ReferralTransition{S::drafted, E::approve, S::approved, F::none},
    // Nothing left the node: there is nobody to tell.
    ReferralTransition{S::drafted, E::withdraw, S::withdrawn, F::none},
    ReferralTransition{S::approved, E::queue, S::sending, F::enqueue},
    ReferralTransition{S::sending, E::deliver, S::sent, F::none},
    ReferralTransition{S::sending, E::fail_attempt, S::sending, F::none},
    ReferralTransition{S::sending, E::give_up, S::choose_channel, F::open_routing_task},
    ReferralTransition{S::choose_channel, E::try_again, S::sending, F::enqueue},
    ReferralTransition{S::choose_channel, E::reroute, S::rerouted, F::none},
    // An answer to an attempt that we had given up on proves that it arrived.
    ReferralTransition{S::choose_channel, E::deliver, S::sent, F::none},

    ReferralTransition{S::sent, E::acknowledge, S::acknowledged, F::none},
    ReferralTransition{S::sent, E::accept, S::accepted, F::none},
    ReferralTransition{S::sent, E::refuse, S::refused, F::open_routing_task},
    ReferralTransition{S::acknowledged, E::accept, S::accepted, F::none},
    ReferralTransition{S::acknowledged, E::refuse, S::refused, F::open_routing_task},
    ReferralTransition{S::accepted, E::report_outcome, S::outcome, F::show_outcome},
    ReferralTransition{S::outcome, E::report_outcome, S::outcome, F::show_outcome},
    ReferralTransition{S::refused, E::reroute, S::rerouted, F::none},

    ReferralTransition{S::sent, E::correct, S::corrected, F::send_supplement},
    ReferralTransition{S::acknowledged, E::correct, S::corrected, F::send_supplement},
    ReferralTransition{S::accepted, E::correct, S::corrected, F::send_supplement},
    ReferralTransition{S::refused, E::correct, S::corrected, F::send_supplement},
    ReferralTransition{S::outcome, E::correct, S::corrected, F::send_supplement},
    ReferralTransition{S::corrected, E::correct, S::corrected, F::send_supplement},
    // A correction does not interrupt the other side: its answers go on from wherever it stood.
    ReferralTransition{S::corrected, E::acknowledge, S::corrected, F::none},
    ReferralTransition{S::corrected, E::accept, S::accepted, F::none},
    ReferralTransition{S::corrected, E::refuse, S::refused, F::open_routing_task},
    ReferralTransition{S::corrected, E::report_outcome, S::outcome, F::show_outcome},

    ReferralTransition{S::sent, E::withdraw, S::withdrawn, F::send_supplement},
    ReferralTransition{S::acknowledged, E::withdraw, S::withdrawn, F::send_supplement},
    ReferralTransition{S::accepted, E::withdraw, S::withdrawn, F::send_supplement},
    ReferralTransition{S::refused, E::withdraw, S::withdrawn, F::send_supplement},
    ReferralTransition{S::outcome, E::withdraw, S::withdrawn, F::send_supplement},
    ReferralTransition{S::corrected, E::withdraw, S::withdrawn, F::send_supplement},
    // Answers that crossed the withdrawal are kept; what they would have started is not.
    ReferralTransition{S::withdrawn, E::acknowledge, S::withdrawn, F::none},
    ReferralTransition{S::withdrawn, E::accept, S::withdrawn, F::none},
    ReferralTransition{S::withdrawn, E::refuse, S::withdrawn, F::none},
    ReferralTransition{S::withdrawn, E::report_outcome, S::withdrawn, F::none},
};

constexpr std::array kIncomingWords{Word{IncomingState::received, "received"}, Word{IncomingState::acknowledged, "acknowledged"},
                                    Word{IncomingState::accepted, "accepted"}, Word{IncomingState::refused, "refused"},
                                    Word{IncomingState::outcome, "outcome"},   Word{IncomingState::withdrawn, "withdrawn"}};

using I = IncomingState;
using V = IncomingEvent;

constexpr std::array kIncomingTransitions{
    IncomingTransition{I::received, V::acknowledge, I::acknowledged},
    IncomingTransition{I::acknowledged, V::accept, I::accepted},
    IncomingTransition{I::acknowledged, V::refuse, I::refused},
    IncomingTransition{I::accepted, V::report_outcome, I::outcome},
    IncomingTransition{I::outcome, V::report_outcome, I::outcome},

    // A correction changes what is known, not how far the work is; a refused matter is looked at again.
    IncomingTransition{I::received, V::correction_arrived, I::received},
    IncomingTransition{I::acknowledged, V::correction_arrived, I::acknowledged},
    IncomingTransition{I::accepted, V::correction_arrived, I::accepted},
    IncomingTransition{I::outcome, V::correction_arrived, I::outcome},
    IncomingTransition{I::refused, V::correction_arrived, I::acknowledged},

    IncomingTransition{I::received, V::withdrawal_arrived, I::withdrawn},
    IncomingTransition{I::acknowledged, V::withdrawal_arrived, I::withdrawn},
    IncomingTransition{I::accepted, V::withdrawal_arrived, I::withdrawn},
    IncomingTransition{I::refused, V::withdrawal_arrived, I::withdrawn},
    IncomingTransition{I::outcome, V::withdrawal_arrived, I::withdrawn},
};

}  // namespace

std::string_view to_word(ReferralState state) { return word_of(kStateWords, state); }
std::string_view to_word(ReferralEvent event) { return word_of(kEventWords, event); }
std::string_view to_word(IncomingState state) { return word_of(kIncomingWords, state); }

Result<ReferralState> parse_referral_state(std::string_view word) {
  if (const auto state = value_of(kStateWords, word)) return *state;
  return fail(ErrorCode::corrupt, "referral.unknown_state");
}

Result<IncomingState> parse_incoming_state(std::string_view word) {
  if (const auto state = value_of(kIncomingWords, word)) return *state;
  return fail(ErrorCode::corrupt, "incoming.unknown_state");
}

std::span<const ReferralTransition> referral_transitions() { return kTransitions; }
std::span<const IncomingTransition> incoming_transitions() { return kIncomingTransitions; }

Result<ReferralTransition> advance(ReferralState state, ReferralEvent event) {
  for (const auto& transition : kTransitions)
    if (transition.from == state && transition.event == event) return transition;
  return fail(ErrorCode::conflict, "referral.transition_refused",
              std::string(to_word(event)) + " from " + std::string(to_word(state)));
}

Result<IncomingState> advance(IncomingState state, IncomingEvent event) {
  for (const auto& transition : kIncomingTransitions)
    if (transition.from == state && transition.event == event) return transition.to;
  return fail(ErrorCode::conflict, "incoming.transition_refused", "from " + std::string(to_word(state)));
}

}  // namespace tutela::filing
