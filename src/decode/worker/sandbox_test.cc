#include "decode/worker/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include <gtest/gtest.h>

// Each layer on its own: a forked child takes one restriction and tries what it forbids. The exit status tells.
namespace tutela::decode {
namespace {

constexpr int kAllowed = 10;
constexpr int kRefused = 11;
constexpr int kNoSandbox = 12;

template <class Body>
int status_of(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

int opened(const char* path, int flags) { return open(path, flags, 0600) >= 0 ? kAllowed : kRefused; }

TEST(Sandbox, TheProbesSucceedWithoutIt) {
  EXPECT_EQ(WEXITSTATUS(status_of([] { return opened("/etc/passwd", O_RDONLY); })), kAllowed);
  EXPECT_EQ(WEXITSTATUS(status_of([] { return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? kAllowed : kRefused; })), kAllowed);
}

TEST(Sandbox, LandlockForbidsEveryFileWhereTheKernelHasIt) {
  for (const auto& [path, flags] :
       {std::pair{"/etc/passwd", O_RDONLY}, std::pair{"/tmp/tutela_sandbox_test", O_CREAT | O_WRONLY}}) {
    const int status = status_of([&] {
      if (!drop_privileges()) return kNoSandbox;
      const bool has_landlock = forbid_files() > 0;
      return has_landlock ? opened(path, flags) : kRefused;
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), kRefused) << path;
  }
}

struct Probe {
  const char* name;
  long (*attempt)();
};
constexpr Probe kForbiddenToBoth[] = {
    {"open", [] { return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY); }},
    {"socket", [] { return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }},
    {"connect", [] { return syscall(SYS_connect, 0, nullptr, 0); }},
    {"exec", [] { return syscall(SYS_execve, "/bin/true", nullptr, nullptr); }},
    {"ptrace", [] { return syscall(SYS_ptrace, 0, 0, 0, 0); }},
    {"thread", [] { return syscall(SYS_clone, 0x10F00, 0, 0, 0, 0); }},
    {"clone3", [] { return syscall(SYS_clone3, nullptr, 0); }},
    {"signal", [] { return syscall(SYS_kill, getppid(), SIGTERM); }},
    {"write_process", [] { return syscall(SYS_process_vm_writev, getppid(), nullptr, 0, nullptr, 0, 0); }},
    {"mount", [] { return syscall(SYS_mount, nullptr, nullptr, nullptr, 0, nullptr); }},
    {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
    {"executable_memory", [] { return syscall(SYS_mmap, nullptr, 4096, 7, 0x22, -1, 0); }},
    {"make_executable", [] { return syscall(SYS_mprotect, 0, 4096, 5); }},
};

int filtered(Result<SyscallFilter> (*make)(), long (*attempt)()) {
  return status_of([&] {
    const auto filter = make();
    if (!filter || !drop_privileges() || !filter->apply()) return kNoSandbox;
    attempt();
    return kAllowed;
  });
}

TEST(Sandbox, ACallThatIsNotOnTheListKills) {
  for (const Probe& probe : kForbiddenToBoth) {
    for (auto* make : {&SyscallFilter::for_zygote, &SyscallFilter::for_job}) {
      const int status = filtered(make, probe.attempt);
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << probe.name << " status " << status;
    }
  }
}

TEST(Sandbox, TheJobMayNotForkReadOrSend) {
  const Probe probes[] = {{"fork", [] { return long{fork()}; }},
                          {"read", [] { return syscall(SYS_read, 0, nullptr, 0); }},
                          {"send", [] { return syscall(SYS_sendto, 3, nullptr, 0, 0, nullptr, 0); }},
                          {"receive", [] { return syscall(SYS_recvmsg, 3, nullptr, 0); }},
                          {"raise_limits", [] { return syscall(SYS_prlimit64, 0, 0, nullptr, nullptr); }}};
  for (const Probe& probe : probes) {
    const int status = filtered(&SyscallFilter::for_job, probe.attempt);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << probe.name;
    const int zygote = filtered(&SyscallFilter::for_zygote, probe.attempt);
    EXPECT_TRUE(WIFEXITED(zygote) && WEXITSTATUS(zygote) != kNoSandbox) << probe.name;
  }
}

TEST(Sandbox, LimitsAreInForce) {
  media::JobStart job;
  job.memory_bytes_max = 512 * limits::kMiB;
  job.time_ms_max = 1000;
  const int status = status_of([&] {
    if (!limit_job(job)) return kNoSandbox;
    return fork() >= 0 && geteuid() != 0 ? kAllowed : opened("/etc/passwd", O_RDONLY);
  });
  EXPECT_EQ(WEXITSTATUS(status), kRefused);
}

}  // namespace
}  // namespace tutela::decode
