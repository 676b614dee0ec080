#include "review/verdict.h"

// I1: a match alone classifies nothing; only the reference to a final verdict may be inherited, and that reference is checked.
tutela::review::InheritedVerdict forge(const tutela::ItemId& item, const tutela::match::Match& match) {
  return tutela::review::InheritedVerdict(item, match, tutela::Time{});
}
