#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "review/verdict.h"

// How many members it takes, and who.
//
//   first and second agree (act and age band)           final
//   they differ                                         a third decides; two alike are final
//   all three differ                                    a fourth, who must be a manager, sees the three and chooses one of their
//   judgements
//
// So every verdict rests on two members who judged alike. The first three are blind to each other.
namespace tutela::review {

enum class QuorumStep : std::uint8_t { needs_first, needs_second, needs_third, needs_manager, decided };
std::string_view to_word(QuorumStep step);
Result<QuorumStep> parse_quorum_step(std::string_view word);  // invalid, "review.unknown_step"

struct QuorumDecision {
  QuorumStep step = QuorumStep::needs_first;
  std::optional<Verdict> verdict;  // with `decided` only
};

// `assessments` of one item by ascending time. corrupt, "review.bad_assessments" (of two items, of one member twice, or more than
// it takes).
Result<QuorumDecision> decide_quorum(std::span<const Assessment> assessments);

// Whether this member may give the next assessment of an item that has these. conflict, "review.same_member",
// "review.already_decided"; denied, "review.manager_needed" (the fourth), "review.assessor_needed" (the first three need analyst
// or assessor).
Result<> check_next_assessor(std::span<const Assessment> assessments, const accounts::MemberPresence& presence);

// As check_next_assessor(); denied, "review.other_member" (`next` is not by the member present); the fourth must repeat one of
// the three judgements: conflict, "review.manager_must_choose". Returns the decision with `next` included.
Result<QuorumDecision> add_assessment(std::span<const Assessment> assessments, const Assessment& next,
                                      const accounts::MemberPresence& presence);

// Which of the assessments this member may read: own ones always; all once decided, or for the manager who must choose.
std::vector<Assessment> visible_assessments(std::span<const Assessment> assessments, const accounts::MemberPresence& presence);

}  // namespace tutela::review
