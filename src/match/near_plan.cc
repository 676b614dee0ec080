#include "match/near_plan.h"

#include <bit>
#include <limits>
#include <vector>

#include "base/check.h"

namespace tutela::match {

Radii choose_radii(const std::array<RadiusCosts, kTablesPerSegment>& costs, std::uint32_t distance_bits_max) {
  constexpr std::uint32_t kStepsMax = kTablesPerSegment * (kRadiusMax + 1);
  TUTELA_CHECK(distance_bits_max < kStepsMax);
  Radii radii;
  radii.fill(-1);
  for (std::uint32_t step = 0; step <= distance_bits_max; ++step) {
    std::size_t cheapest = 0;
    std::uint64_t cost = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t table = 0; table < kTablesPerSegment; ++table) {
      const int next = radii[table] + 1;
      if (next > kRadiusMax) continue;
      const std::uint64_t step_cost = costs[table][static_cast<std::size_t>(next)];
      if (step_cost >= cost) continue;
      cost = step_cost;
      cheapest = table;
    }
    ++radii[cheapest];
  }
  return radii;
}

std::span<const std::uint16_t> masks_of(int bits) {
  static const auto kMasks = [] {
    std::array<std::vector<std::uint16_t>, kRadiusMax + 1> masks;
    for (unsigned mask = 0; mask < 65'536; ++mask)
      if (const auto ones = static_cast<std::size_t>(std::popcount(mask)); ones <= kRadiusMax)
        masks[ones].push_back(static_cast<std::uint16_t>(mask));
    return masks;
  }();
  return kMasks[static_cast<std::size_t>(bits)];
}

}  // namespace tutela::match
