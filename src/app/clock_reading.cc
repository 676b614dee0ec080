#include "app/clock_reading.h"

#include <ctime>
#include <fstream>

namespace tutela::app {

retention::ClockReading read_clocks(const Clock& clock) {
  retention::ClockReading reading{clock.now(), {}, Duration{0}};
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::getline(file, reading.boot);
  timespec since_boot{};
  if (::clock_gettime(CLOCK_BOOTTIME, &since_boot) == 0)
    reading.since_boot =
        std::chrono::floor<Duration>(std::chrono::seconds(since_boot.tv_sec) + std::chrono::nanoseconds(since_boot.tv_nsec));
  return reading;
}

}  // namespace tutela::app
