#include "line/item_floods.h"

namespace tutela::line {
namespace {

// What `see` says of each entry; one entry may match by several fingerprints, which stand beside each other.
template <class See>
ItemFloods::Seen see_each(std::span<const match::Match> matches, See see) {
  ItemFloods::Seen seen;
  std::optional<EntryId> last;
  for (const auto& match : matches) {
    if (last == match.entry) continue;
    last = match.entry;
    const match::FloodGuard::Seen found = see(match.entry);
    if (found == match::FloodGuard::Seen::single) continue;
    if (found == match::FloodGuard::Seen::alarm) seen.alarms.push_back(match);
    if (!seen.stack) seen.stack = match.entry;
  }
  return seen;
}

}  // namespace

ItemFloods::Seen ItemFloods::look(std::span<const match::Match> matches, Time now) const {
  const std::lock_guard lock(mutex_);
  return see_each(matches, [&](const EntryId& entry) { return guard_.look(entry, now); });
}

void ItemFloods::count(std::span<const match::Match> matches, Time now) {
  const std::lock_guard lock(mutex_);
  const Seen seen = see_each(matches, [&](const EntryId& entry) { return guard_.observe(entry, now); });
  alarms_ += std::ssize(seen.alarms);
  stacked_ += seen.stack ? 1 : 0;
}

}  // namespace tutela::line
