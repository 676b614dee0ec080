#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "media/decoder_wire.h"

// The restrictions the decoder puts on itself, inside what bubblewrap has already taken away. In the order they are applied:
//
//   zygote  no new privileges, not dumpable · Landlock: no file, no network, no signal or socket to outside · seccomp: fork,
//   wait, the control socket job     its own two memfds mapped, every descriptor closed · memory and time limits · seccomp:
//   memory and exit, nothing else
//
// A call that is not on the list kills the process.
namespace tutela::decode {

// A build with AddressSanitizer reserves terabytes of address space, which no limit could allow, and its runtime makes a few more
// calls at the end of a process. Only such a build is looser, and only there.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kAddressSanitizer = true;
#elif defined(__clang__)
inline constexpr bool kAddressSanitizer = __has_feature(address_sanitizer);
#else
inline constexpr bool kAddressSanitizer = false;
#endif

// Irreversible: no privileges by exec, no core file, no ptrace by others of the same user.
Result<> drop_privileges();

// Irreversible: forbids every file system operation, and network and signals as far as the kernel knows how. Returns the Landlock
// ABI that is in force, 0 where the kernel has none.
std::uint32_t forbid_files();

// A seccomp allow-list, compiled once so that applying it costs one system call.
class SyscallFilter {
 public:
  static Result<SyscallFilter> for_zygote();
  static Result<SyscallFilter> for_job();

  // Irreversible, for this process and its children. unavailable, "sandbox.no_seccomp".
  Result<> apply() const;

 private:
  explicit SyscallFilter(std::vector<sock_filter> program) : program_(std::move(program)) {}
  friend class FilterBuilder;
  std::vector<sock_filter> program_;
};

// Irreversible: the job's memory and processor time, no files, no processes. internal, "sandbox.no_limits".
Result<> limit_job(const media::JobStart& job);

}  // namespace tutela::decode
