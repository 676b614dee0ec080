#include "app/privileges.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string_view>

#include "app/node.h"
#include "base/log.h"
#include "vault/durable_file.h"

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

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::unexpected<Error> not_handed_over() { return fail(ErrorCode::denied, "node.folder_not_handed_over"); }

// What `at` is open to, and not whatever has its name by now. Its second name may lie anywhere, such as in /etc.
Result<> hand_over(const Descriptor& at, const passwd& user) {
  struct stat facts{};
  if (::fstat(at.get(), &facts) != 0) return not_handed_over();
  if (facts.st_uid == user.pw_uid) return {};
  if (!S_ISDIR(facts.st_mode) && facts.st_nlink > 1) return not_handed_over();
  if (::fchownat(at.get(), "", user.pw_uid, user.pw_gid, AT_EMPTY_PATH) != 0) return not_handed_over();
  return {};
}

Result<> hand_over_folder(int folder, const passwd& user);

Result<> hand_over_entry(int folder, const char* name, const passwd& user) {
  const Descriptor entry(::openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (entry.get() < 0) return errno == ENOENT ? Result<>{} : not_handed_over();
  struct stat facts{};
  if (::fstat(entry.get(), &facts) != 0) return not_handed_over();
  if (S_ISDIR(facts.st_mode)) TUTELA_TRY(hand_over_folder(::openat(entry.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), user));
  return hand_over(entry, user);
}

// All that the folder holds. Takes over the descriptor.
Result<> hand_over_folder(int folder, const passwd& user) {
  DIR* listing = folder < 0 ? nullptr : ::fdopendir(folder);
  if (listing == nullptr) {
    if (folder >= 0) ::close(folder);
    return not_handed_over();
  }
  Result<> done;
  while (const dirent* entry = done ? ::readdir(listing) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") done = hand_over_entry(folder, entry->d_name, user);
  }
  ::closedir(listing);
  return done;
}

Result<> hand_over_tree(const std::filesystem::path& path, const passwd& user) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return not_handed_over();
  TUTELA_TRY(hand_over_folder(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), user));
  return hand_over(folder, user);
}

bool holds_only(const std::filesystem::path& folder, std::span<const std::string_view> names) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) return !error;
  auto entry = std::filesystem::directory_iterator(folder, error);
  for (; !error && entry != std::filesystem::end(entry); entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (!name.starts_with(vault::kTemporaryPrefix) && std::ranges::find(names, name) == names.end()) return false;
  }
  return !error;
}

// A file system's own folder, where one is mounted for the node, is nobody's content.
constexpr std::array<std::string_view, 5> kNamesOfInit = {"data", "keys", "after.list", "ledger.head", "lost+found"};
constexpr std::array<std::string_view, 6> kNamesOfDemo = {"accounts.txt", "accounts.txt.part", "authority",
                                                          "demo.log",     "hotline",           "mail"};

}  // namespace

Result<> check_folder(const std::filesystem::path& folder, FolderUse use) {
  std::error_code error;
  const DataFolder node{folder};
  const bool has_settings = std::filesystem::is_regular_file(node.settings(), error);
  if (use == FolderUse::node) {
    const bool has_parts = std::filesystem::is_directory(node.data(), error) || std::filesystem::is_directory(node.keys(), error);
    if (!has_settings || !has_parts) return fail(ErrorCode::not_found, "node.no_folder");
    return {};
  }
  if (use == FolderUse::new_node && has_settings) return fail(ErrorCode::conflict, "node.exists");
  const bool is_free = use == FolderUse::demo ? holds_only(folder, kNamesOfDemo) : holds_only(folder, kNamesOfInit);
  if (!is_free) return fail(ErrorCode::conflict, "node.folder_not_empty");
  return {};
}

Result<> give_up_root(const std::filesystem::path& folder, FolderUse use, Unreachable unreachable) {
  TUTELA_TRY(check_folder(folder, use));
  if (::geteuid() != 0) return {};
  const passwd* found = ::getpwnam("tutela");
  if (found == nullptr) found = ::getpwnam("nobody");
  if (found == nullptr) return fail(ErrorCode::denied, "node.no_unprivileged_user");
  const passwd user = *found;
  std::error_code error;
  if (use != FolderUse::node) std::filesystem::create_directories(folder, error);
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
