#include "line/match_watch.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace tutela::line {

MatchWatch::MatchWatch(Options options, const Clock& clock)
    : own_(options.own, clock), external_(options.external, clock), options_(options), floods_(options.flood) {}

Result<> MatchWatch::take(const CheckedToken& caller, std::size_t questions) {
  const bool is_own = caller.scopes.has(access::Scope::match);
  const auto tokens = static_cast<double>(questions);
  if ((is_own ? own_ : external_).take(encode_hex(caller.id.bytes()), tokens)) return {};
  ++refused_;
  const double per_second = (is_own ? options_.own : options_.external).tokens_per_second;
  const auto wait = static_cast<std::int64_t>(std::ceil(tokens / per_second));
  return fail(ErrorCode::limit, "match.rate_limited", std::to_string(wait) + " seconds");
}

Result<> MatchWatch::observe(const Context& context, const CheckedToken& caller, const std::vector<Fingerprint>& questions,
                             const std::vector<match::MatchAnswer>& answers) {
  const Time now = context.clock.now();
  std::vector<Alarm> alarms;
  {
    const std::lock_guard lock(mutex_);
    std::optional<match::ProbeDetector::Probing> probing;
    for (const Fingerprint& question : questions) {
      if (question.algorithm().comparison() != Comparison::hamming_256) continue;
      if (const auto seen = probes_.observe(caller.id, match::bits_from(question.reveal_value()), now)) probing = seen;
    }
    if (probing) alarms_.push_back({caller.id, probing, std::nullopt});
    probing_alarms_ += probing ? 1 : 0;
    for (const auto& answer : answers)
      for (const auto& match : answer.matches) {
        const auto seen = floods_.observe(match.entry, now);
        if (seen == match::FloodGuard::Seen::single) continue;
        ++stacked_matches_;
        if (seen != match::FloodGuard::Seen::alarm) continue;
        ++flood_alarms_;
        alarms_.push_back({caller.id, std::nullopt, match});
      }
    alarms.swap(alarms_);
  }
  if (alarms.empty()) return {};
  const auto written = context.store.write([&](store::Transaction& tx) -> Result<> {
    for (const Alarm& alarm : alarms) TUTELA_TRY(record_alarm(context, tx, alarm));
    return {};
  });
  if (written) return {};
  const std::lock_guard lock(mutex_);
  alarms_.insert(alarms_.begin(), alarms.begin(), alarms.end());
  return written;
}

Result<> MatchWatch::record_alarm(const Context& context, store::Transaction& tx, const Alarm& alarm) const {
  if (alarm.probing)
    return record(context, tx, "match.probing_suspected", About("token", alarm.caller), Actor::token(alarm.caller),
                  {{"shape", match::to_word(*alarm.probing)}});
  return record(context, tx, "match.flood_suspected", About("bank", alarm.flood->bank), Actor::token(alarm.caller),
                {{"entry", alarm.flood->entry.to_string()}, {"matches", options_.flood.matches_max}});
}

}  // namespace tutela::line
