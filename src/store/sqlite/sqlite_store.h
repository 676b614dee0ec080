#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "store/schema.h"
#include "store/store.h"

namespace tutela::store {

// Opens or creates a single-machine database: one connection that writes, a few that read, WAL with synchronous=FULL.
//
// One process at a time: `path` + ".lock" is held by flock(2), so it vanishes with the process. A forked child that does not exec
// keeps it. Threads  all of Store may be called from any thread. Writers that meet share one fsync: each runs `body` on its own
// thread in a savepoint of
//          the common transaction, and all are answered after the commit. An error of one leaves the others alone, but for a disk
//          that fills up: then the whole group was rolled back and each is told so.
// Errors   busy, "store.in_use"        another process (or this one) has it open
//          corrupt, "store.corrupt"        not a database, or a damaged one
//          unavailable, "store.cannot_open"  folder missing or not permitted (place: errno name)
//          From write() and read() besides what store.h says: limit, "store.disk_full" (rolled back; usable again when there is
//          room); busy, "store.busy" (somebody holds the database with another tool); unavailable, "store.io" (a read or write
//          failed, rolled back); unavailable, "store.unknown_outcome" (the fsync of a commit failed: it may or may not survive a
//          power cut).
Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& path);

// What stands in a file, before open_sqlite() sets it up: neither the file nor its folder is changed. A file that is not there
// has no tables. Errors: corrupt, "store.corrupt"; unavailable, "store.cannot_open"; as Store::read().
Result<SchemaFacts> look_at_sqlite(const std::filesystem::path& path);

}  // namespace tutela::store
