#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "match/answer.h"
#include "match/flood_guard.h"

namespace tutela::line {

// Whether one entry matches so many items that they would bury the queue. Such items stand there as one stack; each keeps its
// row, its action and its clock, and is decided by itself. Thread-safe; counts what this process saw since it began.
class ItemFloods {
 public:
  static constexpr match::FloodGuard::Options kOptions{.window = std::chrono::hours{1}, .matches_max = 100};
  explicit ItemFloods(match::FloodGuard::Options options = kOptions) : options_(options), guard_(options) {}

  struct Seen {
    std::optional<EntryId> stack;      // the item belongs into this entry's
    std::vector<match::Match> alarms;  // of entries that have begun to flood just now
  };
  // What one item matched. Counts nothing: a transaction may run again or come to nothing. Two that look at the same moment may
  // both see an alarm.
  Seen look(std::span<const match::Match> matches, Time now) const;
  // Once the item that matched so is committed.
  void count(std::span<const match::Match> matches, Time now);

  std::int64_t matches_max() const { return options_.matches_max; }
  std::int64_t alarms() const { return alarms_; }
  std::int64_t stacked() const { return stacked_; }

 private:
  const match::FloodGuard::Options options_;
  mutable std::mutex mutex_;
  match::FloodGuard guard_;  // guarded by mutex_
  std::atomic<std::int64_t> alarms_{0};
  std::atomic<std::int64_t> stacked_{0};
};

}  // namespace tutela::line
