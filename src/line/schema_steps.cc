#include "line/schema_steps.h"

#include <algorithm>

#include "ledger/ledger_schema.h"
#include "retention/retention_repository.h"

namespace tutela::line {

std::vector<store::Migration> schema_steps() {
  std::vector<store::Migration> steps(store::migrations().begin(), store::migrations().end());
  steps.insert(steps.end(), ledger::kLedgerMigrations.begin(), ledger::kLedgerMigrations.end());
  steps.insert(steps.end(), retention::kRetentionMigrations.begin(), retention::kRetentionMigrations.end());
  std::ranges::sort(steps, {}, &store::Migration::version);
  return steps;
}

}  // namespace tutela::line
