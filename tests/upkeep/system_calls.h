#pragma once

#include <cstdint>
#include <filesystem>

// The system calls of this test program that change files, counted, and one of them made to fail. SQLite's own layer and ours
// both go through them, so that this is the real code of both down to the kernel's door.
namespace tutela::test {

enum class Trouble : std::uint8_t {
  none,       // only count
  killed,     // SIGKILL before the n-th call
  torn,       // half of the n-th write reaches the file, then SIGKILL; another call: as killed
  disk_full,  // the n-th call fails with ENOSPC, once
  io_error,   // with EIO, once
  full_from,  // every call from the n-th that may need room fails with ENOSPC until heal()
  power_cut,  // before the n-th call what no fsync made durable is lost (unsynced.h), then SIGKILL
};

// Calls on files in `folder` are counted from now on: writes, fsyncs, truncations, and giving, taking and making names.
// Descriptors of other files, sockets and pipes are left alone.
void watch_calls(const std::filesystem::path& folder);
// The n-th counted call from now on, from 1. A power cut draws what is lost with `seed`.
void plan_trouble(Trouble trouble, std::int64_t n, std::uint64_t seed = 1);
// A planned power cut that no call met, now: when the work is done and said to be so.
void cut_power_now();
void heal();
std::int64_t calls_counted();
bool has_struck();

}  // namespace tutela::test
