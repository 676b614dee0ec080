#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crypto/signature.h"

// The change of a node's signing key, as anybody may see it (spec/ledger.md): a signed note with two signatures, the old key's,
// which vouches for the successor, and the next key's, which vouches for the past. Who trusts one key of the chain so trusts all.
namespace tutela::ledger {

struct Succession {
  std::string node;      // its name, as in an origin
  std::uint64_t number;  // 1, 2, … among the node's successions
  std::uint64_t epoch;   // the first that the next key signs; the old key signs none from here on
  crypto::PublicKey old_key;
  crypto::PublicKey next_key;
  Time at;
  friend bool operator==(const Succession&, const Succession&) = default;
};

// A node's name is one that an origin may have; number and epoch are not 0; the keys are those that the succession names.
// Otherwise a bug.
struct SuccessionKeys {
  const crypto::KeyPair& old_key;
  const crypto::KeyPair& next_key;
};
std::string sign_succession(const Succession& succession, const SuccessionKeys& keys);

// All successions of a node in their order, one note behind the other, as the key folder and an export hold them. Empty text is
// none. One form only: whatever is accepted was signed so by both keys of each note, and is the chain from its beginning.
//
// limit, "succession.too_many"; invalid, "succession.malformed"; corrupt, "succession.bad_signature" (of one of the two keys it
// is missing, or not of these bytes), "succession.broken_chain" (one was left out, moved, doubled, or is another node's). The
// place is the number of the succession. Cost  two signatures to verify each, about 0.2 ms
Result<std::vector<Succession>> parse_successions(std::string_view notes);

// The notes of such a text one by one. As parse_successions() accepted it; otherwise a bug.
std::vector<std::string> split_successions(std::string_view notes);

}  // namespace tutela::ledger
