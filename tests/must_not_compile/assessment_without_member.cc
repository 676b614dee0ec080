#include "review/verdict.h"

// I1: an id and a judgement are not a member. Only a session check makes a MemberPresence.
tutela::review::Assessment forge(const tutela::AssessmentId& id, const tutela::ItemId& item, const tutela::MemberId& member,
                                 const tutela::review::Viewing& viewing) {
  return tutela::review::Assessment(id, item, member, {tutela::Act::a, tutela::AgeBand::unknown}, viewing, tutela::Time{});
}
