#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "filing/referral_message.h"

// What an authority would have to ask back for. Checked before a member files; a member may file all the same, knowing it.
namespace tutela::filing {

enum class Missing : std::uint8_t {
  location_or_fingerprint,  // an item nobody could find again
  actionable_verdict,       // act and age band do not lead to a filing
  law_row,                  // no law cited
  recent_sighting,          // no address seen within 7 days
  person_or_indicator,      // a concern about nobody in particular
  child_described,          // urgent without a child to protect
  statement,                // a concern that states nothing
  suspect_indicator,        // a suspect without any identifier
};
inline constexpr std::array kMissing{
    Missing::location_or_fingerprint, Missing::actionable_verdict, Missing::law_row,   Missing::recent_sighting,
    Missing::person_or_indicator,     Missing::child_described,    Missing::statement, Missing::suspect_indicator};
std::string_view to_word(Missing missing);

// In the order of the enum, each at most once; empty: an authority can act on it.
std::vector<Missing> missing_for_action(const ReferralMessage& message);

}  // namespace tutela::filing
