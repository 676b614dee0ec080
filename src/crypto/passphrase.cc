#include "crypto/passphrase.h"

#include <sodium.h>

namespace tutela::crypto {

static_assert(std::tuple_size_v<PassphraseSalt> == crypto_pwhash_SALTBYTES);

Result<PassphraseKey> key_of_passphrase(const Sensitive<std::string>& passphrase, const PassphraseSalt& salt,
                                        PassphraseCost cost) {
  const auto& text = passphrase.reveal();
  if (text.size() < kPassphraseBytesMin || text.size() > kPassphraseBytesMax)
    return fail(ErrorCode::invalid, "keys.passphrase_length");
  if (cost.passes < 1 || cost.passes > kPassesMax || cost.memory_mib < 8 || cost.memory_mib > kMemoryMibMax)
    return fail(ErrorCode::corrupt, "keys.bad_cost");
  std::array<std::uint8_t, PassphraseKey::kSize> derived{};
  if (::crypto_pwhash(derived.data(), derived.size(), text.data(), text.size(), salt.data(), cost.passes,
                      std::size_t{cost.memory_mib} << 20, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(ErrorCode::unavailable, "keys.no_memory");
  auto key = PassphraseKey::from_bytes(derived);
  wipe(derived);
  return key;
}

}  // namespace tutela::crypto
