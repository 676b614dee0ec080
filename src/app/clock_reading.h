#pragma once

#include "retention/clock_watch.h"

namespace tutela::app {

// Both clocks of this machine now: CLOCK_BOOTTIME counts in sleep, too, and nobody can set it.
retention::ClockReading read_clocks(const Clock& clock);

}  // namespace tutela::app
