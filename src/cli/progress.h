#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tutela::cli {

// Where something long stands: counted, and as the share of the whole, 0..1.
struct ProgressMark {
  std::int64_t done = 0;
  double fraction = 0;
};

// "12,000 lines, 81,000/s, 4 s left". Rate and time left are those of this start, which began at `before`: what earlier starts
// did is in the count only. `noun` as in "lines".
enum class ProgressLine : std::uint8_t { running, last };
std::string progress_text(std::string_view noun, ProgressMark before, ProgressMark now, double seconds, ProgressLine line);

// That text on standard error while something long runs: in place on a terminal, else a line every few
// seconds. Says counts only.
class Progress {
 public:
  // `noun` is a literal.
  Progress(std::string_view noun, ProgressMark before);
  void tell(ProgressMark now);
  // The last line, whatever the time.
  void finish(std::int64_t done);

 private:
  using Clock = std::chrono::steady_clock;
  void write(ProgressMark now, ProgressLine line) const;

  const std::string_view noun_;
  const ProgressMark before_;
  const Clock::time_point started_at_;
  const bool is_terminal_;
  Clock::time_point told_at_;
};

// 1234567 as "1,234,567".
std::string grouped(std::int64_t number);

}  // namespace tutela::cli
