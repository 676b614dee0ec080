#pragma once

#include <vector>

#include "match/bank.h"
#include "match/bank_repository.h"

// What an index of the banks follows: the changes of entries, in the order of their commits.
namespace tutela::match {

// An entry as it is now.
struct ChangedEntry {
  BankId bank;
  BankEntry entry;
  FeedPosition position;
};

struct BankChanges {
  std::int64_t last = 0;       // the feed's number when this was read
  std::vector<BankRow> banks;  // all of them
  std::vector<ChangedEntry> entries;
  bool is_complete = false;  // nothing more stands behind these
};

// The entries that changed after `after`, up to feed number `until`, oldest change first, at most `entries_max`. An entry that
// changes while pages are read moves behind them, so that none is missed. An entry counts as final and adopted once two different
// members adopted it. corrupt, "bank.bad_row" (an unknown word, a fingerprint of the wrong size) with the entry's id as place.
Result<BankChanges> read_bank_changes(store::Reader& reader, const FeedPosition& after, std::int64_t until,
                                      std::size_t entries_max);

}  // namespace tutela::match
