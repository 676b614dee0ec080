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

// Before a node is opened to be written: that nothing of the list was undone, as by a database that was put back with its
// server's own tools, or by an older copy of the keys. Lines are written after what they speak of is committed, so a database in
// order knows them all. conflict, "restore.list_not_applied" (place: the kind of the line).
//
// What the keys alone can say.
Result<> check_keys_know_list(const vault::KeyStore& keys, std::span<const vault::AfterEntry> entries);
// All of it, in a database of this release. Cost: one look a line.
Result<> check_list_is_applied(const vault::KeyStore& keys, store::Reader& reader, std::span<const vault::AfterEntry> entries);

}  // namespace tutela::line
