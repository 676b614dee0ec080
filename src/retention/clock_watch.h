#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

// Whether the clock may be believed when something is to be destroyed (I13). The wall clock is compared with the time since the
// machine started, which nobody can set; after a jump, and after a restore, 72 hours must pass on that second clock.
namespace tutela::retention {

inline constexpr Duration kQuietTime = std::chrono::hours(72);
// Differences that setting a clock right by network time makes.
inline constexpr Duration kJumpTolerance = std::chrono::minutes(5);
// How long the node may have been away over a start of the machine: what is longer cannot be told from a jump.
inline constexpr Duration kAbsenceMax = std::chrono::hours(1);

// Both clocks at one moment.
struct ClockReading {
  Time wall;
  std::string boot;        // names the run of the machine: another start, another name
  Duration since_boot{0};  // counted in sleep, too
};

struct ClockRow {
  ClockReading last;
  Duration quiet_left{0};  // until something may be destroyed
  std::string why;         // "new", "jump", "restore": what it waits for; empty when it waits for nothing
  std::int64_t version = 0;
};

// What to write after a look at the clocks. `before` is absent at a node's first look: then it waits as after a jump.
ClockRow observe(const std::optional<ClockRow>& before, const ClockReading& reading);
// After a restore; the clocks' last reading is then of no use either.
ClockRow after_restore(const ClockReading& reading);

// conflict, "retention.clock_unsettled" (with the hours left) while it waits.
Result<> check_settled(const ClockRow& row);

}  // namespace tutela::retention
