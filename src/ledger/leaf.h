#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "ledger/event.h"
#include "ledger/merkle.h"

namespace tutela::ledger {

// Kept with the entry, handed over to open it. Without it a leaf tells nothing, not even to who guesses the rest.
using Salt = std::array<std::uint8_t, 32>;

// All that leaf v1 commits to (spec/ledger.md).
struct LeafOpening {
  std::string kind;
  SubjectPseudonym subject;
  std::uint64_t n;  // 1 for a subject's first entry
  Hash previous;    // leaf hash of the subject's entry n - 1; zeros for n = 1
  Time at;
  std::string payload;
  Salt salt;
};

// version 0x01 ‖ HMAC-SHA-256(salt, u32 length of kind ‖ kind ‖ subject ‖ u64 n ‖ previous ‖ u64 unix ms ‖ SHA-256(payload)).
inline constexpr std::size_t kLeafBytes = 33;
using LeafData = std::array<std::uint8_t, kLeafBytes>;

LeafData encode_leaf(const LeafOpening& opening);
// hash_leaf(encode_leaf(opening)).
Hash leaf_hash(const LeafOpening& opening);

}  // namespace tutela::ledger
