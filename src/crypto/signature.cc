#include "crypto/signature.h"

#include <sodium.h>

#include "base/check.h"

namespace tutela::crypto {

KeyPair KeyPair::from_seed(const SigningSeed& seed) {
  PublicKey public_key;
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> expanded;
  TUTELA_CHECK(::crypto_sign_seed_keypair(public_key.data(), expanded.data(), seed.reveal().data()) == 0);
  auto secret = Secret::from_bytes(expanded).value();
  wipe(expanded);
  return {public_key, std::move(secret)};
}

Signature KeyPair::sign(BytesView message) const {
  Signature signature;
  TUTELA_CHECK(::crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret_.reveal().data()) == 0);
  return signature;
}

Result<> verify_signature(const PublicKey& key, BytesView message, const Signature& signature) {
  if (::crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) != 0)
    return fail(ErrorCode::corrupt, "crypto.bad_signature");
  return {};
}

}  // namespace tutela::crypto
