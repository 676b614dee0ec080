#include "crypto/password.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <semaphore>

namespace tutela::crypto {
namespace {

constexpr std::size_t kPasswordBytesMin = 12;
constexpr std::size_t kPasswordBytesMax = 256;
constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemoryBytes = std::size_t{64} << 20;
constexpr std::chrono::seconds kWaitMax{5};

std::counting_semaphore<2>& turns() {
  static std::counting_semaphore<2> two{2};
  return two;
}

// Holds one of the two turns while it lives.
class Turn {
 public:
  Turn() : taken_(turns().try_acquire_for(kWaitMax)) {}
  ~Turn() {
    if (taken_) turns().release();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool taken() const { return taken_; }

 private:
  bool taken_;
};

std::unexpected<Error> busy() { return fail(ErrorCode::busy, "password.busy"); }

}  // namespace

Result<std::string> hash_password(const Sensitive<std::string>& password) {
  const auto& text = password.reveal();
  if (text.size() < kPasswordBytesMin || text.size() > kPasswordBytesMax) return fail(ErrorCode::invalid, "password.length");
  const Turn turn;
  if (!turn.taken()) return busy();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (::crypto_pwhash_str_alg(hash.data(), text.data(), text.size(), kPasses, kMemoryBytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(ErrorCode::unavailable, "password.no_memory");
  return std::string(hash.data());
}

Result<> verify_password(const Sensitive<std::string>& password, const std::string& hash) {
  const auto& text = password.reveal();
  // Longer ones were never hashed; refusing them early also bounds the work.
  if (text.size() > kPasswordBytesMax) return fail(ErrorCode::denied, "password.wrong");
  if (hash.size() >= crypto_pwhash_STRBYTES) return fail(ErrorCode::corrupt, "password.malformed_hash");
  std::array<char, crypto_pwhash_STRBYTES> stored{};
  std::copy(hash.begin(), hash.end(), stored.begin());
  if (::crypto_pwhash_str_needs_rehash(stored.data(), kPasses, kMemoryBytes) != 0)
    return fail(ErrorCode::corrupt, "password.malformed_hash");
  const Turn turn;
  if (!turn.taken()) return busy();
  if (::crypto_pwhash_str_verify(stored.data(), text.data(), text.size()) != 0) return fail(ErrorCode::denied, "password.wrong");
  return {};
}

Result<> refuse_password(const Sensitive<std::string>& password) {
  const Turn turn;
  if (!turn.taken()) return busy();
  std::array<std::uint8_t, 32> unused;
  constexpr std::array<std::uint8_t, crypto_pwhash_SALTBYTES> kSalt{};
  const auto& text = password.reveal();
  const auto length = std::min(text.size(), kPasswordBytesMax);
  if (::crypto_pwhash(unused.data(), unused.size(), text.data(), length, kSalt.data(), kPasses, kMemoryBytes,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(ErrorCode::unavailable, "password.no_memory");
  return fail(ErrorCode::denied, "password.wrong");
}

}  // namespace tutela::crypto
