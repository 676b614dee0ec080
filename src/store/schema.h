#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/migrations.h"
#include "store/store.h"

namespace tutela::store {

struct SchemaFacts {
  bool is_ours = false;      // it has the table of versions
  std::int64_t tables = 0;   // of anybody, ours included
  std::int64_t version = 0;  // 0: no step was applied
};
// Reads only.
Result<SchemaFacts> find_schema(Store& store);

// Whether `steps` may be applied to what stands there, without changing it: unsupported, "store.foreign_database" (tables, but
// none of ours) or "store.newer_schema".
Result<> check_schema(const SchemaFacts& facts, std::span<const Migration> steps);

// Brings the database to the last of `steps`: each step above the highest that `schema_version` lists runs in its own
// transaction, in order. Doing it again changes nothing, and two programs may do it at once. The composition root joins the lists
// of the modules that own tables.
//
// steps   ascending versions from 1 (checked)
// Errors  unsupported, "store.newer_schema" when the database has a step that the program does not know: an older program must
//         not write into it; unsupported, "store.foreign_database" when there are tables, but none of ours. Nothing was changed
//         then. Otherwise as Store::write(); the steps before the failed one stay applied.
Result<> migrate(Store& store, std::span<const Migration> steps);
// With the tables of migrations.h alone.
Result<> migrate(Store& store);

// The statements of a step: split at ';', without the white space around them. The text holds no ';' inside a literal.
std::vector<std::string_view> split_statements(std::string_view sql);

}  // namespace tutela::store
