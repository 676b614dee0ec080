#pragma once

#include <array>
#include <string_view>

#include "base/result.h"
#include "model/ids.h"

// Somebody a report speaks of, in a role.
namespace tutela::casework {

enum class PersonRole : std::uint8_t { child_at_risk, depicted_child, suspect, reporter };
inline constexpr std::array kPersonRoles{PersonRole::child_at_risk, PersonRole::depicted_child, PersonRole::suspect,
                                         PersonRole::reporter};
std::string_view to_word(PersonRole role);
Result<PersonRole> parse_person_role(std::string_view word);  // invalid, "person.unknown_role"

enum class Depiction : std::uint8_t {
  not_depicted,
  depicted,        // the child in the picture
  self_generated,  // a child who made the picture of itself
};
std::string_view to_word(Depiction depiction);
Result<Depiction> parse_depiction(std::string_view word);  // invalid, "person.unknown_depiction"

enum class MemberKind : std::uint8_t { police, other };

// A deliberate departure from the rule below, kept with the referral and the ledger entry.
struct SuspectOverride {
  MemberId member;
  MemberKind member_kind;
  std::string_view reason;  // at least kOverrideReasonBytesMin, at most limits::kReasonBytesMax
};
inline constexpr std::size_t kOverrideReasonBytesMin = 20;

// May this person be filed in this role? A depicted or self-generating child is never filed as a suspect; a police member with a
// reason may override. denied,  "person.depicted_child_not_suspect" without override, "person.override_needs_police" when not of
// the police invalid, "person.override_needs_reason" when the reason is blank or too short; limit, "person.reason_too_long"
Result<> verify_filed_role(PersonRole role, Depiction depiction, const SuspectOverride* override_by);

}  // namespace tutela::casework
