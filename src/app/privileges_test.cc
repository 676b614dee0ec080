#include "app/privileges.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tutela::app {
namespace {

// In a process of its own without root, whose core files may have so many bytes at most: how many it may have afterwards; -1 if
// the program would not start.
int core_bytes_after(rlim_t hard) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit before{hard, hard};
    if (::setrlimit(RLIMIT_CORE, &before) != 0 || (::geteuid() == 0 && ::setuid(65534) != 0)) ::_exit(100);
    if (!forbid_core_files()) ::_exit(101);
    rlimit after{};
    ::getrlimit(RLIMIT_CORE, &after);
    ::_exit(after.rlim_cur == after.rlim_max && after.rlim_max <= 1 ? static_cast<int>(after.rlim_max) : 102);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) < 100 ? WEXITSTATUS(status) : -1;
}

TEST(CoreFiles, AreForbiddenWhateverWasForbiddenBefore) {
  rlimit own{};
  ASSERT_EQ(::getrlimit(RLIMIT_CORE, &own), 0);
  EXPECT_EQ(core_bytes_after(0), 0) << "as a unit with LimitCORE=0 starts it";
  if (own.rlim_max >= 1) {
    EXPECT_EQ(core_bytes_after(1), 1);
    EXPECT_EQ(core_bytes_after(own.rlim_max), 1);
  }
}

}  // namespace
}  // namespace tutela::app
