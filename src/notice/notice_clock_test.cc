#include "notice/notice_clock.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::notice {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Time kSent = from_unix_ms(1'790'000'000'000);

NoticeFacts sent() { return {NoticeState::sent, kSent, {}, {}, 0, {}, kSent + hours(1), false}; }
NoticeFacts answered(HostAnswer answer) {
  NoticeFacts facts = sent();
  facts.state = NoticeState::answered;
  facts.answer = answer;
  facts.answered_at = kSent + hours(2);
  return facts;
}

TEST(NoticeClock, StartsBothClocks) {
  const auto step = after_sending(kSent);
  EXPECT_EQ(step.state, NoticeState::sent);
  EXPECT_EQ(step.next_check_at, kSent + hours(1));
  EXPECT_EQ(step.answer_due_at, kSent + hours(24));
}

TEST(NoticeClock, AnAnswerNeverClosesButIsLookedAtAtOnce) {
  for (const auto state : {NoticeState::sent, NoticeState::silent, NoticeState::answered, NoticeState::escalated})
    for (const auto answer : kHostAnswers) {
      NoticeFacts facts = sent();
      facts.state = state;
      facts.next_check_at = kSent + hours(30);
      const auto step = after_answer(facts, answer, kSent + hours(2));
      ASSERT_TRUE(step);
      EXPECT_EQ(step->state, NoticeState::answered);
      EXPECT_EQ(step->next_check_at, says_gone(answer) ? kSent + hours(2) + minutes(1) : kSent + hours(30));
      EXPECT_FALSE(step->answer_due_at);
    }
  NoticeFacts closed = sent();
  closed.state = NoticeState::removed;
  EXPECT_EQ(after_answer(closed, HostAnswer::removed, kSent).error().reason, Reason("notice.transition_refused"));
}

TEST(NoticeClock, RemovedAndStillServingStaysOpenAndIsContradicted) {
  const auto step = after_check(answered(HostAnswer::removed), Seen::serving, kSent + hours(3));
  ASSERT_TRUE(step);
  EXPECT_EQ(step->state, NoticeState::answered);
  EXPECT_TRUE(step->contradicted);
  EXPECT_TRUE(step->next_check_at);
  NoticeFacts later = answered(HostAnswer::removed);
  later.contradicted = true;
  const auto gone = after_check(later, Seen::gone, kSent + hours(4));
  EXPECT_EQ(gone->state, NoticeState::removed);
  EXPECT_TRUE(gone->contradicted);
  EXPECT_FALSE(gone->next_check_at);
}

TEST(NoticeClock, OtherAnswersAreNotContradictedByServing) {
  for (const auto answer : {HostAnswer::not_ours, HostAnswer::need_more})
    EXPECT_FALSE(after_check(answered(answer), Seen::serving, kSent + hours(3))->contradicted);
  EXPECT_FALSE(after_check(answered(HostAnswer::removed), Seen::unreachable, kSent + hours(3))->contradicted);
}

// Every open state and every sight, on the whole: only `gone` removes.
TEST(NoticeClock, OnlyGoneRemoves) {
  for (const auto state : kNoticeStates)
    for (const auto seen : kSeen) {
      NoticeFacts facts = sent();
      facts.state = state;
      const auto step = after_check(facts, seen, kSent + hours(1));
      const bool open = state == NoticeState::sent || state == NoticeState::answered || state == NoticeState::silent ||
                        state == NoticeState::escalated;
      ASSERT_EQ(step.has_value(), open) << to_word(state);
      if (!open) {
        EXPECT_EQ(step.error().reason, Reason("notice.not_open"));
        continue;
      }
      EXPECT_EQ(step->state == NoticeState::removed, seen == Seen::gone);
      EXPECT_EQ(is_closed(step->state), seen == Seen::gone || seen == Seen::moved);
      EXPECT_EQ(step->next_check_at.has_value(), !is_closed(step->state));
    }
}

TEST(NoticeClock, ChecksGrowRarerUpToADay) {
  NoticeFacts facts = sent();
  const std::array<int, 8> expected{1, 2, 4, 8, 16, 24, 24, 24};
  for (const int pause : expected) {
    const auto step = after_check(facts, Seen::serving, kSent);
    EXPECT_EQ(*step->next_check_at - kSent, hours(pause));
    ++facts.checks;
  }
}

TEST(NoticeClock, UnreachableProvesNothingForThirtyDays) {
  NoticeFacts facts = sent();
  facts.last_seen_at = kSent + hours(24);
  const Time edge = *facts.last_seen_at + hours(24 * 30);
  EXPECT_EQ(after_check(facts, Seen::unreachable, edge - Duration{1})->state, NoticeState::sent);
  EXPECT_EQ(after_check(facts, Seen::unreachable, edge)->state, NoticeState::unreachable);
  EXPECT_EQ(after_check(facts, Seen::serving, edge)->state, NoticeState::sent);
}

TEST(NoticeClock, SilenceComesWithTheAnswersClockOnly) {
  EXPECT_FALSE(after_clock(sent(), kSent + hours(24) - Duration{1}));
  const auto step = after_clock(sent(), kSent + hours(24));
  ASSERT_TRUE(step);
  EXPECT_EQ(step->state, NoticeState::silent);
  EXPECT_EQ(step->next_check_at, kSent + hours(1));
  EXPECT_FALSE(after_clock(answered(HostAnswer::need_more), kSent + hours(100)));
}

TEST(NoticeClock, EscalationLooksSoon) {
  NoticeFacts silent = sent();
  silent.state = NoticeState::silent;
  silent.next_check_at = kSent + hours(48);
  const auto step = after_escalation(silent, kSent + hours(25));
  ASSERT_TRUE(step);
  EXPECT_EQ(step->state, NoticeState::escalated);
  EXPECT_EQ(step->next_check_at, kSent + hours(26));
  EXPECT_FALSE(after_escalation(sent(), kSent));
}

// Whatever a host says and whenever: while the address serves, no sequence ends as removed.
TEST(NoticeClock, AHostCannotTalkItselfRemoved) {
  const std::uint64_t seed = 31;
  RecordProperty("seed", std::to_string(seed));
  SeededRandom random(seed);
  for (int round = 0; round < 500; ++round) {
    NoticeFacts facts = sent();
    Time now = kSent;
    for (int step = 0; step < 40 && !is_closed(facts.state); ++step) {
      now += minutes(random.next() % 3'000);
      std::optional<NoticeStep> next;
      switch (random.next() % 4) {
        case 0: {
          facts.answer = kHostAnswers[random.next() % kHostAnswers.size()];
          next = *after_answer(facts, *facts.answer, now);
          break;
        }
        case 1:
          next = *after_check(facts, random.next() % 2 == 0 ? Seen::serving : Seen::unreachable, now);
          break;
        case 2:
          next = after_clock(facts, now);
          break;
        default:
          if (const auto escalated = after_escalation(facts, now)) next = *escalated;
      }
      if (!next) continue;
      facts.state = next->state;
      facts.contradicted = next->contradicted;
      facts.next_check_at = next->next_check_at;
    }
    EXPECT_NE(facts.state, NoticeState::removed);
    EXPECT_NE(facts.state, NoticeState::moved);
  }
}

TEST(NoticeWords, SeenReadsBack) {
  for (const auto seen : kSeen) EXPECT_EQ(parse_seen(to_word(seen)).value(), seen);
  EXPECT_FALSE(parse_seen("404"));
}

}  // namespace
}  // namespace tutela::notice
