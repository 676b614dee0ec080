#pragma once

#include <array>
#include <cstddef>
#include <set>
#include <string_view>

#include "base/bytes.h"
#include "doctor/examination.h"
#include "ledger/leaf.h"

// Records that no rule ever deletes and that an entry of the ledger names: what keeps a thing from being destroyed, and what asks
// for its destruction. Neither may be without the other (I3, I13): a hold that somebody deletes from the database or marks as
// lifted there is one that nobody lifted.
namespace tutela::doctor {

class NamedRecords {
 public:
  // Keeps what the entry names; for every entry of the ledger.
  void note(const ledger::LeafOpening& entry);
  // Beside the rows as they are, and what is still staged.
  Result<> compare(Examination& examination);

 private:
  static constexpr std::size_t kKinds = 4;
  void note(std::string_view kind, std::string_view payload);
  std::array<std::set<Bytes>, kKinds> named_;
};

}  // namespace tutela::doctor
