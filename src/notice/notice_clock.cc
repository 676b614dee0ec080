#include "notice/notice_clock.h"

#include <algorithm>

#include "model/words.h"

namespace tutela::notice {
namespace {

constexpr std::array kSeenWords{Word{Seen::serving, "serving"}, Word{Seen::gone, "gone"}, Word{Seen::moved, "moved"},
                                Word{Seen::unreachable, "unreachable"}};

bool is_open(NoticeState state) {
  return state == NoticeState::sent || state == NoticeState::answered || state == NoticeState::silent ||
         state == NoticeState::escalated;
}

std::optional<Time> answer_due(const NoticeFacts& facts, NoticeState state, const NoticeClocks& clocks) {
  if (state != NoticeState::sent) return std::nullopt;
  return facts.sent_at + clocks.answer_clock;
}

Duration pause_after(std::int64_t checks, const NoticeClocks& clocks) {
  Duration pause = std::min<Duration>(clocks.first_check, clocks.check_every_max);
  for (std::int64_t i = 0; i < checks && pause < clocks.check_every_max; ++i)
    pause = std::min<Duration>(pause * 2, clocks.check_every_max);
  return pause;
}

}  // namespace

std::string_view to_word(Seen seen) { return word_of(kSeenWords, seen); }

Result<Seen> parse_seen(std::string_view word) {
  if (const auto seen = value_of(kSeenWords, word)) return *seen;
  return fail(ErrorCode::invalid, "notice.unknown_seen");
}

NoticeStep after_sending(Time now, const NoticeClocks& clocks) {
  return {NoticeState::sent, false, now + clocks.first_check, now + clocks.answer_clock};
}

Result<NoticeStep> after_answer(const NoticeFacts& before, HostAnswer answer, Time now, const NoticeClocks& clocks) {
  TUTELA_ASSIGN(const auto state, advance(before.state, NoticeEvent::answer));
  Time next = before.next_check_at.value_or(now + clocks.first_check);
  if (says_gone(answer)) next = std::min(next, now + clocks.after_answer);
  return NoticeStep{state, before.contradicted, next, std::nullopt};
}

Result<NoticeStep> after_check(const NoticeFacts& before, Seen seen, Time now, const NoticeClocks& clocks) {
  if (!is_open(before.state)) return fail(ErrorCode::conflict, "notice.not_open");
  const bool said_removed = before.answer && says_gone(*before.answer);
  const bool contradicted = before.contradicted || (said_removed && seen == Seen::serving);
  const auto close = [&](NoticeEvent event) -> Result<NoticeStep> {
    TUTELA_ASSIGN(const auto state, advance(before.state, event));
    return NoticeStep{state, contradicted, std::nullopt, std::nullopt};
  };
  if (seen == Seen::gone) return close(NoticeEvent::see_gone);
  if (seen == Seen::moved) return close(NoticeEvent::see_moved);
  const Time blind_since = before.last_seen_at.value_or(before.sent_at);
  if (seen == Seen::unreachable && now - blind_since >= clocks.unreachable_after) return close(NoticeEvent::give_up_checks);
  return NoticeStep{before.state, contradicted, now + pause_after(before.checks, clocks),
                    answer_due(before, before.state, clocks)};
}

Result<NoticeStep> after_escalation(const NoticeFacts& before, Time now, const NoticeClocks& clocks) {
  TUTELA_ASSIGN(const auto state, advance(before.state, NoticeEvent::escalate));
  const Time next = std::min(before.next_check_at.value_or(now + clocks.first_check), now + clocks.first_check);
  return NoticeStep{state, before.contradicted, next, std::nullopt};
}

std::optional<NoticeStep> after_clock(const NoticeFacts& before, Time now, const NoticeClocks& clocks) {
  const auto due = answer_due(before, before.state, clocks);
  if (!due || now < *due) return std::nullopt;
  return NoticeStep{NoticeState::silent, before.contradicted, before.next_check_at, std::nullopt};
}

}  // namespace tutela::notice
