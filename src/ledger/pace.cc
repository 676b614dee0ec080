#include "ledger/pace.h"

#include <algorithm>

#include "ledger/ledger_repository.h"

namespace tutela::ledger {
namespace {

constexpr Duration kUsual{400};
constexpr Duration kOfNoLoad{10'000};
constexpr Duration kPauseMax{250};

}  // namespace

Result<Duration> numbering_behind(store::Reader& reader, Time now) {
  TUTELA_ASSIGN(const auto oldest, oldest_staged(reader, 1));
  if (oldest.empty()) return Duration{0};
  return std::max(Duration{0}, std::chrono::duration_cast<Duration>(now - oldest.front().at));
}

std::chrono::milliseconds Pace::pause_for(Duration behind) {
  if (behind >= kOfNoLoad) return Duration{0};
  return std::clamp(behind - kUsual, Duration{0}, kPauseMax);
}

}  // namespace tutela::ledger
