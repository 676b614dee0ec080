#include "filing/outbox_schedule.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/random.h"
#include "model/words.h"

namespace tutela::filing {
namespace {

constexpr std::array kWhyWords{Word{WhyGiveUp::refused, "refused"}, Word{WhyGiveUp::attempts_used, "attempts_used"},
                               Word{WhyGiveUp::duty_clock_is_due, "duty_clock_is_due"}};

// Not error_class().retry: a conflict answered by another node (a reference used with another body) does not go away by waiting.
bool may_pass_later(ErrorCode code) {
  switch (code) {
    case ErrorCode::busy:
    case ErrorCode::unavailable:
    case ErrorCode::internal:
    case ErrorCode::corrupt:
      return true;
    case ErrorCode::invalid:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::denied:
    case ErrorCode::unsupported:
    case ErrorCode::limit:
      return false;
  }
  return false;
}

Duration delay_after(std::int64_t failed, std::uint64_t seed, const OutboxLimits& limits) {
  Duration delay = std::min<Duration>(limits.first_delay, limits.delay_max);
  for (std::int64_t i = 1; i < failed && delay < limits.delay_max; ++i) delay = std::min<Duration>(delay * 2, limits.delay_max);
  // In parts per thousand of the delay, 800 to 1,200.
  const std::uint64_t jitter = 800 + SeededRandom(seed ^ static_cast<std::uint64_t>(failed)).next() % 401;
  return delay * static_cast<std::int64_t>(jitter) / 1'000;
}

}  // namespace

std::string_view to_word(WhyGiveUp why) { return word_of(kWhyWords, why); }

std::variant<RetryAt, GiveUp> after_failure(const OutboxAttempts& attempts, ErrorCode code, Time now, std::uint64_t seed,
                                            const OutboxLimits& limits) {
  TUTELA_CHECK(attempts.failed >= 1);
  if (!may_pass_later(code)) return GiveUp{WhyGiveUp::refused};
  if (attempts.due_at && now >= *attempts.due_at) return GiveUp{WhyGiveUp::duty_clock_is_due};
  if (attempts.failed >= limits.attempts_max) return GiveUp{WhyGiveUp::attempts_used};
  Time at = now + delay_after(attempts.failed, seed, limits);
  if (attempts.due_at) at = std::min(at, *attempts.due_at);
  return RetryAt{at};
}

}  // namespace tutela::filing
