#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "upkeep/system_calls.h"

// One piece of work in a process of its own, which shares nothing with this one but a pipe, and a trouble at one of its calls.
namespace tutela::test {

struct BrokenOff {
  int status = 0;
  std::int64_t calls = 0;  // 0 if it was killed
  bool is_killed() const;
};

inline constexpr std::int64_t kNoCall = 1'000'000'000;

// `work` returns whether it succeeded, which is the child's exit. Calls on files in `watched` count; it must exist. Where the
// power is to be cut and no call met it, it is cut when the work has succeeded.
BrokenOff break_off(const std::filesystem::path& watched, Trouble trouble, std::int64_t n, const std::function<bool()>& work);

}  // namespace tutela::test
