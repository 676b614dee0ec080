#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

// What a verdict says: act x age band. Both dimensions are kept; every scheme's label is derived from them and never converted
// into another scheme's label, since the schemes are orthogonal (NCMEC's letters are ages, those of the UK Sentencing Council are
// acts).
namespace tutela {

// a, b, c: the categories of the UK Sentencing Council's Sexual Offences Definitive Guideline, by their official letters.
enum class Act : std::uint8_t {
  a,
  b,
  c,
  indicative,    // below the threshold of those three, yet indicative: kept, never filed by itself
  not_illegal,   // looked at and dismissed
  out_of_remit,  // not about a child, or another organisation's matter
};

enum class AgeBand : std::uint8_t { infant_toddler, prepubescent, pubescent, adult, unknown };

inline constexpr std::array kActs{Act::a, Act::b, Act::c, Act::indicative, Act::not_illegal, Act::out_of_remit};
inline constexpr std::array kAgeBands{AgeBand::infant_toddler, AgeBand::prepubescent, AgeBand::pubescent, AgeBand::adult,
                                      AgeBand::unknown};

std::string_view to_word(Act act);
// invalid, "classification.unknown_act".
Result<Act> parse_act(std::string_view word);
std::string_view to_word(AgeBand age_band);
// invalid, "classification.unknown_age_band".
Result<AgeBand> parse_age_band(std::string_view word);

struct Classification {
  Act act;
  AgeBand age_band;
  friend bool operator==(const Classification&, const Classification&) = default;
};

// Whether a final verdict with this act leads to routing, referral and notice: a, b, c.
bool is_actionable(Act act);
// The same for both dimensions: an adult is never actionable, an unknown age is (a member said the act is within a, b or c of a
// child).
bool is_actionable(const Classification& classification);

// NCMEC CyberTipline industryClassification: A prepubescent, B pubescent; 1 for act a or b, 2 for act c. None for an adult or
// unknown age and for acts that are not actionable. Source: report.cybertip.org/ispws/documentation, element
// industryClassification.
std::optional<std::string_view> industry_classification(const Classification& classification);

// INTERPOL baseline (as INHOPE's hotlines use it): a real, prepubescent child and a severe act. Whether the child is real and act
// c qualifies is not in these two dimensions, so the answer can only be a candidate.
enum class Baseline : std::uint8_t { candidate, needs_check, no };
std::string_view to_word(Baseline baseline);
// candidate: acts a, b with a prepubescent child; needs_check: act c of such a child, or an unknown age; no: everything else.
Baseline baseline(const Classification& classification);

}  // namespace tutela
