#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/merkle.h"
#include "ledger/signed_note.h"

namespace tutela::ledger {

// Digits without sign or leading zero, at most 2^64 - 1: the only form of a number in what the ledger signs.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

// The largest number of an epoch: every reader of JSON has it exactly.
inline constexpr std::uint64_t kEpochMax = (std::uint64_t{1} << 53) - 1;

// "NAME/epoch-N": every restore opens an epoch of another number, so there are never two trees under one origin and size.
struct Origin {
  std::string name;
  std::uint64_t epoch;  // 1..kEpochMax
  friend bool operator==(const Origin&, const Origin&) = default;
};

std::string encode_origin(const Origin& origin);
// invalid, "checkpoint.malformed".
Result<Origin> parse_origin(std::string_view text);

// C2SP tlog-checkpoint without extension lines: origin, size, base64 root.
struct Checkpoint {
  Origin origin;
  std::uint64_t size;
  Hash root;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

std::string encode_checkpoint(const Checkpoint& checkpoint);
// One form only. invalid, "checkpoint.malformed".
Result<Checkpoint> parse_checkpoint(std::string_view text);

// A signed note whose key name is the origin. Its reader is open_checkpoint() of key_chain.h.
std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::KeyPair& key);

}  // namespace tutela::ledger
