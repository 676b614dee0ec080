#pragma once

#include <optional>
#include <variant>

#include "base/clock.h"
#include "base/error.h"

// When the next attempt of an outbox row is due, or that a member must choose another channel. Pure: the same row and seed give
// the same time (I11).
namespace tutela::filing {

struct OutboxAttempts {
  std::int64_t failed;         // attempts that have failed, this one included
  std::optional<Time> due_at;  // of the duty, where there is one
};

struct OutboxLimits {
  std::chrono::milliseconds first_delay{1'000};
  std::chrono::milliseconds delay_max{15 * 60 * 1'000};
  std::int64_t attempts_max = 20;  // about 2.5 hours with the delays above
};

struct RetryAt {
  Time at;
};

enum class WhyGiveUp : std::uint8_t {
  refused,  // the other side will not take this message, however often it is sent
  attempts_used,
  duty_clock_is_due,
};
std::string_view to_word(WhyGiveUp why);

struct GiveUp {
  WhyGiveUp why;
};

// After a failure of class `code`. Only codes whose error_class says retry are retried; the delay doubles from first_delay to
// delay_max, each with a seeded jitter of -20 % to +20 %, and never sleeps past the duty's clock. seed  any value that is stable
// for the row, such as the first bytes of its id
std::variant<RetryAt, GiveUp> after_failure(const OutboxAttempts& attempts, ErrorCode code, Time now, std::uint64_t seed,
                                            const OutboxLimits& limits = {});

}  // namespace tutela::filing
