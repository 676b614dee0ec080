#include "model/classification.h"

#include "model/words.h"

namespace tutela {
namespace {

constexpr std::array kActWords{Word{Act::a, "a"},
                               Word{Act::b, "b"},
                               Word{Act::c, "c"},
                               Word{Act::indicative, "indicative"},
                               Word{Act::not_illegal, "not_illegal"},
                               Word{Act::out_of_remit, "out_of_remit"}};
constexpr std::array kAgeBandWords{Word{AgeBand::infant_toddler, "infant_toddler"}, Word{AgeBand::prepubescent, "prepubescent"},
                                   Word{AgeBand::pubescent, "pubescent"}, Word{AgeBand::adult, "adult"},
                                   Word{AgeBand::unknown, "unknown"}};
constexpr std::array kBaselineWords{Word{Baseline::candidate, "candidate"}, Word{Baseline::needs_check, "needs_check"},
                                    Word{Baseline::no, "no"}};

bool is_prepubescent(AgeBand age_band) { return age_band == AgeBand::infant_toddler || age_band == AgeBand::prepubescent; }

}  // namespace

std::string_view to_word(Act act) { return word_of(kActWords, act); }
std::string_view to_word(AgeBand age_band) { return word_of(kAgeBandWords, age_band); }
std::string_view to_word(Baseline baseline) { return word_of(kBaselineWords, baseline); }

Result<Act> parse_act(std::string_view word) {
  if (const auto act = value_of(kActWords, word)) return *act;
  return fail(ErrorCode::invalid, "classification.unknown_act");
}

Result<AgeBand> parse_age_band(std::string_view word) {
  if (const auto age_band = value_of(kAgeBandWords, word)) return *age_band;
  return fail(ErrorCode::invalid, "classification.unknown_age_band");
}

bool is_actionable(Act act) { return act == Act::a || act == Act::b || act == Act::c; }

bool is_actionable(const Classification& classification) {
  return is_actionable(classification.act) && classification.age_band != AgeBand::adult;
}

std::optional<std::string_view> industry_classification(const Classification& classification) {
  if (!is_actionable(classification)) return std::nullopt;
  const bool first_digit = classification.act != Act::c;
  if (is_prepubescent(classification.age_band)) return first_digit ? "A1" : "A2";
  if (classification.age_band == AgeBand::pubescent) return first_digit ? "B1" : "B2";
  return std::nullopt;
}

Baseline baseline(const Classification& classification) {
  if (!is_actionable(classification) || classification.age_band == AgeBand::pubescent) return Baseline::no;
  if (classification.age_band == AgeBand::unknown || classification.act == Act::c) return Baseline::needs_check;
  return Baseline::candidate;
}

}  // namespace tutela
