#pragma once

#include <cstdint>

#include "line/context.h"

namespace tutela::app {

// Of each bank, however large it is.
inline constexpr std::int64_t kEntriesTriedMax = 100;

// That the engine which will answer finds again what the banks hold: of every bank some entries, drawn from all that are not
// withdrawn, each asked for by its own fingerprints. Returns how many were asked for; those that nothing is compared with are
// not. corrupt, "restore.not_found_again" (place: an entry, and the seed that draws it again); unavailable, "match.wide_busy".
// Cost  one pass over all entries, and kEntriesTriedMax lookups a bank
Result<std::int64_t> find_again(const line::Context& context, std::uint64_t seed);

}  // namespace tutela::app
