#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/event.h"

namespace tutela::ledger {

// Restores and changes of its signing key that a node may live through; bounds a statement to one note.
inline constexpr std::size_t kEpochsMax = 150;
inline constexpr std::size_t kAboutBytesMax = 160;

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

// Payload of an epoch's first leaf. `previous` is the last checkpoint known before it, from whoever knew the most.
struct OpeningPayload {
  std::uint64_t epoch;
  std::uint64_t follows;               // the epoch that the node held when it opened this one; 0 for the first
  std::optional<Checkpoint> previous;  // of `follows` or of an epoch that was lost
};
std::string encode_opening_payload(const OpeningPayload& payload);
// invalid, "excerpt.bad_opening".
Result<OpeningPayload> parse_opening_payload(std::string_view text);

}  // namespace tutela::ledger
