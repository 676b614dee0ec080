#include "ledger/epoch_number.h"

#include <algorithm>
#include <bit>

namespace tutela::ledger {
namespace {

constexpr std::uint64_t kDrawn = 1'000'000;  // numbers for each second

}  // namespace

std::uint64_t draw_epoch(std::uint64_t known, Time now, Random& random) {
  const auto seconds = std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(), 0);
  const auto second = std::max(static_cast<std::uint64_t>(seconds), known / kDrawn + 1);
  return second * kDrawn + std::bit_cast<std::uint64_t>(random.bytes<8>()) % kDrawn;
}

}  // namespace tutela::ledger
