#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/result.h"

// The life of a request to remove, as data.
namespace tutela::notice {

enum class NoticeState : std::uint8_t {
  drafted,
  held,  // police first: not before they say so
  sent,
  answered,     // the host answered; only a check of ours closes it
  silent,       // the answer is overdue
  escalated,    // a member took it up the ladder: site owner, registrar
  removed,      // seen gone
  moved,        // gone there, seen elsewhere: a new location and a new notice
  unreachable,  // could not be checked to the end of the schedule
  failed,       // could not be delivered
};
inline constexpr std::array kNoticeStates{
    NoticeState::drafted,   NoticeState::held,    NoticeState::sent,  NoticeState::answered,    NoticeState::silent,
    NoticeState::escalated, NoticeState::removed, NoticeState::moved, NoticeState::unreachable, NoticeState::failed};
std::string_view to_word(NoticeState state);
Result<NoticeState> parse_notice_state(std::string_view word);  // corrupt, "notice.unknown_state"
bool is_closed(NoticeState state);                              // removed, moved, unreachable, failed

enum class NoticeEvent : std::uint8_t {
  hold,
  release,        // the hold ends; it may be sent
  send,           // the mail was accepted by the next mail server
  fail_delivery,  // bounced, or given up by the outbox
  answer,
  answer_overdue,
  escalate,
  see_gone,  // a check really saw it gone
  see_moved,
  give_up_checks,  // the schedule ended without a check that could see anything
};
inline constexpr std::array kNoticeEvents{NoticeEvent::hold,          NoticeEvent::release,  NoticeEvent::send,
                                          NoticeEvent::fail_delivery, NoticeEvent::answer,   NoticeEvent::answer_overdue,
                                          NoticeEvent::escalate,      NoticeEvent::see_gone, NoticeEvent::see_moved,
                                          NoticeEvent::give_up_checks};
std::string_view to_word(NoticeEvent event);

struct NoticeTransition {
  NoticeState from;
  NoticeEvent event;
  NoticeState to;
};
std::span<const NoticeTransition> notice_transitions();
// conflict, "notice.transition_refused".
Result<NoticeState> advance(NoticeState state, NoticeEvent event);

// What a host may answer on its token page.
enum class HostAnswer : std::uint8_t {
  removed,
  disabled_and_preserved,  // unreachable for everybody, kept for the police
  not_ours,
  need_more,  // the host cannot act on what we told
};
inline constexpr std::array kHostAnswers{HostAnswer::removed, HostAnswer::disabled_and_preserved, HostAnswer::not_ours,
                                         HostAnswer::need_more};
// Whether the host says that it stopped serving.
constexpr bool says_gone(HostAnswer answer) {
  return answer == HostAnswer::removed || answer == HostAnswer::disabled_and_preserved;
}
std::string_view to_word(HostAnswer answer);
Result<HostAnswer> parse_host_answer(std::string_view word);  // invalid, "notice.unknown_answer"

}  // namespace tutela::notice
