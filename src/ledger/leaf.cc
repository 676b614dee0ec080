#include "ledger/leaf.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/mac.h"

namespace tutela::ledger {

LeafData encode_leaf(const LeafOpening& opening) {
  Bytes message;
  append_prefixed(message, as_bytes(opening.kind));
  append_bytes(message, opening.subject);
  append_u64(message, opening.n);
  append_bytes(message, opening.previous);
  append_u64(message, static_cast<std::uint64_t>(to_unix_ms(opening.at)));
  append_bytes(message, crypto::sha256(as_bytes(opening.payload)));
  const auto commitment = crypto::hmac_sha256(opening.salt, message);
  LeafData data;
  data[0] = 0x01;
  std::copy(commitment.begin(), commitment.end(), data.begin() + 1);
  return data;
}

Hash leaf_hash(const LeafOpening& opening) { return hash_leaf(encode_leaf(opening)); }

}  // namespace tutela::ledger
