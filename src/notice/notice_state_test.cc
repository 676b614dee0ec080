#include "notice/notice_state.h"

#include <gtest/gtest.h>

#include <set>

namespace tutela::notice {
namespace {

TEST(NoticeState, WordsReadBack) {
  for (const auto state : kNoticeStates) EXPECT_EQ(parse_notice_state(to_word(state)).value(), state);
  for (const auto answer : kHostAnswers) EXPECT_EQ(parse_host_answer(to_word(answer)).value(), answer);
  EXPECT_EQ(parse_notice_state("open").error().code, ErrorCode::corrupt);
  EXPECT_EQ(parse_host_answer("gone").error().code, ErrorCode::invalid);
}

TEST(NoticeState, TheTableIsExactlyWhatAdvancePermits) {
  std::set<std::pair<NoticeState, NoticeEvent>> listed;
  for (const auto& transition : notice_transitions()) EXPECT_TRUE(listed.emplace(transition.from, transition.event).second);
  for (const auto state : kNoticeStates)
    for (const auto event : kNoticeEvents)
      EXPECT_EQ(advance(state, event).has_value(), listed.contains({state, event})) << to_word(state) << to_word(event);
}

TEST(NoticeState, OnlyASightClosesAsRemoved) {
  for (const auto& transition : notice_transitions()) {
    EXPECT_FALSE(is_closed(transition.from)) << to_word(transition.from);
    EXPECT_EQ(transition.to == NoticeState::removed, transition.event == NoticeEvent::see_gone);
    EXPECT_EQ(transition.to == NoticeState::moved, transition.event == NoticeEvent::see_moved);
  }
}

TEST(NoticeState, EveryStateIsReachedAndEveryOpenOneCanEnd) {
  std::set<NoticeState> reached{NoticeState::drafted};
  for (std::size_t round = 0; round < kNoticeStates.size(); ++round)
    for (const auto& transition : notice_transitions())
      if (reached.contains(transition.from)) reached.insert(transition.to);
  EXPECT_EQ(reached.size(), kNoticeStates.size());
  for (const auto state : {NoticeState::sent, NoticeState::answered, NoticeState::silent, NoticeState::escalated})
    EXPECT_TRUE(advance(state, NoticeEvent::see_gone)) << to_word(state);
}

TEST(NoticeState, WhatIsHeldIsNotSent) { EXPECT_FALSE(advance(NoticeState::held, NoticeEvent::send)); }

}  // namespace
}  // namespace tutela::notice
