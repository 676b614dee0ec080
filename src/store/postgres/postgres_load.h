#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "store/tables.h"

namespace tutela::store {

// Hands over rows of a table's columns page after page; an empty page is the end.
using PageSource = std::function<Result<std::vector<Row>>()>;

// Fills tables through COPY, all in one transaction.
class PostgresLoading {
 public:
  virtual ~PostgresLoading() = default;
  // How many rows. invalid, "store.bad_text" (a text that PostgreSQL cannot keep) or "store.bad_row" (a value of another type
  // than the column's); errors of `pages`; as Store::write().
  virtual Result<std::int64_t> load(const Table& table, const PageSource& pages) = 0;
  // Removes what a migration put there.
  virtual Result<> clear(const Table& table) = 0;
  // Sees what was loaded.
  virtual Reader& reader() = 0;
};

// Runs `body` with all other writers of the database shut out, and commits only if it succeeds; nothing is left behind otherwise.
// The tables must be there. Errors of `body`; as open_postgres() and Store::write().
Result<> load_postgres(const std::string& conninfo, const std::function<Result<>(PostgresLoading&)>& body);

}  // namespace tutela::store
