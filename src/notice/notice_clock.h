#pragma once

#include <optional>

#include "base/clock.h"
#include "notice/notice_state.h"

// When a notice is due for an answer and for the next look, and what a look changes.
namespace tutela::notice {

// Working rules of the project. 24 hours for the answer is also what Australia's eSafety Commissioner sets (Online Safety Act
// 2021, s. 109).
struct NoticeClocks {
  std::chrono::milliseconds answer_clock = std::chrono::hours(24);
  std::chrono::milliseconds first_check = std::chrono::hours(1);
  std::chrono::milliseconds check_every_max = std::chrono::hours(24);  // the pause doubles up to this
  std::chrono::milliseconds after_answer = std::chrono::minutes(1);    // an answer "removed" is looked at once
  std::chrono::milliseconds unreachable_after = std::chrono::hours(24 * 30);
};

// What a look at the address saw.
enum class Seen : std::uint8_t {
  serving,      // an answer with the content, or anything we cannot tell from it
  gone,         // 404, 410, 451, or a served page without it, said so by the checker
  moved,        // a permanent redirect to another host
  unreachable,  // no answer: no proof of anything
};
inline constexpr std::array kSeen{Seen::serving, Seen::gone, Seen::moved, Seen::unreachable};
std::string_view to_word(Seen seen);
Result<Seen> parse_seen(std::string_view word);  // invalid, "notice.unknown_seen"

// What of a notice the clocks read and write.
struct NoticeFacts {
  NoticeState state;
  Time sent_at;
  std::optional<HostAnswer> answer;
  std::optional<Time> answered_at;
  std::int64_t checks = 0;
  std::optional<Time> last_seen_at;  // the last look that saw anything at all
  std::optional<Time> next_check_at;
  bool contradicted = false;
};

struct NoticeStep {
  NoticeState state;
  bool contradicted;                  // the host said "removed" and the address still served: stays set
  std::optional<Time> next_check_at;  // absent when closed
  std::optional<Time> answer_due_at;  // absent when answered or closed
};

// It was sent just now.
NoticeStep after_sending(Time now, const NoticeClocks& clocks = {});
// The host answered. Never closes: an answer "removed" asks for a look at once. conflict, "notice.transition_refused".
Result<NoticeStep> after_answer(const NoticeFacts& before, HostAnswer answer, Time now, const NoticeClocks& clocks = {});
// A look at the address. Only `gone` closes as removed and only `moved` as moved; `serving` after an answer "removed" sets
// contradicted and keeps it open; `unreachable` proves nothing and closes as unreachable only after clocks.unreachable_after
// without any look that saw something. conflict, "notice.not_open".
Result<NoticeStep> after_check(const NoticeFacts& before, Seen seen, Time now, const NoticeClocks& clocks = {});
// A member took it up the ladder: looked at within first_check, no answer awaited by a clock. conflict,
// "notice.transition_refused".
Result<NoticeStep> after_escalation(const NoticeFacts& before, Time now, const NoticeClocks& clocks = {});
// The answer's clock. Absent while nothing is due.
std::optional<NoticeStep> after_clock(const NoticeFacts& before, Time now, const NoticeClocks& clocks = {});

}  // namespace tutela::notice
