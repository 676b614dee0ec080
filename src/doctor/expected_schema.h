#pragma once

#include <span>
#include <vector>

#include "doctor/table_repository.h"
#include "store/migrations.h"

namespace tutela::doctor {

// What SQLite's catalogue holds after these steps: made in an empty database in a temporary folder. unavailable,
// "doctor.no_scratch_folder"; errors of the store.
Result<std::vector<SchemaRow>> schema_after(std::span<const store::Migration> steps);

// The same as what any back end's catalogue must say.
struct Catalogue {
  std::vector<ColumnFacts> columns;
  std::vector<IndexFacts> indexes;
};
Result<Catalogue> catalogue_of(store::Reader& reader, std::string_view backend);
Result<Catalogue> catalogue_after(std::span<const store::Migration> steps);

// The step at which a SQLite database stands, if everything in its catalogue is what the steps up to there made and nothing else.
// unsupported, "store.newer_schema"; corrupt, "store.foreign_schema" (place: what differs).
Result<std::int64_t> check_schema_is_ours(store::Reader& reader, std::span<const store::Migration> steps);

}  // namespace tutela::doctor
