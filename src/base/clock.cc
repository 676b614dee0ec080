#include "base/clock.h"

#include <fmt/format.h>

namespace tutela {

Time SystemClock::now() const { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

std::string to_rfc3339(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const auto ms = (time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), ms / 3'600'000, ms / 60'000 % 60,
                     ms / 1000 % 60, ms % 1000);
}

Result<Time> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto malformed = [] { return fail(ErrorCode::invalid, "time.malformed"); };
  const bool fraction = text.size() == 24;
  if ((!fraction && text.size() != 20) || text.back() != 'Z') return malformed();
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000Z";
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == '0' ? !digit : text[i] != kShape[i]) return malformed();
  }
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return malformed();
  const int ms = fraction ? number(20, 3) : 0;
  return Time{sys_days{date}} + hours{hour} + minutes{minute} + seconds{second} + milliseconds{ms};
}

}  // namespace tutela
