#pragma once

#include <span>

#include "line/context.h"
#include "vault/after_list.h"

namespace tutela::line {

struct AfterApplied {
  std::int64_t withdrawn = 0;  // entries of banks that match no more
  std::int64_t destroyed = 0;  // destruction classes whose key a copy of the key store had brought back
  std::int64_t holds = 0;      // set or lifted
};

// What a restored node does before it opens (I12): what the separately kept list says was destroyed, withdrawn or held is so
// again, whatever the backup says, each with its ledger entry. Applying a list twice changes nothing the second time.
// corrupt, "after_list.malformed" for a subject that is none.
Result<AfterApplied> apply_after_list(const Context& context, std::span<const vault::AfterEntry> entries);

}  // namespace tutela::line
