#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/signature.h"
#include "ledger/checkpoint.h"
#include "ledger/leaf.h"

// The record of one subject, checkable by an outsider who has the node's public key and nothing else (spec/ledger.md).
namespace tutela::ledger {

inline constexpr std::size_t kEpochsMax = 1000;
inline constexpr std::size_t kAboutBytesMax = 160;

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

struct ExcerptEpoch {
  std::string checkpoint;  // signed note
  EpochOpening opening;
};

struct Excerpt {
  std::string statement;             // signed note
  std::vector<ExcerptEpoch> epochs;  // 1, 2, … up to the current one
  std::vector<ExcerptEntry> entries;
};

// What the node signs about the subject: "it has `entries` entries at these tree sizes". A false one is provable later.
struct Statement {
  std::string about;  // "item/0190…": type and id in hex; the node's word, since the pseudonym tells an outsider nothing
  SubjectPseudonym subject;
  std::uint64_t entries;
  Hash head;  // leaf hash of the last entry
  std::vector<Checkpoint> checkpoints;
};

std::string encode_statement(const Statement& statement);
// invalid, "excerpt.bad_statement".
Result<Statement> parse_statement(std::string_view text);

// Payload of an epoch's first leaf. `previous` is the last checkpoint known of the epoch before, from whoever knew the most.
std::string encode_opening_payload(std::uint64_t epoch, const std::optional<Checkpoint>& previous);
struct OpeningPayload {
  std::uint64_t epoch;
  std::optional<Checkpoint> previous;
};
// invalid, "excerpt.bad_opening".
Result<OpeningPayload> parse_opening_payload(std::string_view text);

std::string encode_excerpt(const Excerpt& excerpt);
// Accepts exactly what encode_excerpt writes. invalid, "excerpt.malformed" with the byte's offset; limit, "excerpt.too_large".
Result<Excerpt> parse_excerpt(std::string_view text);

struct EpochReport {
  Checkpoint checkpoint;
  Time opened_at;
  // Leaves that the next epoch's opening says were known but that the node no longer had after its restore; 0 for none.
  std::uint64_t leaves_lost;
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
};

// Checks everything an excerpt can show. All corrupt unless said otherwise:
//   as parse_excerpt (invalid), parse_note (invalid)
//   note.wrong_key, note.bad_signature       a checkpoint or the statement was not signed by the trusted key, or was changed
//   excerpt.checkpoint_swapped               a checkpoint is not the one the statement names
//   excerpt.reordered                        all entries are there, in another order
//   excerpt.missing_entry                    a number between 1 and the last is missing or double
//   excerpt.cut_off                          fewer entries than the statement says
//   excerpt.surplus_entry                    more
//   excerpt.bad_entry                        an entry is not in the tree as it stands here: changed, or from elsewhere
//   excerpt.wrong_head                       the last entry is not the one the statement names
//   excerpt.bad_epoch                        an epoch's first leaf does not open it, or does not follow from the one before
Result<ExcerptReport> verify_excerpt(std::string_view text, const crypto::PublicKey& trusted);

}  // namespace tutela::ledger
