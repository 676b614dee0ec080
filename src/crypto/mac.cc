#include "crypto/mac.h"

#include <sodium.h>

namespace tutela::crypto {

Mac hmac_sha256(std::span<const std::uint8_t, 32> key, BytesView message) {
  static_assert(crypto_auth_hmacsha256_KEYBYTES == 32 && crypto_auth_hmacsha256_BYTES == 32);
  Mac mac;
  ::crypto_auth_hmacsha256(mac.data(), message.data(), message.size(), key.data());
  return mac;
}

}  // namespace tutela::crypto
