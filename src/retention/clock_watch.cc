#include "retention/clock_watch.h"

#include <algorithm>

namespace tutela::retention {
namespace {

// The time that passed for certain; nothing if the wall clock cannot be believed.
std::optional<Duration> time_passed(const ClockReading& before, const ClockReading& now) {
  const Duration wall = now.wall - before.wall;
  if (now.boot == before.boot && now.since_boot >= before.since_boot) {
    const Duration passed = now.since_boot - before.since_boot;
    const bool agrees = wall - passed <= kJumpTolerance && passed - wall <= kJumpTolerance;
    return agrees ? std::optional(passed) : std::nullopt;
  }
  // The machine was started in between, or another one looked before: only the wall clock is left.
  if (wall < -kJumpTolerance || wall > kAbsenceMax) return std::nullopt;
  return std::max(wall, Duration{0});
}

}  // namespace

ClockRow observe(const std::optional<ClockRow>& before, const ClockReading& reading) {
  if (!before) return {reading, kQuietTime, "new", 0};
  ClockRow row = *before;
  row.last = reading;
  const auto passed = time_passed(before->last, reading);
  if (!passed) {
    row.quiet_left = kQuietTime;
    row.why = "jump";
    return row;
  }
  row.quiet_left = std::max(Duration{0}, row.quiet_left - *passed);
  if (row.quiet_left == Duration{0}) row.why.clear();
  return row;
}

ClockRow after_restore(const ClockReading& reading) { return {reading, kQuietTime, "restore", 0}; }

Result<> check_settled(const ClockRow& row) {
  if (row.quiet_left == Duration{0}) return {};
  const auto hours = std::chrono::ceil<std::chrono::hours>(row.quiet_left).count();
  return fail(ErrorCode::conflict, "retention.clock_unsettled", std::to_string(hours) + " hours left");
}

}  // namespace tutela::retention
