#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/random.h"

namespace tutela::ledger {

// The number of the epoch that a restore opens: larger than `known`, the largest that anybody knows of, and another each time.
// The same backup may be restored again, and by somebody who knows nothing of the first time; a number that was counted on would
// then stand for two trees (ADR 20). Seconds since 1970, of which no two restores of one copy are alike but by chance, and six
// digits that are drawn. By a clock that stands behind `known`, the second after that of `known`.
std::uint64_t draw_epoch(std::uint64_t known, Time now, Random& random);

}  // namespace tutela::ledger
