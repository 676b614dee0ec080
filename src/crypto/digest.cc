#include "crypto/digest.h"

#include <sodium.h>

namespace tutela::crypto {

std::array<std::uint8_t, 32> sha256(BytesView bytes) {
  std::array<std::uint8_t, 32> digest;
  ::crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
  return digest;
}

}  // namespace tutela::crypto
