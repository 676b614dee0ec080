#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/mac.h"
#include "crypto/signature.h"
#include "ledger/excerpt.h"
#include "ledger/key_chain.h"
#include "ledger/tile.h"
#include "store/store.h"

// What console, API and operator read of the ledger.
namespace tutela::ledger {

// What an entry is about, as in Event.
struct Subject {
  std::string type;
  Bytes id;
};

struct LedgerKeys {
  const crypto::KeyPair& signing_key;
  const crypto::SubjectKey& subject_key;
  std::string_view successions = {};  // by which the node came to its signing key, as parse_successions() reads them
};

// Entries 1..n as numbered so far, at most `count_max`; what is staged is not among them.
Result<std::vector<EntryReport>> entries_of(store::Reader& reader, const Subject& subject, const crypto::SubjectKey& key,
                                            std::int64_t count_max);
// The newest entries of all subjects, newest first.
Result<std::vector<EntryReport>> latest_entries(store::Reader& reader, std::int64_t count_max);

// The signed note to publish. not_found, "ledger.no_epoch".
Result<std::string> latest_checkpoint(store::Reader& reader);

// That the tree of `first` leaves in the current epoch is a prefix of the current one. invalid, "ledger.size_out_of_range".
Result<std::vector<Hash>> consistency_since(store::Reader& reader, std::uint64_t first);

// The same between any two sizes that an epoch had.
Result<std::vector<Hash>> consistency_proof_of(store::Reader& reader, std::uint64_t epoch, const SizePair& sizes);

Result<std::uint64_t> current_epoch_number(store::Reader& reader);  // not_found, "ledger.no_epoch"
// The epoch that a change of the signing key opens: behind every one that is known. not_found, "ledger.no_epoch"; limit,
// "ledger.too_many_epochs".
Result<std::uint64_t> next_epoch(store::Reader& reader, const KeyChain& keys);

// What an epoch publishes (C2SP tlog-tiles). The checkpoint is the newest, or the newest that a witness has cosigned, with all
// its cosignatures. not_found, "ledger.no_epoch", "ledger.not_cosigned".
enum class Published : std::uint8_t { newest, cosigned };
Result<std::string> published_checkpoint(store::Reader& reader, std::uint64_t epoch, Published which);
// The number of leaves in the epoch. One row. not_found, "ledger.no_epoch".
Result<std::uint64_t> published_size(store::Reader& reader, std::uint64_t epoch);
// A tile of hashes or a bundle of leaf data, never payloads. A width that the tile has had, or has. not_found, "ledger.no_tile".
Result<Bytes> published_tile(store::Reader& reader, std::uint64_t epoch, const TilePath& path);
// The first leaf of the checkpoint's epoch, opened, with its place in the checkpoint's tree.
Result<EpochOpening> opening_of(store::Reader& reader, const Checkpoint& checkpoint);

// The excerpt of one subject, as encode_excerpt writes it. Deterministic. not_found, "ledger.unknown_subject" (no numbered
// entry); limit, "ledger.excerpt_too_large".
Result<std::string> export_excerpt(store::Reader& reader, const Subject& subject, const LedgerKeys& keys);

}  // namespace tutela::ledger
