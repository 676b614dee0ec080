#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

namespace tutela::cli {
namespace {
constexpr std::chrono::milliseconds kTerminalEvery{500};
constexpr std::chrono::milliseconds kLogEvery{5000};
}  // namespace

std::string grouped(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool begins_group = i > 0 && (digits.size() - i) % 3 == 0 && digits[i - 1] != '-';
    if (begins_group) text += ',';
    text += digits[i];
  }
  return text;
}

std::string progress_text(std::string_view noun, ProgressMark before, ProgressMark now, double seconds, ProgressLine line) {
  const double rate = seconds > 0 ? static_cast<double>(now.done - before.done) / seconds : 0;
  std::string text = fmt::format("{} {}, {}/s", grouped(now.done), noun, grouped(static_cast<std::int64_t>(rate)));
  const double moved = now.fraction - before.fraction;
  if (line == ProgressLine::running && moved > 0)
    text += fmt::format(", {} s left", grouped(static_cast<std::int64_t>(seconds * (1 - now.fraction) / moved)));
  return text;
}

Progress::Progress(std::string_view noun, ProgressMark before)
    : noun_(noun),
      before_(before),
      started_at_(Clock::now()),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      told_at_(started_at_) {}

void Progress::tell(ProgressMark now) {
  const auto time = Clock::now();
  if (time - told_at_ < (is_terminal_ ? kTerminalEvery : kLogEvery)) return;
  told_at_ = time;
  write(now, ProgressLine::running);
}

void Progress::finish(std::int64_t done) { write({done, 1}, ProgressLine::last); }

void Progress::write(ProgressMark now, ProgressLine line) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - started_at_).count();
  const bool stays = line == ProgressLine::last || !is_terminal_;
  fmt::print(stderr, "{}{}{}", is_terminal_ ? "\r\x1b[K" : "", progress_text(noun_, before_, now, seconds, line),
             stays ? "\n" : "");
  std::fflush(stderr);
}

}  // namespace tutela::cli
