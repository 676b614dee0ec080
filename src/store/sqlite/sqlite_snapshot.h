#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
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

}  // namespace tutela::store
