#include "upkeep/system_calls.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "upkeep/unsynced.h"

namespace tutela::test {
namespace {

// Plain arrays and atomics: these are read inside calls that may come from anywhere, before main() and after it.
char watched[4096];
std::size_t watched_size = 0;
std::atomic<std::int64_t> counted{0};
std::atomic<std::int64_t> strikes_at{0};
std::atomic<Trouble> planned{Trouble::none};
std::atomic<bool> struck{false};

// Of a power cut that is to come; held over what is told to it and the call itself. Never deleted: calls come to the very end.
std::mutex power;
Unsynced* unsynced = nullptr;
std::uint64_t cut_seed = 0;
// The calls of what keeps account are not watched themselves.
thread_local bool is_accounting = false;

bool is_watched_path(const char* path) {
  return watched_size != 0 && !is_accounting && path != nullptr && std::strncmp(path, watched, watched_size) == 0 &&
         (path[watched_size] == '/' || path[watched_size] == '\0');
}

bool is_watched(int descriptor) {
  if (watched_size == 0 || is_accounting) return false;
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  char target[4096];
  const auto size = ::readlink(link, target, sizeof target - 1);
  if (size <= 0) return false;
  target[size] = '\0';
  return is_watched_path(target);
}

void die() { ::syscall(SYS_kill, ::getpid(), SIGKILL); }

enum class Answer : std::uint8_t { go_on, half, fail };

// What becomes of this call. May not return.
enum class Call : std::uint8_t { write, name, other };  // a name may need room as a write does
Answer meet(Call call) {
  const auto number = ++counted;
  const auto trouble = planned.load();
  const auto at = strikes_at.load();
  if (trouble == Trouble::none || number < at) return Answer::go_on;
  if (trouble == Trouble::full_from) {
    if (call == Call::other) return Answer::go_on;
    struck = true;
    errno = ENOSPC;
    return Answer::fail;
  }
  if (number != at) return Answer::go_on;
  struck = true;
  switch (trouble) {
    case Trouble::torn:
      if (call == Call::write) return Answer::half;
      break;
    case Trouble::disk_full:
      errno = ENOSPC;
      return Answer::fail;
    case Trouble::io_error:
      errno = EIO;
      return Answer::fail;
    case Trouble::power_cut:
      unsynced->cut(cut_seed);
      break;
    default:
      break;
  }
  die();
  return Answer::go_on;
}

// Around one watched call: from here on it is counted, and alone while a power cut is to come.
class Watch {
 public:
  explicit Watch(Call call) {
    if (planned == Trouble::power_cut) {
      lock_ = std::unique_lock(power);
      is_accounting = true;
    }
    answer_ = meet(call);
  }
  ~Watch() {
    if (lock_) is_accounting = false;
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  Answer answer() const { return answer_; }
  // Null unless account is kept.
  Unsynced* account() const { return lock_ ? unsynced : nullptr; }

 private:
  std::unique_lock<std::mutex> lock_;
  Answer answer_ = Answer::go_on;
};

ssize_t written(int descriptor, const void* bytes, size_t size, off_t offset, bool is_at_offset) {
  const auto put = [&](size_t so_many) {
    return is_at_offset ? ::syscall(SYS_pwrite64, descriptor, bytes, so_many, offset)
                        : ::syscall(SYS_write, descriptor, bytes, so_many);
  };
  if (!is_watched(descriptor)) return put(size);
  const Watch watch(Call::write);
  if (watch.answer() == Answer::fail) return -1;
  if (watch.answer() == Answer::half) {
    put(size / 2);
    die();
  }
  if (auto* const account = watch.account()) {
    if (!is_at_offset) offset = ::lseek(descriptor, 0, (::fcntl(descriptor, F_GETFL) & O_APPEND) != 0 ? SEEK_END : SEEK_CUR);
    account->writes(descriptor, offset, {static_cast<const std::uint8_t*>(bytes), size});
  }
  return put(size);
}

int synced(int descriptor, long call) {
  if (!is_watched(descriptor)) return static_cast<int>(::syscall(call, descriptor));
  const Watch watch(Call::other);
  if (watch.answer() != Answer::go_on) return -1;
  const auto result = static_cast<int>(::syscall(call, descriptor));
  if (auto* const account = watch.account(); account != nullptr && result == 0) account->synced(descriptor);
  return result;
}

int opened(const char* path, int flags, mode_t mode) {
  const auto open = [&] { return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode)); };
  // Making a file is not counted: it alone leaves an empty file, as a kill before its first write does.
  if ((flags & O_CREAT) == 0 || planned != Trouble::power_cut || !is_watched_path(path)) return open();
  const std::scoped_lock lock(power);
  struct stat facts{};
  const bool is_new = ::lstat(path, &facts) != 0;
  const int descriptor = open();
  if (is_new && descriptor >= 0) unsynced->made(path);
  return descriptor;
}

}  // namespace

void watch_calls(const std::filesystem::path& folder) {
  const auto text = std::filesystem::canonical(folder).string();
  if (text.size() >= sizeof watched) std::abort();
  std::memcpy(watched, text.c_str(), text.size() + 1);
  counted = 0;
  watched_size = text.size();
}

void plan_trouble(Trouble trouble, std::int64_t n, std::uint64_t seed) {
  if (trouble == Trouble::power_cut) unsynced = new Unsynced(std::string(watched) + ".aside");
  cut_seed = seed;
  struck = false;
  strikes_at = counted.load() + n;
  planned = trouble;
}

void cut_power_now() {
  const std::scoped_lock lock(power);
  is_accounting = true;
  unsynced->cut(cut_seed);
  die();
}

void heal() { planned = Trouble::none; }
std::int64_t calls_counted() { return counted; }
bool has_struck() { return struck; }

}  // namespace tutela::test

// The program's own definitions come before libc's for every library that it loads.
extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) { return tutela::test::written(descriptor, bytes, size, 0, false); }

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  return tutela::test::written(descriptor, bytes, size, offset, true);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) { return pwrite64(descriptor, bytes, size, offset); }

int fsync(int descriptor) { return tutela::test::synced(descriptor, SYS_fsync); }

int fdatasync(int descriptor) { return tutela::test::synced(descriptor, SYS_fdatasync); }

int open64(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return tutela::test::opened(path, flags, mode);
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return tutela::test::opened(path, flags, mode);
}

int ftruncate64(int descriptor, off64_t size) noexcept {
  using namespace tutela::test;
  if (!is_watched(descriptor)) return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
  const Watch watch(Call::other);
  if (watch.answer() != Answer::go_on) return -1;
  if (auto* const account = watch.account()) account->truncates(descriptor, size);
  return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
}

int ftruncate(int descriptor, off_t size) noexcept { return ftruncate64(descriptor, size); }

int mkdir(const char* path, mode_t mode) noexcept {
  using namespace tutela::test;
  if (planned != Trouble::power_cut || !is_watched_path(path))
    return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
  const std::scoped_lock lock(power);
  const auto result = static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
  if (result == 0) unsynced->made(path);
  return result;
}

int rename(const char* from, const char* to) noexcept {
  using namespace tutela::test;
  if (!is_watched_path(to)) return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
  const Watch watch(Call::name);
  if (watch.answer() != Answer::go_on) return -1;
  auto* const account = watch.account();
  const auto kept = account != nullptr ? account->keep(to) : std::string();
  const auto result = static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
  if (account != nullptr && result == 0) account->renamed(from, to, kept);
  return result;
}

int link(const char* from, const char* to) noexcept {
  using namespace tutela::test;
  if (!is_watched_path(to)) return static_cast<int>(::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
  const Watch watch(Call::name);
  if (watch.answer() != Answer::go_on) return -1;
  const auto result = static_cast<int>(::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
  if (auto* const account = watch.account(); account != nullptr && result == 0) account->made(to);
  return result;
}

int unlink(const char* path) noexcept {
  using namespace tutela::test;
  if (!is_watched_path(path)) return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
  const Watch watch(Call::other);
  if (watch.answer() != Answer::go_on) return -1;
  auto* const account = watch.account();
  const auto kept = account != nullptr ? account->keep(path) : std::string();
  const auto result = static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
  if (account != nullptr && result == 0) account->removed(path, kept);
  return result;
}

}  // extern "C"
