#pragma once

#include <cstdint>
#include <mutex>

#include "base/bytes.h"
#include "base/clock.h"

namespace tutela::line {

// What stands in front of a receipt's keyed hash in its row. A keyed hash is a random key, and a random key costs more the larger
// the index is; behind the number of its generation it is random only among the reports of that generation, which stay in memory.
// A receipt is looked for in one generation after the other (intake::find_report_by_receipt); the receipt itself tells nothing
// of it. One for each process; thread-safe.
class ReceiptGenerations {
 public:
  static constexpr std::int64_t kReportsMax = 200'000;

  explicit ReceiptGenerations(std::int64_t reports_max = kReportsMax) : reports_max_(reports_max) {}

  // The generation of a report received now: when it began, in milliseconds since 1970. Begins a new one after `reports_max`
  // calls, and in each process.
  std::int64_t next(Time now);

 private:
  const std::int64_t reports_max_;
  std::mutex mutex_;
  std::int64_t generation_ = 0;  // guarded by mutex_
  std::int64_t reports_ = 0;     // guarded by mutex_
};

}  // namespace tutela::line
