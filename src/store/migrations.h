#pragma once

#include <span>
#include <string_view>

namespace tutela::store {

// One step of the schema: applied once, in order, in its own transaction, and recorded in `schema_version`. A published step is
// never edited; a change is a new step.
struct Migration {
  int version;
  // Statements separated by ';', in the common subset. The PostgreSQL driver reads BLOB as BYTEA.
  std::string_view sql;
};

// The steps of the tables that several modules write. A module's own tables are steps beside its repository; the numbers of all
// come from one row: 2, 5 and 9 are the ledger's.
std::span<const Migration> migrations();

}  // namespace tutela::store
