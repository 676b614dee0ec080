#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace tutela::store {

inline constexpr std::size_t kPostgresPoolSizeDefault = 8;

// Opens a PostgreSQL database (15 or later, UTF8) through libpq.
//
// conninfo   "postgresql://…" or "host=… dbname=…"; several hosts with target_session_attrs=read-write follow a failover
// pool_size  connections; a caller beyond them waits
// Isolation  write() is SERIALIZABLE, so that what a body read is still true when it commits, as on SQLite; a rerun has the
// database's
//            writers to itself, so that it does not fail again. read() is REPEATABLE READ, READ ONLY.
// Errors     unavailable, "store.lost_connection"  at open or later; nothing was done; the next call connects anew
//            unavailable, "store.unknown_outcome"  the connection broke during COMMIT, or the server committed without its
//            synchronous
//                                                  standby: reconcile by idempotency key
//            unsupported, "store.server_settings"  fsync off, an encoding other than UTF8 or a version below 15 (place: which)
//            From write() and read() besides what store.h says: limit, "store.disk_full"; busy, "store.busy" (timeout, no slot);
//            corrupt, "store.corrupt".
Result<std::unique_ptr<Store>> open_postgres(const std::string& conninfo, std::size_t pool_size = kPostgresPoolSizeDefault);

}  // namespace tutela::store
