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

Progress::Progress(std::string_view noun, std::int64_t done_before)
    : noun_(noun),
      done_before_(done_before),
      started_at_(Clock::now()),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      told_at_(started_at_) {}

void Progress::tell(std::int64_t done, double fraction) {
  if (fraction_before_ < 0) fraction_before_ = fraction;
  const auto now = Clock::now();
  if (now - told_at_ < (is_terminal_ ? kTerminalEvery : kLogEvery)) return;
  told_at_ = now;
  write(done, fraction, false);
}

void Progress::finish(std::int64_t done) { write(done, 1, true); }

void Progress::write(std::int64_t done, double fraction, bool is_last) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - started_at_).count();
  const double rate = seconds > 0 ? static_cast<double>(done - done_before_) / seconds : 0;
  std::string text = fmt::format("{} {}, {}/s", grouped(done), noun_, grouped(static_cast<std::int64_t>(rate)));
  const double moved = fraction - fraction_before_;
  if (!is_last && moved > 0)
    text += fmt::format(", {} s left", grouped(static_cast<std::int64_t>(seconds * (1 - fraction) / moved)));
  const bool stays = is_last || !is_terminal_;
  fmt::print(stderr, "{}{}{}", is_terminal_ ? "\r\x1b[K" : "", text, stays ? "\n" : "");
  std::fflush(stderr);
}

}  // namespace tutela::cli
