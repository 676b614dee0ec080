#pragma once

#include <span>
#include <string_view>

#include "base/random.h"
#include "crypto/secret.h"

// Authenticated encryption with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). A sealed value is
// version 0x01 ‖ nonce[24] ‖ ciphertext ‖ tag[16]; the nonce is random, which 192 bits make safe for any number of values.
namespace tutela::crypto {

inline constexpr std::size_t kSealOverheadBytes = 1 + 24 + 16;

Bytes seal_with(std::span<const std::uint8_t, 32> key, std::string_view context, BytesView plaintext, Random& random);
Result<Bytes> open_with(std::span<const std::uint8_t, 32> key, std::string_view context, BytesView sealed);

// The context is authenticated, not stored: a value sealed for one place does not open in another.
template <class Purpose>
Bytes seal(const SecretKey<32, Purpose>& key, std::string_view context, BytesView plaintext, Random& random) {
  return seal_with(key.reveal(), context, plaintext, random);
}

// corrupt, "crypto.seal_malformed" (too short or of another version); corrupt, "crypto.seal_broken" (another key, context or
// bytes).
template <class Purpose>
Result<Bytes> open_sealed(const SecretKey<32, Purpose>& key, std::string_view context, BytesView sealed) {
  return open_with(key.reveal(), context, sealed);
}

}  // namespace tutela::crypto
