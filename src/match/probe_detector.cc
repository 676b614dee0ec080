#include "match/probe_detector.h"

#include <algorithm>

namespace tutela::match {

std::string_view to_word(ProbeDetector::Probing probing) {
  return probing == ProbeDetector::Probing::walk ? "walk" : "around_one_value";
}

ProbeDetector::Caller& ProbeDetector::caller_of(const TokenId& id) {
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) {
    callers_.splice(callers_.begin(), callers_, found->second);
    return callers_.front();
  }
  if (callers_.size() >= kCallersMax) {
    by_id_.erase(callers_.back().id);
    callers_.pop_back();
  }
  callers_.push_front(Caller{.id = id});
  by_id_.emplace(id, callers_.begin());
  return callers_.front();
}

std::optional<ProbeDetector::Probing> ProbeDetector::observe(const TokenId& id, const Bits256& question, Time now) {
  Caller& caller = caller_of(id);
  int around = 1;  // itself
  int step_bits = 256;
  const std::size_t held = std::min(caller.count, kRemembered);
  for (std::size_t back = 1; back <= held; ++back) {
    const Asked& before = caller.asked[(caller.count - back) % kRemembered];
    if (now - before.at > kMemory) break;  // all that follow are older
    const int distance_bits = hamming_distance(before.question, question);
    if (distance_bits == 0) return std::nullopt;
    if (distance_bits <= kAroundBits) ++around;
    if (back == 1) step_bits = distance_bits;
  }
  caller.steps = step_bits <= kStepBits ? caller.steps + 1 : 0;
  caller.asked[caller.count % kRemembered] = {question, now};
  ++caller.count;
  std::optional<Probing> probing;
  if (around >= kAroundMin) probing = Probing::around_one_value;
  if (caller.steps >= kStepsMin) probing = Probing::walk;
  if (!probing || (caller.alarmed_at && now - *caller.alarmed_at < kQuiet)) return std::nullopt;
  caller.alarmed_at = now;
  return probing;
}

}  // namespace tutela::match
