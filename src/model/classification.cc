#include "model/classification.h"

namespace tutela {
std::string_view to_word(Act act) {
  constexpr std::array<std::string_view, 6> kWords{"a", "b", "c", "indicative", "not_illegal", "out_of_remit"};
  return kWords[static_cast<std::size_t>(act)];
}
Result<Act> parse_act(std::string_view word) {
  for (const Act act : kActs)
    if (to_word(act) == word) return act;
  return fail(ErrorCode::invalid, "classification.unknown_act");
}
std::string_view to_word(AgeBand band) {
  constexpr std::array<std::string_view, 5> kWords{"infant_toddler", "prepubescent", "pubescent", "adult", "unknown"};
  return kWords[static_cast<std::size_t>(band)];
}
Result<AgeBand> parse_age_band(std::string_view word) {
  for (const AgeBand band : kAgeBands)
    if (to_word(band) == word) return band;
  return fail(ErrorCode::invalid, "classification.unknown_age_band");
}
bool is_actionable(Act act) { return act == Act::a || act == Act::b || act == Act::c; }
bool is_actionable(const Classification& classification) {
  return is_actionable(classification.act) && classification.age_band != AgeBand::adult;
}
}  // namespace tutela
