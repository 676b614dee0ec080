#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "base/result.h"
#include "store/migrations.h"
#include "store/store.h"

// Looking at a database without taking its lock, and copying it while a server writes.
namespace tutela::store {

enum class Beside : std::uint8_t {
  a_writer,  // another process may be writing: reads its committed state, through the WAL
  nobody,    // nothing writes and nothing may be written, not even beside the file: a backup
};

// A store whose write() is denied, "store.read_only". It never makes a file. Errors as open_sqlite(); not_found, "store.no_file".
Result<std::unique_ptr<Store>> open_sqlite_read_only(const std::filesystem::path& path, Beside beside);

// Copies one consistent snapshot of `from` into the new file `to` (0600, one file without a WAL, fsynced). A server may go on
// writing meanwhile; its readers and writers do not wait. conflict, "store.exists"; not_found, "store.no_file"; limit,
// "store.disk_full"; as open_sqlite(). After an error `to` is gone.
// Cost  reads and writes every page once; the server's WAL grows until it is done
Result<> copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to);

// The same of any store whose schema is of `steps`, all of them or the first of them: one snapshot of every table, a page at a
// time, into the new file `to`, each row compared with its copy. Writers go on meanwhile. unsupported, "store.foreign_database",
// "store.newer_schema"; conflict, "store.exists"; corrupt, "store.copy_differs" with table and row; limit, "store.disk_full"; as
// Store::read(). After an error `to` is gone.
// Cost  every row is read twice in one transaction of the source; twice the room of the copy until it is done
Result<> copy_rows_to_sqlite(Store& from, const std::filesystem::path& to, std::span<const Migration> steps);

}  // namespace tutela::store
