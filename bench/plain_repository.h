#pragma once

#include <cstdint>

#include "store/store.h"

// The floor that a record is measured against: one plain table with a key in order and an index by subject, a statement a row.
namespace tutela::bench {

Result<> create_plain_table(store::Store& store);
Result<> insert_plain(store::Transaction& tx, std::int64_t id, BytesView subject, const Bytes& content);

}  // namespace tutela::bench
