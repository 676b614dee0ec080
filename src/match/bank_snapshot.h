#pragma once

#include <span>

#include "match/bank.h"
#include "match/bank_repository.h"

namespace tutela::match {

// A bank as the index wants it, from its stored rows; entries and fingerprints of other banks and entries are passed over, so
// that one read of all of them serves every bank. An entry counts as final and adopted once two different members adopted it.
// corrupt, "bank.bad_row" (an unknown word, a fingerprint of the wrong size) with the entry's id as place.
Result<BankSnapshot> make_bank_snapshot(const BankRow& bank, std::span<const EntryRow> entries,
                                        std::span<const EntryFingerprintRow> fingerprints);

}  // namespace tutela::match
