#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>

#include "base/clock.h"
#include "model/ids.h"

namespace tutela::match {

// Counts how often each entry matches, and says when one matches so often that its matches belong into one stack: a hash of
// something that everybody has, or a list that was poisoned. It decides nothing about an item: every match stands, every item
// keeps its own row.
//
// Time is cut into windows; an entry is counted within the window of its first match. Bounded memory: of more than `entries_max`
// entries the one that matched longest ago is forgotten, and counted anew. Not thread-safe.
class FloodGuard {
 public:
  struct Options {
    Duration window = std::chrono::hours{1};
    std::int64_t matches_max = 1000;  // within a window; what comes above is a flood
    std::size_t entries_max = 20'000;
  };
  explicit FloodGuard(Options options) : options_(options) {}

  enum class Seen : std::uint8_t {
    single,  // as usual
    alarm,   // the first match above the limit of this window: somebody has to be told, once
    stacked  // a further one: it belongs into the entry's stack
  };
  // One match of `entry`. A clock that goes back does not open a new window.
  Seen observe(const EntryId& entry, Time now);
  // What observe() would say. Counts nothing.
  Seen look(const EntryId& entry, Time now) const;

  // Of the entry's current window; 0 when it is not known.
  std::int64_t matches_in_window(const EntryId& entry) const;
  std::size_t entries() const { return by_entry_.size(); }

 private:
  struct Counted {
    EntryId entry;
    Time since;
    std::int64_t matches;
  };
  Seen seen_at(std::int64_t matches) const;

  const Options options_;
  std::list<Counted> counted_;  // matched last first
  std::unordered_map<EntryId, std::list<Counted>::iterator> by_entry_;
};

}  // namespace tutela::match
