#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "http/rate_limiter.h"
#include "line/accounts.h"
#include "line/context.h"
#include "match/answer.h"
#include "match/flood_guard.h"
#include "match/probe_detector.h"

// What is watched while machines ask for matches: how much each may ask, whether somebody feels out what the banks hold, and
// whether one entry floods.
namespace tutela::line {

// Thread-safe. One for a node.
class MatchWatch {
 public:
  struct Options {
    // Questions. An own platform is limited only so that one caller cannot take everything.
    http::RateLimiter::Options own{.burst_tokens = 200'000, .tokens_per_second = 100'000};
    http::RateLimiter::Options external{.burst_tokens = 2'000, .tokens_per_second = 20};
    match::FloodGuard::Options flood{};
  };
  MatchWatch(Options options, const Clock& clock);
  explicit MatchWatch(const Clock& clock) : MatchWatch(Options(), clock) {}

  // Before anything is answered. limit, "match.rate_limited", with the seconds to wait as place.
  Result<> take(const CheckedToken& caller, std::size_t questions);

  // After the answers are known and before they leave: looks at both, and puts what it suspects into the ledger. It holds nothing
  // back. What could not be written is written with the next call.
  Result<> observe(const Context& context, const CheckedToken& caller, const std::vector<Fingerprint>& questions,
                   const std::vector<match::MatchAnswer>& answers);

  // Since the start of the process, for the metrics.
  std::int64_t probing_alarms() const { return probing_alarms_; }
  std::int64_t flood_alarms() const { return flood_alarms_; }
  std::int64_t stacked_matches() const { return stacked_matches_; }
  std::int64_t refused() const { return refused_; }

 private:
  http::RateLimiter own_;
  http::RateLimiter external_;
  const Options options_;
  std::mutex mutex_;
  match::ProbeDetector probes_;  // guarded by mutex_
  match::FloodGuard floods_;     // guarded by mutex_
  struct Alarm {
    TokenId caller;
    std::optional<match::ProbeDetector::Probing> probing;  // else a flood of
    std::optional<match::Match> flood;
  };
  std::vector<Alarm> alarms_;  // guarded by mutex_; not yet on the ledger
  Result<> record_alarm(const Context& context, store::Transaction& tx, const Alarm& alarm) const;
  std::atomic<std::int64_t> probing_alarms_{0};
  std::atomic<std::int64_t> flood_alarms_{0};
  std::atomic<std::int64_t> stacked_matches_{0};
  std::atomic<std::int64_t> refused_{0};
};

}  // namespace tutela::line
