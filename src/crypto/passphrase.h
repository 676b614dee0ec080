#pragma once

#include <array>
#include <string>

#include "base/result.h"
#include "base/sensitive.h"
#include "crypto/secret.h"

namespace tutela::crypto {

using PassphraseKey = SecretKey<32, struct PassphrasePurpose>;
using PassphraseSalt = std::array<std::uint8_t, 16>;

// What one guess costs whoever has the sealed key folder: Argon2id (RFC 9106).
struct PassphraseCost {
  unsigned passes = 3;
  unsigned memory_mib = 256;
};
inline constexpr unsigned kPassesMax = 16;
inline constexpr unsigned kMemoryMibMax = 1024;
inline constexpr std::size_t kPassphraseBytesMin = 12;
inline constexpr std::size_t kPassphraseBytesMax = 1024;

// The same inputs give the same key. invalid, "keys.passphrase_length"; corrupt, "keys.bad_cost" (outside 1..16 passes, 8..1024
// MiB); unavailable, "keys.no_memory". Cost  about 0.7 s and 256 MiB by default
Result<PassphraseKey> key_of_passphrase(const Sensitive<std::string>& passphrase, const PassphraseSalt& salt,
                                        PassphraseCost cost);

}  // namespace tutela::crypto
