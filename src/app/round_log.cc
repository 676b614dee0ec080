#include "app/round_log.h"

namespace tutela::app {
namespace {

constexpr Duration kSaidAgainAfter = std::chrono::minutes(1);

}  // namespace

void RoundLog::failed(Reason event, const Error& error) {
  auto& trouble = troubles_[event.text()];
  const Time now = clock_.now();
  const bool was_said = trouble.rounds > 0 && now >= trouble.said_at && now - trouble.said_at < kSaidAgainAfter;
  ++trouble.rounds;
  if (was_said) return;
  trouble.said_at = now;
  log::error(event, {{"error", error}, {"rounds", trouble.rounds}});
}

void RoundLog::over(Reason event) {
  const auto found = troubles_.find(event.text());
  if (found == troubles_.end()) return;
  log::info("loop.recovered", {{"from", event}, {"rounds", found->second.rounds}});
  troubles_.erase(found);
}

}  // namespace tutela::app
