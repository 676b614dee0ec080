#pragma once

#include "app/node.h"

// What is refused before a node is opened, so that nothing of it is changed.
namespace tutela::app {

// Of a SQLite node, read without its lock and without writing: that the folder is whole, that the database is one of ours and of
// no newer release, and that it belongs to these keys. corrupt, "node.half_copied" (place: what is missing), "node.other_keys",
// "store.corrupt"; as doctor::check_schema_is_ours.
Result<> check_before_opening(const DataFolder& folder, const vault::KeyStore& keys);

// Of an opened database, before it is migrated: that it belongs to these keys. corrupt, "node.half_copied", "node.other_keys".
Result<> check_ledger_is_ours(store::Reader& reader, const vault::KeyStore& keys);

// That the clock is not behind what the node already signed: an hour that runs twice would put entries, clocks of law and leases
// into a past that is over. conflict, "node.clock_behind" (place: by how many minutes).
inline constexpr std::chrono::minutes kClockBehindMax{5};
Result<> check_clock(store::Store& store, Time now);

}  // namespace tutela::app
