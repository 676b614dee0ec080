#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/signature.h"
#include "ledger/checkpoint.h"
#include "ledger/key_chain.h"
#include "ledger/leaf.h"
#include "ledger/statement.h"

// The record of one subject, checkable by an outsider who has one public key of the node and nothing else (spec/ledger.md).
namespace tutela::ledger {

// Entry n of the subject; its predecessor is the entry before it in the excerpt.
struct ExcerptEntry {
  std::uint64_t epoch;
  std::uint64_t index;
  std::uint64_t n;
  std::string kind;
  Time at;
  std::string payload;
  Salt salt;
  std::vector<Hash> proof;
};

// The first leaf of an epoch, opened. It belongs to the node's own chain, so its place there is given.
struct EpochOpening {
  SubjectPseudonym subject;
  std::uint64_t n;
  Hash previous;
  Time at;
  std::string payload;
  Salt salt;
  std::vector<Hash> proof;
};

inline constexpr std::size_t kOpeningBytesMax = 64 * 1024;
// As a file of its own in an export: one object of the excerpt's layout, on one line.
std::string encode_opening(const EpochOpening& opening);
// Accepts exactly what encode_opening writes. invalid, "excerpt.malformed"; limit, "excerpt.too_large".
Result<EpochOpening> parse_opening(std::string_view text);
Hash leaf_hash(const EpochOpening& opening);
// What a restore lost behind what is shown of an epoch, at least: as the next epoch's opening says, or a known checkpoint shows.
struct Cut {
  std::uint64_t leaves = 0;                       // of the epoch itself, from where it ends here
  std::map<std::uint64_t, std::uint64_t> epochs;  // by number, those that were lost whole, and how many leaves each had
};
// That the opening is that of this epoch and follows from what is shown of the one before. corrupt, "excerpt.bad_epoch".
Result<Cut> verify_opening(const EpochOpening& opening, std::uint64_t epoch, const std::optional<Checkpoint>& before);
// What a known checkpoint adds to the cut behind `shown`, the newest that is shown of its epoch, or of the last one before it.
void note_lost(const Checkpoint& known, const Checkpoint& shown, Cut& cut);

struct ExcerptEpoch {
  std::string checkpoint;  // signed note
  EpochOpening opening;
};

struct Excerpt {
  std::string statement;             // signed note
  std::vector<ExcerptEpoch> epochs;  // from 1 up to the current one
  std::vector<ExcerptEntry> entries;
  std::string successions = {};  // as parse_successions() reads them; empty where the key was never changed
};

std::string encode_excerpt(const Excerpt& excerpt);
// Accepts exactly what encode_excerpt writes. invalid, "excerpt.malformed" with the byte's offset; limit, "excerpt.too_large".
Result<Excerpt> parse_excerpt(std::string_view text);

struct EpochReport {
  Checkpoint checkpoint;
  Time opened_at;
  Cut lost;  // behind what is shown of this epoch, by a restore
};

struct EntryReport {
  std::uint64_t epoch;
  std::uint64_t index;
  std::uint64_t n;
  std::string kind;
  Time at;
  std::string payload;
};

struct ExcerptReport {
  std::string node;
  std::string about;
  std::vector<EpochReport> epochs;
  std::vector<EntryReport> entries;
  std::vector<Succession> successions;
};

// Checks everything an excerpt can show. All corrupt unless said otherwise:
//   as parse_excerpt (invalid), parse_note (invalid)
//   note.wrong_key, note.bad_signature       a checkpoint or the statement was not signed by the key of its epoch, or was
//   changed;
//                                            or the trusted key is none of the node's
//   as join_successions
//   excerpt.checkpoint_swapped               a checkpoint is not the one the statement names
//   excerpt.reordered                        all entries are there, in another order
//   excerpt.missing_entry                    a number between 1 and the last is missing or double
//   excerpt.cut_off                          fewer entries than the statement says
//   excerpt.surplus_entry                    more
//   excerpt.bad_entry                        an entry is not in the tree as it stands here: changed, or from elsewhere
//   excerpt.wrong_head                       the last entry is not the one the statement names
//   excerpt.bad_epoch                        an epoch's first leaf does not open it, or does not follow from the one before
// trusted      any one key that the node had
// successions  known from elsewhere, for an excerpt that is older than the trusted key; may be empty
Result<ExcerptReport> verify_excerpt(std::string_view text, const crypto::PublicKey& trusted, std::string_view successions = {});

}  // namespace tutela::ledger
