#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tutela {

// Wall-clock time, UTC, to the millisecond: what records, clocks of law and the ledger carry.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Duration = std::chrono::milliseconds;

inline std::int64_t to_unix_ms(Time time) { return time.time_since_epoch().count(); }
inline Time from_unix_ms(std::int64_t ms) { return Time{Duration{ms}}; }

// "2026-11-22T12:14:37.250Z": RFC 3339, always three fraction digits and Z.
std::string to_rfc3339(Time time);
// Exactly the form above, the fraction optional. invalid, "time.malformed".
Result<Time> parse_rfc3339(std::string_view text);

// Injected everywhere a decision depends on the time (I11).
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

// Stands still until told to move. For tests; not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time now() const override { return now_; }
  void advance(Duration by) { now_ += by; }

 private:
  Time now_;
};

}  // namespace tutela
