#include "retention/erasure.h"

#include <algorithm>

namespace tutela::retention {
namespace {

using enum DestructionState;

constexpr std::array kSteps{DestructionStep{proposed, approved},   DestructionStep{proposed, refused},
                            DestructionStep{approved, refused},    DestructionStep{approved, intended},
                            DestructionStep{intended, destroying}, DestructionStep{intended, refused},
                            DestructionStep{destroying, destroyed}};

std::unexpected<Error> not_waiting() { return fail(ErrorCode::conflict, "retention.not_waiting"); }

}  // namespace

std::string_view to_word(ErasureReason reason) {
  constexpr std::array<std::string_view, kErasureReasons.size()> kWords = {"court_order", "authority_order",
                                                                           "not_permitted_to_keep", "data_subject_request"};
  return kWords[static_cast<std::size_t>(reason)];
}

Result<ErasureReason> parse_erasure_reason(std::string_view word) {
  for (const auto reason : kErasureReasons)
    if (to_word(reason) == word) return reason;
  return fail(ErrorCode::invalid, "erasure.unknown_reason");
}

Result<std::string> parse_erasure_subject(std::string_view word) {
  if (std::ranges::find(kErasureSubjects, word) == kErasureSubjects.end())
    return fail(ErrorCode::invalid, "erasure.unknown_subject");
  return std::string(word);
}

Result<> check_erasure_transition(DestructionState from, DestructionState to) { return check_step(kSteps, from, to); }

Result<ErasureRow> approve(const ErasureRow& row, const MemberId& member, Time now) {
  if (row.state != proposed) return not_waiting();
  if (row.proposed_by == member) return fail(ErrorCode::denied, "retention.same_member");
  ErasureRow next = row;
  next.state = approved;
  next.approved_by = member;
  next.decided_at = now;
  return next;
}

Result<ErasureRow> refuse(const ErasureRow& row, const MemberId& member, Time now) {
  if (row.state != proposed && row.state != approved) return not_waiting();
  ErasureRow next = row;
  next.state = refused;
  next.refused_by = member;
  next.decided_at = now;
  return next;
}

}  // namespace tutela::retention
