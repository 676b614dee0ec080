#include "upkeep/broken_off.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tutela::test {

bool BrokenOff::is_killed() const { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

BrokenOff break_off(const std::filesystem::path& watched, Trouble trouble, std::int64_t n, const std::function<bool()>& work) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    watch_calls(watched);
    plan_trouble(trouble, n, static_cast<std::uint64_t>(n));
    const bool is_done = work();
    if (is_done && trouble == Trouble::power_cut) cut_power_now();
    const auto calls = calls_counted();
    static_cast<void>(!::write(ends[1], &calls, sizeof calls));
    ::_exit(is_done ? 0 : 1);
  }
  ::close(ends[1]);
  BrokenOff broken;
  static_cast<void>(!::read(ends[0], &broken.calls, sizeof broken.calls));
  ::close(ends[0]);
  ::waitpid(child, &broken.status, 0);
  return broken;
}

}  // namespace tutela::test
