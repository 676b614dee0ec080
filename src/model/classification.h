#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace tutela {

// What a member finds an item to be, as codes; the schemes' official names are derived from them in law/.
enum class Act : std::uint8_t { a, b, c, indicative, not_illegal, out_of_remit };

enum class AgeBand : std::uint8_t { infant_toddler, prepubescent, pubescent, adult, unknown };

std::string_view to_word(Act act);
// invalid, "classification.unknown_act".
Result<Act> parse_act(std::string_view word);

std::string_view to_word(AgeBand band);
// invalid, "classification.unknown_age_band".
Result<AgeBand> parse_age_band(std::string_view word);

// Whether a final verdict with this act is acted on: blocked, referred, noticed. False for not_illegal and out_of_remit.
bool is_actionable(Act act);

}  // namespace tutela
