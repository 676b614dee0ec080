#include "match/answer.h"

// I1: that an entry is final is found out, not claimed.
tutela::match::FinalEntryReference forge(const tutela::EntryId& entry) {
  return tutela::match::FinalEntryReference(entry, tutela::Act::a, tutela::AgeBand::unknown);
}
