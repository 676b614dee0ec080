#include "crypto/sealing.h"

#include <sodium.h>

#include "base/check.h"

namespace tutela::crypto {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kSealOverheadBytes == 1 + kNonceBytes + kTagBytes);

}  // namespace

Bytes seal_with(std::span<const std::uint8_t, 32> key, std::string_view context, BytesView plaintext, Random& random) {
  Bytes sealed(plaintext.size() + kSealOverheadBytes);
  sealed[0] = kVersion;
  const std::span nonce(sealed.data() + 1, kNonceBytes);
  random.fill(nonce);
  unsigned long long written = 0;
  const auto aad = as_bytes(context);
  TUTELA_CHECK(::crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + 1 + kNonceBytes, &written, plaintext.data(),
                                                            plaintext.size(), aad.data(), aad.size(), nullptr, nonce.data(),
                                                            key.data()) == 0);
  TUTELA_CHECK(written == plaintext.size() + kTagBytes);
  return sealed;
}

Result<Bytes> open_with(std::span<const std::uint8_t, 32> key, std::string_view context, BytesView sealed) {
  if (sealed.size() < kSealOverheadBytes || sealed[0] != kVersion) return fail(ErrorCode::corrupt, "crypto.seal_malformed");
  const auto nonce = sealed.subspan(1, kNonceBytes);
  const auto body = sealed.subspan(1 + kNonceBytes);
  // One spare byte, so that the pointer is never null.
  Bytes plaintext(body.size() - kTagBytes + 1);
  unsigned long long written = 0;
  const auto aad = as_bytes(context);
  if (::crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext.data(), &written, nullptr, body.data(), body.size(), aad.data(),
                                                   aad.size(), nonce.data(), key.data()) != 0)
    return fail(ErrorCode::corrupt, "crypto.seal_broken");
  plaintext.resize(static_cast<std::size_t>(written));
  return plaintext;
}

}  // namespace tutela::crypto
