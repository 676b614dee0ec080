#include "upkeep/system_calls.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace tutela::test {
namespace {

// Plain arrays and atomics: these are read inside calls that may come from anywhere, before main() and after it.
char watched[4096];
std::size_t watched_size = 0;
std::atomic<std::int64_t> counted{0};
std::atomic<std::int64_t> strikes_at{0};
std::atomic<Trouble> planned{Trouble::none};
std::atomic<bool> struck{false};

bool is_watched_path(const char* path) {
  return watched_size != 0 && path != nullptr && std::strncmp(path, watched, watched_size) == 0;
}

bool is_watched(int descriptor) {
  if (watched_size == 0) return false;
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  char target[4096];
  const auto size = ::readlink(link, target, sizeof target - 1);
  if (size <= 0) return false;
  target[size] = '\0';
  return is_watched_path(target);
}

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
    default:
      break;
  }
  ::syscall(SYS_kill, ::getpid(), SIGKILL);
  return Answer::go_on;
}

// After half of the work was done.
void die() { ::syscall(SYS_kill, ::getpid(), SIGKILL); }

}  // namespace

void watch_calls(const std::filesystem::path& folder) {
  const auto text = std::filesystem::canonical(folder).string();
  if (text.size() >= sizeof watched) std::abort();
  std::memcpy(watched, text.c_str(), text.size() + 1);
  counted = 0;
  watched_size = text.size();
}

void plan_trouble(Trouble trouble, std::int64_t n) {
  struck = false;
  strikes_at = counted.load() + n;
  planned = trouble;
}

void heal() { planned = Trouble::none; }
std::int64_t calls_counted() { return counted; }
bool has_struck() { return struck; }

}  // namespace tutela::test

// The program's own definitions come before libc's for every library that it loads.
extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  using namespace tutela::test;
  if (is_watched(descriptor)) {
    const auto answer = meet(Call::write);
    if (answer == Answer::fail) return -1;
    if (answer == Answer::half) {
      ::syscall(SYS_write, descriptor, bytes, size / 2);
      die();
    }
  }
  return ::syscall(SYS_write, descriptor, bytes, size);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  using namespace tutela::test;
  if (is_watched(descriptor)) {
    const auto answer = meet(Call::write);
    if (answer == Answer::fail) return -1;
    if (answer == Answer::half) {
      ::syscall(SYS_pwrite64, descriptor, bytes, size / 2, offset);
      die();
    }
  }
  return ::syscall(SYS_pwrite64, descriptor, bytes, size, offset);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) { return pwrite64(descriptor, bytes, size, offset); }

int fsync(int descriptor) {
  if (tutela::test::is_watched(descriptor) && tutela::test::meet(tutela::test::Call::other) != tutela::test::Answer::go_on)
    return -1;
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

int fdatasync(int descriptor) {
  if (tutela::test::is_watched(descriptor) && tutela::test::meet(tutela::test::Call::other) != tutela::test::Answer::go_on)
    return -1;
  return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}

int ftruncate64(int descriptor, off64_t size) noexcept {
  if (tutela::test::is_watched(descriptor) && tutela::test::meet(tutela::test::Call::other) != tutela::test::Answer::go_on)
    return -1;
  return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
}

int ftruncate(int descriptor, off_t size) noexcept { return ftruncate64(descriptor, size); }

int rename(const char* from, const char* to) noexcept {
  if (tutela::test::is_watched_path(to) && tutela::test::meet(tutela::test::Call::name) != tutela::test::Answer::go_on) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int link(const char* from, const char* to) noexcept {
  if (tutela::test::is_watched_path(to) && tutela::test::meet(tutela::test::Call::name) != tutela::test::Answer::go_on) return -1;
  return static_cast<int>(::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int unlink(const char* path) noexcept {
  if (tutela::test::is_watched_path(path) && tutela::test::meet(tutela::test::Call::other) != tutela::test::Answer::go_on)
    return -1;
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

}  // extern "C"
