#pragma once

#include <cstdint>
#include <string>

#include "app/node.h"
#include "line/store_check.h"

namespace tutela::app {

struct CopiedStore {
  std::size_t tables = 0;
  std::int64_t rows = 0;
  line::LedgerState ledger;
};

// Copies a stopped node's SQLite database into PostgreSQL: one transaction there, committed only when every row was read back and
// found equal and the ledger, computed anew from the copied leaves, has the root of its signed checkpoint. Nothing is changed in
// the folder; a copy that failed left nothing but empty tables, and may be begun again. Objects and keys stay where they are.
//
// Errors: busy, "store.in_use" (the node is running); conflict, "store.not_empty" (rows in the target, with the table as
// place); unsupported, "store.not_sqlite" (the node is on PostgreSQL already), "store.older_schema" (migrate first),
// "store.foreign_database", "store.newer_schema" (either side); corrupt, "store.copy_differs" with table and row;
// as open_sqlite, open_postgres and line::recompute_ledger.
Result<CopiedStore> copy_to_postgres(const DataFolder& folder, const std::string& conninfo, const vault::AskSecret& ask = {});

// That a PostgreSQL database holds nothing of a node; changes nothing. conflict, "store.not_empty"; as check_schema,
// open_postgres.
Result<> check_postgres_is_empty(const std::string& conninfo);

}  // namespace tutela::app
