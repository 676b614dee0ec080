#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/key_chain.h"
#include "ledger/merkle.h"
#include "store/consistency.h"

// Whether a whole database is sound, and whether another holds the same.
namespace tutela::line {

struct LedgerState {
  std::uint64_t epoch = 0;
  std::uint64_t size = 0;
  ledger::Hash root{};
};

// Of every epoch: each leaf is read and the tree computed anew, then held against the frontier and the signed checkpoint. What is
// given back is of the current one. corrupt, "ledger.wrong_root", "ledger.missing_leaf" (place: the epoch), "ledger.wrong_leaf"
// (the epoch and the leaf); as ledger::open_checkpoint; not_found, "ledger.no_epoch". Cost: a statement for 1,000 leaves.
Result<LedgerState> recompute_ledger(store::Reader& reader, const ledger::KeyChain& keys);

struct StoreReport {
  std::int64_t version = 0;
  std::vector<store::TableCount> tables;
  std::vector<store::Dangling> dangling;
  std::vector<std::string> faults;  // what the database says of its own file
  LedgerState ledger;
};

// Reads everything on one snapshot. What it finds is in the report; errors are those of reading, and of recompute_ledger.
Result<StoreReport> check_store(store::Store& store, const ledger::KeyChain& keys);

}  // namespace tutela::line
