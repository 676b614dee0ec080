#include "line/receipt_generations.h"

#include <algorithm>

namespace tutela::line {

std::int64_t ReceiptGenerations::next(Time now) {
  const std::lock_guard lock(mutex_);
  if (reports_ == 0 || reports_ == reports_max_) {
    // A clock that was set back does not lead into an old generation.
    generation_ = std::max(generation_ + 1, to_unix_ms(now));
    reports_ = 0;
  }
  ++reports_;
  return generation_;
}

}  // namespace tutela::line
