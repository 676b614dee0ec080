#pragma once

#include <vector>

#include "ledger/ledger_repository.h"
#include "vault/after_list.h"

namespace tutela::line {

// What the ledger recorded from `first` on that a restore must apply (I12): destructions, withdrawals, holds set and lifted, in
// the order of the log. Every server that asks has the same answer, so that all their lists hold the same lines. What a restore
// itself repeated is left out: it came from the list. corrupt, "ledger.bad_payload".
// Cost  as ledger::leaves_of_kinds
Result<std::vector<vault::AfterEntry>> after_entries(store::Reader& reader, ledger::LeafPlace first);

}  // namespace tutela::line
