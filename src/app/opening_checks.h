#pragma once

#include "app/beside_database.h"
#include "app/node.h"

// What is refused before a node is opened, so that nothing of it is changed.
namespace tutela::app {

// Of a SQLite node, read without its lock and without writing: that the folder is whole, that the database is one of ours and of
// no newer release, and check_what_is_known(). corrupt, "node.half_copied" (place: what is missing), "store.corrupt"; as
// doctor::check_schema_is_ours.
Result<> check_before_opening(const DataFolder& folder, const vault::KeyStore& keys, const Opening& opening = {});

// Of a database, before it is migrated: that it belongs to these keys, that it is no older than what lies beside it remembers
// (beside_database.h), and that the clock is not behind it; a restore, which opens a new epoch, is not asked for its clock.
// corrupt, "node.half_copied", "node.other_keys"; as check_remembered, check_clock.
Result<> check_what_is_known(store::Reader& reader, const Remembered& remembered, const vault::KeyStore& keys,
                             const Opening& opening);

// The one place where a node's database is opened to be written by this program: checked, opened, and brought to this program's
// schema.
Result<std::unique_ptr<store::Store>> open_checked(const DataFolder& folder, const Config& config, const vault::KeyStore& keys,
                                                   const Opening& opening);

// That it belongs to these keys. corrupt, "node.half_copied", "node.other_keys".
Result<> check_ledger_is_ours(store::Reader& reader, const vault::KeyStore& keys);

// That the clock is not behind what the node already signed: an hour that runs twice would put entries, clocks of law and leases
// into a past that is over. unavailable, "node.clock_behind" (place: by how many minutes).
inline constexpr std::chrono::minutes kClockBehindMax{5};
Result<> check_clock(store::Reader& reader, Time now);

}  // namespace tutela::app
