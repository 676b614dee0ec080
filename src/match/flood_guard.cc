#include "match/flood_guard.h"

namespace tutela::match {

FloodGuard::Seen FloodGuard::observe(const EntryId& entry, Time now) {
  auto found = by_entry_.find(entry);
  if (found == by_entry_.end()) {
    if (counted_.size() >= options_.entries_max) {
      by_entry_.erase(counted_.back().entry);
      counted_.pop_back();
    }
    counted_.push_front({entry, now, 0});
    found = by_entry_.emplace(entry, counted_.begin()).first;
  } else {
    counted_.splice(counted_.begin(), counted_, found->second);
  }
  Counted& counted = *found->second;
  if (now - counted.since >= options_.window) {
    counted.since = now;
    counted.matches = 0;
  }
  ++counted.matches;
  return seen_at(counted.matches);
}

FloodGuard::Seen FloodGuard::look(const EntryId& entry, Time now) const {
  const auto found = by_entry_.find(entry);
  const bool is_counted = found != by_entry_.end() && now - found->second->since < options_.window;
  return seen_at(is_counted ? found->second->matches + 1 : 1);
}

FloodGuard::Seen FloodGuard::seen_at(std::int64_t matches) const {
  if (matches <= options_.matches_max) return Seen::single;
  return matches == options_.matches_max + 1 ? Seen::alarm : Seen::stacked;
}

std::int64_t FloodGuard::matches_in_window(const EntryId& entry) const {
  const auto found = by_entry_.find(entry);
  return found == by_entry_.end() ? 0 : found->second->matches;
}

}  // namespace tutela::match
