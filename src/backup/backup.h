#pragma once

#include <filesystem>
#include <span>

#include "backup/manifest.h"
#include "store/migrations.h"
#include "store/store.h"
#include "vault/key_store.h"

// A backup of a node's data: database, objects and settings; never the keys (docs/adr/0013-backup.md). A folder that is whole or
// not there.
namespace tutela::backup {

struct Source {
  std::filesystem::path database;
  std::filesystem::path objects;
  std::filesystem::path settings;
  std::filesystem::path after_list;  // may be missing: nothing was destroyed, withdrawn or held yet
  const vault::KeyStore& keys;
  std::span<const store::Migration> steps;
  store::Store* server = nullptr;  // of a node on PostgreSQL: read in the place of `database`, which is not there
};

// Copies one snapshot of the database, then every object it names, beside a server that goes on working, and gives the folder its
// name when all of it is fsynced. What a report wrote before it was acknowledged is in it: an object is durable before its row is
// committed. Objects that were destroyed while it ran are left out. The copy is SQLite, whatever the node is on.
//
// conflict, "backup.target_exists"; unavailable, "backup.target_unwritable" (place: errno's name); not_found,
// "backup.object_missing" (the database names a file that is not there: run doctor); limit, "vault.disk_full"; as copy_sqlite,
// copy_rows_to_sqlite. After an error nothing is left behind.
struct Taken {
  Manifest manifest;
};
Result<Taken> take_backup(const Source& source, const std::filesystem::path& target, Time now);

// Proves that the folder is a whole backup of the node of these keys, unchanged since it was signed, and that this program can
// read it: signature, digest of every file, no file too many, schema, and that its database holds the checkpoint of the manifest.
// Changes nothing.
//
// not_found, "backup.not_a_backup"; denied, "backup.other_node"; corrupt, "backup.incomplete", "backup.changed" (place: the
// file), "backup.surplus_file", "backup.other_checkpoint", "store.foreign_schema", "note.bad_signature"; invalid,
// "backup.bad_manifest"; unsupported, "store.newer_schema".
struct Verified {
  Manifest manifest;
  std::vector<FileFacts> files;
};
Result<Verified> verify_backup(const std::filesystem::path& folder, const vault::KeyStore& keys,
                               std::span<const store::Migration> steps);

// Copies a verified backup's files into these places, which are new, and compares each with its digest again.
struct Places {
  std::filesystem::path database;
  std::filesystem::path objects;
  std::filesystem::path settings;
};
Result<> lay_out(const std::filesystem::path& folder, const Verified& verified, const Places& places);

// That a list of what happened since holds every line that stood in it when the backup was taken. conflict, "restore.older_list".
Result<> check_list_reaches(std::string_view list, const Manifest& manifest);

}  // namespace tutela::backup
