#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tutela::cli {

// "12,000 lines, 81,000/s, 4 s left" on standard error while something long runs: in place on a terminal, else a line every few
// seconds. Says counts only.
class Progress {
 public:
  // `noun` as in "lines"; a literal.
  Progress(std::string_view noun, std::int64_t done_before);
  // `fraction` of the whole that is done, 0..1; what is left is told from it.
  void tell(std::int64_t done, double fraction);
  // The last line, whatever the time.
  void finish(std::int64_t done);

 private:
  using Clock = std::chrono::steady_clock;
  void write(std::int64_t done, double fraction, bool is_last) const;

  const std::string_view noun_;
  const std::int64_t done_before_;
  const Clock::time_point started_at_;
  const bool is_terminal_;
  Clock::time_point told_at_;
  double fraction_before_ = -1;
};

// 1234567 as "1,234,567".
std::string grouped(std::int64_t number);

}  // namespace tutela::cli
