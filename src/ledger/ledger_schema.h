#pragma once

#include <array>
#include <string_view>

#include "store/migrations.h"

namespace tutela::ledger {

// The ledger's tables, in the common subset.
inline constexpr std::string_view kLedgerSchema = R"sql(
CREATE TABLE ledger_staged (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, subject BLOB NOT NULL, at BIGINT NOT NULL, payload TEXT NOT NULL, salt BLOB NOT NULL);
CREATE TABLE ledger_epoch (
  epoch BIGINT PRIMARY KEY, name TEXT NOT NULL, size BIGINT NOT NULL, frontier BLOB NOT NULL, opened_at BIGINT NOT NULL);
CREATE TABLE ledger_leaf (
  epoch BIGINT NOT NULL, leaf_index BIGINT NOT NULL, kind TEXT NOT NULL, subject BLOB NOT NULL, n BIGINT NOT NULL, previous BLOB NOT NULL,
  at BIGINT NOT NULL, payload TEXT NOT NULL, salt BLOB NOT NULL, leaf_hash BLOB NOT NULL, PRIMARY KEY (epoch, leaf_index));
CREATE UNIQUE INDEX ledger_leaf_by_subject ON ledger_leaf (subject, n);
CREATE TABLE ledger_node (
  epoch BIGINT NOT NULL, level BIGINT NOT NULL, position BIGINT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (epoch, level, position));
CREATE TABLE ledger_checkpoint (
  epoch BIGINT NOT NULL, size BIGINT NOT NULL, note TEXT NOT NULL, signed_at BIGINT NOT NULL, PRIMARY KEY (epoch, size));
CREATE TABLE ledger_lease (id BIGINT PRIMARY KEY, holder BLOB NOT NULL, fencing BIGINT NOT NULL, expires_at BIGINT NOT NULL);
)sql";

// Tiles instead of single nodes (a row for 256 leaves, not one for each), and what others signed of checkpoints. An older log has
// leaves but no tiles: `tiled` says how far they reach, and the sequencer makes the rest from the leaves before it numbers
// anything.
inline constexpr std::string_view kLedgerTilesSchema = R"sql(
CREATE TABLE ledger_tile (
  epoch BIGINT NOT NULL, level BIGINT NOT NULL, position BIGINT NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (epoch, level, position));
ALTER TABLE ledger_epoch ADD COLUMN tiled BIGINT NOT NULL DEFAULT 0;
DROP TABLE ledger_node;
CREATE TABLE ledger_cosignature (
  epoch BIGINT NOT NULL, size BIGINT NOT NULL, witness TEXT NOT NULL, line TEXT NOT NULL, cosigned_at BIGINT NOT NULL,
  PRIMARY KEY (epoch, size, witness));
CREATE TABLE ledger_time_stamp (
  epoch BIGINT NOT NULL, size BIGINT NOT NULL, reply BLOB NOT NULL, stamped_at BIGINT NOT NULL, PRIMARY KEY (epoch, size));
)sql";

// A pseudonym is a random key, and a random key costs more the larger the index is. Behind the time at which its subject came to
// be (Chain::born_at) it is appended instead. What was there before stays without that time: a pseudonym cannot be turned back.
inline constexpr std::string_view kLedgerBornSchema = R"sql(
ALTER TABLE ledger_staged ADD COLUMN born_at BIGINT NOT NULL DEFAULT -1;
ALTER TABLE ledger_leaf ADD COLUMN born_at BIGINT NOT NULL DEFAULT -1;
DROP INDEX ledger_leaf_by_subject;
CREATE UNIQUE INDEX ledger_leaf_by_chain ON ledger_leaf (born_at, subject, n);
)sql";

// The steps of the schema that are the ledger's; their numbers are taken from one row for the whole program (store/migrations.h).
inline constexpr std::array kLedgerMigrations{store::Migration{2, kLedgerSchema}, store::Migration{5, kLedgerTilesSchema},
                                              store::Migration{9, kLedgerBornSchema}};

}  // namespace tutela::ledger
