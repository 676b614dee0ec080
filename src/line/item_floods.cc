#include "line/item_floods.h"

namespace tutela::line {

ItemFloods::Seen ItemFloods::observe(std::span<const match::Match> matches, Time now) {
  Seen seen;
  const std::lock_guard lock(mutex_);
  std::optional<EntryId> last;
  for (const auto& match : matches) {
    // One entry may match by several fingerprints.
    if (last == match.entry) continue;
    last = match.entry;
    const auto found = guard_.observe(match.entry, now);
    if (found == match::FloodGuard::Seen::single) continue;
    if (found == match::FloodGuard::Seen::alarm) seen.alarms.push_back(match);
    if (!seen.stack) seen.stack = match.entry;
  }
  alarms_ += std::ssize(seen.alarms);
  stacked_ += seen.stack ? 1 : 0;
  return seen;
}

}  // namespace tutela::line
