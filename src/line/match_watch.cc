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
  std::optional<match::ProbeDetector::Probing> probing;
  std::vector<EntryId> floods;
  std::vector<BankId> banks;
  {
    const std::lock_guard lock(mutex_);
    for (const Fingerprint& question : questions) {
      if (question.algorithm().comparison() != Comparison::hamming_256) continue;
      if (const auto seen = probes_.observe(caller.id, match::bits_from(question.reveal_value()), now)) probing = seen;
    }
    for (const auto& answer : answers)
      for (const auto& match : answer.matches) {
        const auto seen = floods_.observe(match.entry, now);
        if (seen == match::FloodGuard::Seen::single) continue;
        ++stacked_matches_;
        if (seen != match::FloodGuard::Seen::alarm) continue;
        floods.push_back(match.entry);
        banks.push_back(match.bank);
      }
  }
  if (!probing && floods.empty()) return {};
  probing_alarms_ += probing ? 1 : 0;
  flood_alarms_ += std::ssize(floods);
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    if (probing)
      TUTELA_TRY(record(context, tx, "match.probing_suspected", About("token", caller.id), Actor::token(caller.id),
                        {{"shape", match::to_word(*probing)}}));
    for (std::size_t i = 0; i < floods.size(); ++i)
      TUTELA_TRY(record(context, tx, "match.flood_suspected", About("bank", banks[i]), Actor::token(caller.id),
                        {{"entry", floods[i].to_string()}, {"matches", options_.flood.matches_max}}));
    return {};
  });
}

}  // namespace tutela::line
