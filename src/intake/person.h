#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "accounts/presence.h"
#include "base/sensitive.h"
#include "model/classification.h"

namespace tutela::intake {

enum class PersonRole : std::uint8_t { child_at_risk, depicted_child, suspect, reporter };
std::string_view to_word(PersonRole role);
Result<PersonRole> parse_person_role(std::string_view word);  // invalid, "person.unknown_role"

// A depicted or self-generating child is never filed as a suspect. Overriding that needs a police member and a reason.
struct SuspectFiling {
  PersonRole role = PersonRole::suspect;  // as reported
  AgeBand age_band = AgeBand::unknown;
  bool is_depicted = false;  // the same person is also depicted, or made the material of herself or himself
};
// denied, "person.child_as_suspect" (depicted, or of a child's age band, and no police member overrides); invalid,
// "person.reason_missing".
Result<> check_suspect_filing(const SuspectFiling& filing, const accounts::MemberPresence& presence,
                              const Sensitive<std::string>& reason);

}  // namespace tutela::intake
