#include "retention/destruction.h"

#include <algorithm>

namespace tutela::retention {
namespace {

using enum DestructionState;

constexpr std::array kSteps{DestructionStep{proposed, approved},   DestructionStep{proposed, refused},
                            DestructionStep{approved, refused},    DestructionStep{approved, intended},
                            DestructionStep{intended, destroying}, DestructionStep{destroying, destroyed},
                            DestructionStep{refused, proposed}};

std::unexpected<Error> not_waiting() { return fail(ErrorCode::conflict, "retention.not_waiting"); }
std::unexpected<Error> same_member() { return fail(ErrorCode::denied, "retention.same_member"); }

}  // namespace

std::string_view to_word(DestructionState state) {
  constexpr std::array<std::string_view, kDestructionStates.size()> kWords = {"proposed",   "approved",  "intended",
                                                                              "destroying", "destroyed", "refused"};
  return kWords[static_cast<std::size_t>(state)];
}

Result<DestructionState> parse_destruction_state(std::string_view word) {
  for (const auto state : kDestructionStates)
    if (to_word(state) == word) return state;
  return fail(ErrorCode::corrupt, "retention.unknown_state");
}

std::string_view to_word(KeptBecause because) {
  constexpr std::array<std::string_view, kKeptReasons.size()> kWords = {"hold", "preservation", "open", "subject"};
  return kWords[static_cast<std::size_t>(because)];
}

Result<KeptBecause> parse_kept_because(std::string_view word) {
  for (const auto because : kKeptReasons)
    if (to_word(because) == word) return because;
  return fail(ErrorCode::corrupt, "retention.unknown_word");
}

Result<> check_step(std::span<const DestructionStep> permitted, DestructionState from, DestructionState to) {
  const bool known = std::ranges::any_of(permitted, [&](const auto& step) { return step.from == from && step.to == to; });
  if (!known) return fail(ErrorCode::conflict, "retention.transition_refused");
  return {};
}

Result<> check_transition(DestructionState from, DestructionState to) { return check_step(kSteps, from, to); }

Result<DestructionRow> approve(const DestructionRow& row, const MemberId& member, Time now) {
  if (row.state != proposed) return not_waiting();
  DestructionRow next = row;
  if (!row.first_member) {
    next.first_member = member;
    return next;
  }
  if (*row.first_member == member) return same_member();
  next.second_member = member;
  next.decided_at = now;
  next.state = approved;
  return next;
}

Result<DestructionRow> refuse(const DestructionRow& row, Time now) {
  if (row.state != proposed && row.state != approved) return not_waiting();
  DestructionRow next = row;
  next.state = refused;
  next.decided_at = now;
  next.first_member.reset();
  next.second_member.reset();
  next.schedule.reset();
  return next;
}

Result<ScheduleRow> approve(const ScheduleRow& row, const MemberId& member, Time now) {
  if (row.second_member || row.ended_at) return not_waiting();
  if (row.first_member == member) return same_member();
  ScheduleRow next = row;
  next.second_member = member;
  next.approved_at = now;
  return next;
}

Result<DestructionRow> approve_by_schedule(const DestructionRow& row, const ScheduleRow& schedule, Time now) {
  const bool covers = row.class_name.starts_with(schedule.record_class + "-");
  if (row.state != proposed || !schedule.is_in_force() || !covers) return not_waiting();
  DestructionRow next = row;
  next.state = approved;
  next.schedule = schedule.id;
  next.decided_at = now;
  return next;
}

bool is_due(std::chrono::year_month month, Time now) {
  const std::chrono::sys_days end{(month + std::chrono::months{1}) / 1};
  return now >= end;
}

Result<std::string> parse_hold_subject(std::string_view word) {
  if (std::ranges::find(kHoldSubjects, word) == kHoldSubjects.end()) return fail(ErrorCode::invalid, "hold.unknown_subject");
  return std::string(word);
}

}  // namespace tutela::retention
