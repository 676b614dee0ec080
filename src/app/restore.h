#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/node.h"
#include "backup/manifest.h"
#include "vault/folder_seal.h"

namespace tutela::app {

struct RestoreRequest {
  std::filesystem::path backup;
  DataFolder target;                 // a folder that is empty or not there
  std::filesystem::path keys;        // a copy of the node's key store; it is copied again, and never changed
  std::filesystem::path since_list;  // the separately kept list of what happened since (I12)
  vault::AskSecret ask = {};         // for a sealed key folder
  // The newest signed checkpoint that operator, witness or peer has, cosigned or not.
  std::optional<std::string> last_known = std::nullopt;
  std::optional<std::uint64_t> sample_seed = std::nullopt;  // of all that is drawn; drawn anew without it
  std::optional<std::string> to = std::nullopt;             // conninfo of an empty PostgreSQL database that the node is put into
};

struct Restored {
  backup::Manifest manifest;
  std::uint64_t epoch = 0;
  std::uint64_t entries_lost = 0;  // ledger entries that were known and that the backup does not hold
  std::int64_t withdrawn = 0;      // entries of banks
  std::int64_t destroyed = 0;      // destruction classes
  std::int64_t holds = 0;          // set or lifted
  std::int64_t matches_tried = 0;  // entries that were found again
  std::uint64_t sample_seed = 0;   // that drew them
};

// Makes a node of a backup. It proves itself before it opens: the backup is this node's, whole and unchanged; every ledger tree
// is computed anew and equals its signed checkpoint; sampled fields and objects open; entries drawn from every bank are found
// again; then the next epoch is opened, and what was destroyed, withdrawn or held since is so again. Its settings are written
// last: until then, and after any error, the folder is not a node and cannot be served.
//
// All of it is proved in a SQLite file in the folder; with `to` it is copied from there as by copy_to_postgres, and the file
// goes. The database that the backup's settings name is never opened: it may still be served.
//
// conflict, "restore.target_not_empty", "store.not_empty" (the database given), "restore.older_list", "restore.older_keys" (the
// list says that the signing key was changed since this copy of the keys), "ledger.forked"; invalid, "restore.no_list",
// "restore.no_database" (the node was on PostgreSQL, and no `to` is given); not_found, "after_list.missing",
// "vault.no_keys"; corrupt, "restore.damaged" (doctor's findings are logged), "restore.not_found_again"; as verify_backup,
// lay_out, parse_after_list.
Result<Restored> restore_node(const RestoreRequest& request);

// That nothing is there, or an empty folder. conflict, "restore.target_not_empty".
Result<> check_target_is_empty(const std::filesystem::path& folder);

}  // namespace tutela::app
