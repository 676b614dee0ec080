#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"
#include "store/store.h"

namespace tutela::ledger {

// How long the oldest entry has waited for its number; nothing where none waits.
Result<Duration> numbering_behind(store::Reader& reader, Time now);

// The pause that whoever stages entries by the thousand makes while numbering is behind, so that a checkpoint follows every
// commit within about a second however many callers there are: without it they take the processors from the one who numbers, and
// the log falls behind for as long as they go on. None where numbering is as it should be, and none where it is so far behind
// that no load explains it, such as while another server's lease runs out. Thread-safe.
class Pace {
 public:
  static std::chrono::milliseconds pause_for(Duration behind);

  // By whoever numbers, or would if it held the lease, after each batch and each look.
  void note_behind(Duration behind) { behind_ms_ = behind.count(); }
  Duration behind() const { return Duration(behind_ms_); }
  // Now. Slept for before a transaction, never inside one.
  std::chrono::milliseconds pause() const { return pause_for(behind()); }

 private:
  std::atomic<Duration::rep> behind_ms_{0};
};

}  // namespace tutela::ledger
