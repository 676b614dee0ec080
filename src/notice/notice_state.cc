#include "notice/notice_state.h"

#include "model/words.h"

namespace tutela::notice {
namespace {

using S = NoticeState;
using E = NoticeEvent;

constexpr std::array kStateWords{Word{S::drafted, "drafted"},   Word{S::held, "held"},     Word{S::sent, "sent"},
                                 Word{S::answered, "answered"}, Word{S::silent, "silent"}, Word{S::escalated, "escalated"},
                                 Word{S::removed, "removed"},   Word{S::moved, "moved"},   Word{S::unreachable, "unreachable"},
                                 Word{S::failed, "failed"}};
constexpr std::array kEventWords{Word{E::hold, "hold"},           Word{E::release, "release"},
                                 Word{E::send, "send"},           Word{E::fail_delivery, "fail_delivery"},
                                 Word{E::answer, "answer"},       Word{E::answer_overdue, "answer_overdue"},
                                 Word{E::escalate, "escalate"},   Word{E::see_gone, "see_gone"},
                                 Word{E::see_moved, "see_moved"}, Word{E::give_up_checks, "give_up_checks"}};
constexpr std::array kAnswerWords{Word{HostAnswer::removed, "removed"}, Word{HostAnswer::not_ours, "not_ours"},
                                  Word{HostAnswer::need_more, "need_more"},
                                  Word{HostAnswer::disabled_and_preserved, "disabled_and_preserved"}};

constexpr std::array kTransitions{
    NoticeTransition{S::drafted, E::hold, S::held},
    NoticeTransition{S::held, E::release, S::drafted},
    NoticeTransition{S::drafted, E::send, S::sent},
    NoticeTransition{S::drafted, E::fail_delivery, S::failed},
    // A bounce comes after the next mail server took it.
    NoticeTransition{S::sent, E::fail_delivery, S::failed},

    NoticeTransition{S::sent, E::answer, S::answered},
    NoticeTransition{S::sent, E::answer_overdue, S::silent},
    NoticeTransition{S::silent, E::answer, S::answered},
    NoticeTransition{S::answered, E::answer, S::answered},
    NoticeTransition{S::escalated, E::answer, S::answered},
    NoticeTransition{S::silent, E::escalate, S::escalated},
    NoticeTransition{S::answered, E::escalate, S::escalated},
    NoticeTransition{S::escalated, E::escalate, S::escalated},

    // Only what was seen closes a notice: never an answer, never a clock alone.
    NoticeTransition{S::sent, E::see_gone, S::removed},
    NoticeTransition{S::answered, E::see_gone, S::removed},
    NoticeTransition{S::silent, E::see_gone, S::removed},
    NoticeTransition{S::escalated, E::see_gone, S::removed},
    NoticeTransition{S::sent, E::see_moved, S::moved},
    NoticeTransition{S::answered, E::see_moved, S::moved},
    NoticeTransition{S::silent, E::see_moved, S::moved},
    NoticeTransition{S::escalated, E::see_moved, S::moved},
    NoticeTransition{S::sent, E::give_up_checks, S::unreachable},
    NoticeTransition{S::answered, E::give_up_checks, S::unreachable},
    NoticeTransition{S::silent, E::give_up_checks, S::unreachable},
    NoticeTransition{S::escalated, E::give_up_checks, S::unreachable},
};

}  // namespace

std::string_view to_word(NoticeState state) { return word_of(kStateWords, state); }
std::string_view to_word(NoticeEvent event) { return word_of(kEventWords, event); }
std::string_view to_word(HostAnswer answer) { return word_of(kAnswerWords, answer); }

Result<NoticeState> parse_notice_state(std::string_view word) {
  if (const auto state = value_of(kStateWords, word)) return *state;
  return fail(ErrorCode::corrupt, "notice.unknown_state");
}

Result<HostAnswer> parse_host_answer(std::string_view word) {
  if (const auto answer = value_of(kAnswerWords, word)) return *answer;
  return fail(ErrorCode::invalid, "notice.unknown_answer");
}

bool is_closed(NoticeState state) {
  return state == S::removed || state == S::moved || state == S::unreachable || state == S::failed;
}

std::span<const NoticeTransition> notice_transitions() { return kTransitions; }

Result<NoticeState> advance(NoticeState state, NoticeEvent event) {
  for (const auto& transition : kTransitions)
    if (transition.from == state && transition.event == event) return transition.to;
  return fail(ErrorCode::conflict, "notice.transition_refused",
              std::string(to_word(event)) + " from " + std::string(to_word(state)));
}

}  // namespace tutela::notice
