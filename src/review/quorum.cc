#include "review/quorum.h"

#include <algorithm>
#include <array>

namespace tutela::review {
namespace {

constexpr std::array kQuorumSteps = {QuorumStep::needs_first, QuorumStep::needs_second, QuorumStep::needs_third,
                                     QuorumStep::needs_manager, QuorumStep::decided};
constexpr std::size_t kAssessmentsMax = 4;

bool is_of(const Assessment& assessment, const MemberId& member) { return assessment.member() == member; }

// Of one item, each by another member, none after two that agreed.
Result<> check_consistent(std::span<const Assessment> assessments) {
  if (assessments.size() > kAssessmentsMax) return fail(ErrorCode::corrupt, "review.bad_assessments", "too many");
  for (std::size_t later = 0; later < assessments.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (assessments[earlier].item() != assessments[later].item())
        return fail(ErrorCode::corrupt, "review.bad_assessments", "two items");
      if (is_of(assessments[earlier], assessments[later].member()))
        return fail(ErrorCode::corrupt, "review.bad_assessments", "one member twice");
    }
  }
  return {};
}

}  // namespace

std::string_view to_word(QuorumStep step) {
  constexpr std::array<std::string_view, kQuorumSteps.size()> kWords = {"needs_first", "needs_second", "needs_third",
                                                                        "needs_manager", "decided"};
  return kWords[static_cast<std::size_t>(step)];
}

Result<QuorumStep> parse_quorum_step(std::string_view word) {
  for (const QuorumStep step : kQuorumSteps)
    if (to_word(step) == word) return step;
  return fail(ErrorCode::invalid, "review.unknown_step");
}

Result<QuorumDecision> decide_quorum(std::span<const Assessment> assessments) {
  TUTELA_TRY(check_consistent(assessments));
  for (std::size_t later = 1; later < assessments.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const Assessment& first = assessments[earlier];
      const Assessment& second = assessments[later];
      if (first.judgement() != second.judgement()) continue;
      if (later + 1 != assessments.size()) return fail(ErrorCode::corrupt, "review.bad_assessments", "after the decision");
      const bool was_viewed_here = first.viewing().viewed() == Viewed::here || second.viewing().viewed() == Viewed::here;
      return QuorumDecision{QuorumStep::decided,
                            Verdict(first.item(), first.judgement(), was_viewed_here, {first.id(), second.id()},
                                    std::max(first.assessed_at(), second.assessed_at()))};
    }
  }
  // Four that all differ cannot be: the fourth had to choose one of three.
  if (assessments.size() == kAssessmentsMax) return fail(ErrorCode::corrupt, "review.bad_assessments", "four differ");
  return QuorumDecision{kQuorumSteps[assessments.size()], std::nullopt};
}

Result<> check_next_assessor(std::span<const Assessment> assessments, const accounts::MemberPresence& presence) {
  TUTELA_ASSIGN(const auto decision, decide_quorum(assessments));
  if (decision.step == QuorumStep::decided) return fail(ErrorCode::conflict, "review.already_decided");
  if (std::ranges::any_of(assessments, [&](const auto& given) { return is_of(given, presence.member()); }))
    return fail(ErrorCode::conflict, "review.same_member");
  if (decision.step == QuorumStep::needs_manager) {
    if (!presence.roles().has(Role::manager)) return fail(ErrorCode::denied, "review.manager_needed");
  } else if (!presence.roles().shares_any({Role::analyst, Role::assessor})) {
    return fail(ErrorCode::denied, "review.assessor_needed");
  }
  return {};
}

Result<QuorumDecision> add_assessment(std::span<const Assessment> assessments, const Assessment& next,
                                      const accounts::MemberPresence& presence) {
  if (next.member() != presence.member()) return fail(ErrorCode::denied, "review.other_member");
  TUTELA_TRY(check_next_assessor(assessments, presence));
  TUTELA_ASSIGN(const auto before, decide_quorum(assessments));
  if (before.step == QuorumStep::needs_manager &&
      std::ranges::none_of(assessments, [&](const auto& given) { return given.judgement() == next.judgement(); }))
    return fail(ErrorCode::conflict, "review.manager_must_choose");
  std::vector<Assessment> with_next(assessments.begin(), assessments.end());
  with_next.push_back(next);
  return decide_quorum(with_next);
}

std::vector<Assessment> visible_assessments(std::span<const Assessment> assessments, const accounts::MemberPresence& presence) {
  const auto decision = decide_quorum(assessments);
  const bool sees_all = decision && (decision->step == QuorumStep::decided ||
                                     (decision->step == QuorumStep::needs_manager && check_next_assessor(assessments, presence)));
  std::vector<Assessment> visible;
  std::ranges::copy_if(assessments, std::back_inserter(visible),
                       [&](const auto& given) { return sees_all || is_of(given, presence.member()); });
  return visible;
}

}  // namespace tutela::review
