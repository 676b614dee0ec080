#include "decode/worker/sandbox.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

namespace tutela::decode {
namespace {

// The kernel's structure up to ABI 6; the headers of Debian 12 only know its first field.
struct LandlockRuleset {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};

// Which rights exist at each ABI: a right the kernel does not know makes it refuse the whole ruleset.
struct LandlockAbi {
  std::uint32_t abi;
  std::size_t size;
  LandlockRuleset all;
};
constexpr LandlockAbi kLandlockAbis[] = {
    {6, 24, {0xFFFF, 0x3, 0x3}},  // abstract sockets, signals
    {5, 16, {0xFFFF, 0x3, 0}},    // ioctl on devices
    {4, 16, {0x7FFF, 0x3, 0}},    // TCP bind, connect
    {3, 8, {0x7FFF, 0, 0}},       // truncate
    {2, 8, {0x3FFF, 0, 0}},       // refer
    {1, 8, {0x1FFF, 0, 0}},
};

// Conditions on a call's arguments: the whole value, or the bits under a mask.
scmp_arg_cmp argument_is(unsigned index, std::uint64_t value) { return {index, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp argument_has(unsigned index, std::uint64_t mask, std::uint64_t value) {
  return {index, SCMP_CMP_MASKED_EQ, mask, value};
}

}  // namespace

Result<> drop_privileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return fail(ErrorCode::unavailable, "sandbox.no_prctl");
  return {};
}

std::uint32_t forbid_files() {
  constexpr unsigned ask_version = 1;
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
  if (version < 1) return 0;
  for (const LandlockAbi& known : kLandlockAbis) {
    if (static_cast<long>(known.abi) > version) continue;
    const long ruleset = syscall(SYS_landlock_create_ruleset, &known.all, known.size, 0);
    if (ruleset < 0) return 0;
    const long restricted = syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(static_cast<int>(ruleset));
    return restricted == 0 ? known.abi : 0;
  }
  return 0;
}

class FilterBuilder {
 public:
  FilterBuilder() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS)) {}

  void allow(std::initializer_list<int> calls) {
    for (const int call : calls) add(call, {});
  }
  // Only when every condition holds.
  void allow_if(int call, std::initializer_list<scmp_arg_cmp> conditions) { add(call, conditions); }

  // Memory and the end, which both programs need. Nothing may be mapped executable.
  void allow_memory_and_exit() {
    allow({SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(exit_group),
           SCMP_SYS(exit), SCMP_SYS(rt_sigreturn), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom)});
    allow_if(SCMP_SYS(mprotect), {argument_has(2, PROT_EXEC, 0)});
    if constexpr (kAddressSanitizer)
      allow({SCMP_SYS(sigaltstack), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield), SCMP_SYS(write)});
  }

  Result<std::vector<sock_filter>> compile() {
    if (!context_ || failed_) return fail(ErrorCode::unavailable, "sandbox.no_seccomp");
    const int memory = memfd_create("filter", MFD_CLOEXEC);
    if (memory < 0) return fail(ErrorCode::unavailable, "sandbox.no_seccomp");
    std::vector<sock_filter> program;
    if (seccomp_export_bpf(context_.get(), memory) == 0) {
      const off_t bytes = lseek(memory, 0, SEEK_END);
      program.resize(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
      if (pread(memory, program.data(), static_cast<std::size_t>(bytes), 0) != bytes) program.clear();
    }
    close(memory);
    if (program.empty()) return fail(ErrorCode::unavailable, "sandbox.no_seccomp");
    return program;
  }

  static Result<SyscallFilter> finish(FilterBuilder& builder) {
    TUTELA_ASSIGN(auto program, builder.compile());
    return SyscallFilter(std::move(program));
  }

 private:
  struct Release {
    void operator()(void* context) const { seccomp_release(context); }
  };

  void add(int call, std::initializer_list<scmp_arg_cmp> conditions) {
    if (context_ == nullptr) return;
    if (seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call, static_cast<unsigned>(conditions.size()),
                               conditions.begin()) != 0)
      failed_ = true;
  }

  std::unique_ptr<void, Release> context_;
  bool failed_ = false;
};

Result<SyscallFilter> SyscallFilter::for_job() {
  FilterBuilder filter;
  filter.allow_memory_and_exit();
  filter.allow_if(SCMP_SYS(mmap), {argument_has(2, PROT_EXEC, 0), argument_has(3, MAP_ANONYMOUS, MAP_ANONYMOUS)});
  return FilterBuilder::finish(filter);
}

Result<SyscallFilter> SyscallFilter::for_zygote() {
  FilterBuilder filter;
  filter.allow_memory_and_exit();
  filter.allow({SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(read), SCMP_SYS(wait4),
                SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(rt_sigprocmask),
                SCMP_SYS(rt_sigaction), SCMP_SYS(set_robust_list), SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid),
                SCMP_SYS(setrlimit)});
  filter.allow_if(SCMP_SYS(mmap), {argument_has(2, PROT_EXEC, 0)});
  filter.allow_if(SCMP_SYS(fcntl), {argument_is(1, F_GET_SEALS)});
  filter.allow_if(SCMP_SYS(kill), {argument_is(1, SIGKILL)});
  filter.allow_if(SCMP_SYS(prlimit64), {argument_is(0, 0)});
  filter.allow_if(SCMP_SYS(prctl), {argument_is(0, PR_SET_PDEATHSIG)});
  filter.allow_if(SCMP_SYS(seccomp), {argument_is(0, SECCOMP_SET_MODE_FILTER)});
  // fork as the C library makes it, and no other kind of clone: no thread, no namespace. clone3, whose flags lie
  // in memory where a filter cannot look, is not allowed at all.
  filter.allow_if(SCMP_SYS(clone), {argument_is(0, CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD)});
  return FilterBuilder::finish(filter);
}

Result<> SyscallFilter::apply() const {
  const sock_fprog program{.len = static_cast<unsigned short>(program_.size()),
                           .filter = const_cast<sock_filter*>(program_.data())};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return fail(ErrorCode::unavailable, "sandbox.no_seccomp");
  return {};
}

Result<> limit_job(const media::JobStart& job) {
  const auto limit = [](auto resource, rlim_t value) {
    const rlimit both{value, value};
    return setrlimit(resource, &both) == 0;
  };
  const rlim_t seconds =
      job.time_ms_max / 1000 + 2;  // the zygote's wall clock ends a job first; this bounds one whose zygote is gone
  bool done = limit(RLIMIT_CPU, seconds) && limit(RLIMIT_NOFILE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_FSIZE, 0) &&
              limit(RLIMIT_CORE, 0);
  if constexpr (!kAddressSanitizer) done = done && limit(RLIMIT_AS, job.memory_bytes_max);
  if (!done) return fail(ErrorCode::internal, "sandbox.no_limits");
  return {};
}

}  // namespace tutela::decode
