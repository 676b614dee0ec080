#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/result.h"

// The life of a referral on the sending side and on the receiving side, as data.
namespace tutela::filing {

enum class ReferralState : std::uint8_t {
  drafted,
  approved,
  sending,       // an outbox row is being tried
  sent,          // the other side answered 2xx, so it is durable there
  acknowledged,  // a person there has it
  accepted,
  refused,  // returns to routing
  outcome,
  corrected,       // a correction was made; the other side's answers still move it on
  withdrawn,       // taken back; answers that cross the withdrawal are kept without a change of state
  choose_channel,  // the channel failed too often or the duty's clock is due: a member must choose another
  rerouted,        // closed here; a new referral to another authority took its place
};
inline constexpr std::array kReferralStates{ReferralState::drafted,   ReferralState::approved,       ReferralState::sending,
                                            ReferralState::sent,      ReferralState::acknowledged,   ReferralState::accepted,
                                            ReferralState::refused,   ReferralState::outcome,        ReferralState::corrected,
                                            ReferralState::withdrawn, ReferralState::choose_channel, ReferralState::rerouted};
std::string_view to_word(ReferralState state);
Result<ReferralState> parse_referral_state(std::string_view word);  // corrupt, "referral.unknown_state"

enum class ReferralEvent : std::uint8_t {
  approve,
  queue,         // the outbox row is written
  deliver,       // 2xx
  fail_attempt,  // retried later; the state stays
  give_up,       // outbox_schedule said so
  try_again,     // a member sends once more on the same channel
  acknowledge,   // answers of the other side
  accept,
  refuse,
  report_outcome,
  correct,
  withdraw,
  reroute,  // a new referral replaces this one
};
inline constexpr std::array kReferralEvents{ReferralEvent::approve,        ReferralEvent::queue,   ReferralEvent::deliver,
                                            ReferralEvent::fail_attempt,   ReferralEvent::give_up, ReferralEvent::try_again,
                                            ReferralEvent::acknowledge,    ReferralEvent::accept,  ReferralEvent::refuse,
                                            ReferralEvent::report_outcome, ReferralEvent::correct, ReferralEvent::withdraw,
                                            ReferralEvent::reroute};
std::string_view to_word(ReferralEvent event);

// What the use case has to do besides writing the state.
enum class ReferralEffect : std::uint8_t {
  none,
  enqueue,            // write the outbox row in this transaction
  open_routing_task,  // a member must choose: country, authority, channel
  send_supplement,    // write the supplement and its outbox row
  show_outcome,       // the reporter's safe word may be released
};

struct ReferralTransition {
  ReferralState from;
  ReferralEvent event;
  ReferralState to;
  ReferralEffect effect;
};

// Every permitted transition. What is not here is refused.
std::span<const ReferralTransition> referral_transitions();
// conflict, "referral.transition_refused".
Result<ReferralTransition> advance(ReferralState state, ReferralEvent event);

// The receiving side.
enum class IncomingState : std::uint8_t { received, acknowledged, accepted, refused, outcome, withdrawn };
inline constexpr std::array kIncomingStates{IncomingState::received, IncomingState::acknowledged, IncomingState::accepted,
                                            IncomingState::refused,  IncomingState::outcome,      IncomingState::withdrawn};
std::string_view to_word(IncomingState state);
Result<IncomingState> parse_incoming_state(std::string_view word);  // corrupt, "incoming.unknown_state"

enum class IncomingEvent : std::uint8_t { acknowledge, accept, refuse, report_outcome, correction_arrived, withdrawal_arrived };
inline constexpr std::array kIncomingEvents{IncomingEvent::acknowledge,
                                            IncomingEvent::accept,
                                            IncomingEvent::refuse,
                                            IncomingEvent::report_outcome,
                                            IncomingEvent::correction_arrived,
                                            IncomingEvent::withdrawal_arrived};

struct IncomingTransition {
  IncomingState from;
  IncomingEvent event;
  IncomingState to;
};
std::span<const IncomingTransition> incoming_transitions();
// conflict, "incoming.transition_refused".
Result<IncomingState> advance(IncomingState state, IncomingEvent event);

}  // namespace tutela::filing
