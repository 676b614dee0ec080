#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/merkle.h"
#include "ledger/signed_note.h"

namespace tutela::ledger {

// "NAME/epoch-N": a restore opens a new epoch, so there are never two trees under one origin and size.
struct Origin {
  std::string name;
  std::uint64_t epoch;  // from 1
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

// A signed note whose key name is the origin.
std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::KeyPair& key);
// As parse_note, parse_checkpoint and verify_note; invalid, "checkpoint.malformed" when the key's name is not the origin.
Result<Checkpoint> open_checkpoint(std::string_view note, const crypto::PublicKey& key);

}  // namespace tutela::ledger
