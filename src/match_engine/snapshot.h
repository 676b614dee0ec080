#pragma once

#include "match_engine/snapshot_file.h"
#include "match_engine/table_state.h"

// The rows of the banks in a file, so that a start needs no read of the whole store.
namespace tutela::match_engine {

struct SnapshotPlace {
  std::filesystem::path path;
  SnapshotKey key;
  // What the rows come from, e.g. the ledger's origin, which is another after a restore: a snapshot of another
  // source is refused. At most 1,024 bytes.
  std::string source;
  Random& random;
};

// Everything the generation holds, without what is withdrawn. As SnapshotWriter.
Result<> write_snapshot(const SnapshotPlace& place, const Generation& generation);

// Not indexed yet (TableState::index_all). As SnapshotReader, and corrupt, "match.snapshot_foreign" (another source).
Result<std::unique_ptr<TableState>> read_snapshot(const SnapshotPlace& place);

}  // namespace tutela::match_engine
