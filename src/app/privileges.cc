#include "app/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"

namespace tutela::app {
namespace {

Result<> become(const passwd& user) {
  if (::setgroups(0, nullptr) != 0 || ::setresgid(user.pw_gid, user.pw_gid, user.pw_gid) != 0 ||
      ::setresuid(user.pw_uid, user.pw_uid, user.pw_uid) != 0)
    return fail(ErrorCode::denied, "node.root_kept");
  if (::setuid(0) == 0) return fail(ErrorCode::denied, "node.root_kept");
  return {};
}

// Asked as that user, in a child: the kernel knows better than any reading of permission bits.
bool can_reach(const passwd& user, const std::filesystem::path& folder, const std::filesystem::path& program) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool reached =
        become(user) && ::access(folder.c_str(), R_OK | W_OK | X_OK) == 0 && ::access(program.c_str(), X_OK) == 0;
    ::_exit(reached ? 0 : 1);
  }
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Result<> hand_over(const std::filesystem::path& path, const passwd& user) {
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) != 0) return {};
  if (facts.st_uid != user.pw_uid && ::lchown(path.c_str(), user.pw_uid, user.pw_gid) != 0)
    return fail(ErrorCode::denied, "node.folder_not_handed_over");
  return {};
}

Result<> hand_over_tree(const std::filesystem::path& folder, const passwd& user) {
  TUTELA_TRY(hand_over(folder, user));
  std::error_code error;
  for (auto entry = std::filesystem::recursive_directory_iterator(folder, error); !error && entry != std::filesystem::end(entry);
       entry.increment(error))
    TUTELA_TRY(hand_over(entry->path(), user));
  return {};
}

}  // namespace

Result<> give_up_root(const std::filesystem::path& folder, Unreachable unreachable) {
  if (::geteuid() != 0) return {};
  const passwd* found = ::getpwnam("tutela");
  if (found == nullptr) found = ::getpwnam("nobody");
  if (found == nullptr) return fail(ErrorCode::denied, "node.no_unprivileged_user");
  const passwd user = *found;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  TUTELA_TRY(hand_over_tree(folder, user));
  if (!can_reach(user, folder, program)) {
    if (unreachable == Unreachable::refuse) return fail(ErrorCode::denied, "node.root_only");
    log::error("node.runs_as_root", {{"why", "the demo's folder or the program is closed to other users"}});
    return {};
  }
  TUTELA_TRY(become(user));
  // A process that changed its user is not dumpable, and then its own /proc/self is closed to it; core files stay off elsewhere.
  ::prctl(PR_SET_DUMPABLE, 1);
  return {};
}

Result<> forbid_core_files() {
  // Not by PR_SET_DUMPABLE, which would close /proc/self to the process and with it the decoder's sandbox.
  // One byte: below the least core file, and the one limit at which Linux starts no handler that core files are piped to
  // (core(5)).
  // Whoever started the program may have forbidden more already, and what is forbidden cannot be allowed again.
  rlimit before{};
  if (::getrlimit(RLIMIT_CORE, &before) != 0) return fail(ErrorCode::unavailable, "node.core_files");
  const rlim_t bytes = std::min<rlim_t>(1, before.rlim_max);
  const rlimit none{bytes, bytes};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return fail(ErrorCode::unavailable, "node.core_files");
  return {};
}

}  // namespace tutela::app
