#include "review/verdict.h"

// I1: a verdict rests on members who agree; decide_quorum() alone makes one.
tutela::review::Verdict forge(const tutela::ItemId& item) {
  return tutela::review::Verdict(item, {tutela::Act::a, tutela::AgeBand::unknown}, false, {}, tutela::Time{});
}
