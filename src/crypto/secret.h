#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <span>

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

namespace tutela::crypto {

// Overwrites with zeros in a way the compiler may not remove.
void wipe(std::span<std::uint8_t> secret);

// Compares in a time that depends on the lengths only.
bool constant_time_equal(BytesView first, BytesView second);

// N secret bytes of one purpose: a key for receipts is not a key for signatures, and the compiler says so. Moves only, wipes
// itself, cannot be printed or formatted (I7). `reveal()` is the word to grep for.
template <std::size_t N, class Purpose>
class SecretKey {
 public:
  static constexpr std::size_t kSize = N;

  static SecretKey make(Random& random) {
    SecretKey key;
    random.fill(key.bytes_);
    return key;
  }
  // corrupt, "crypto.bad_key_length".
  static Result<SecretKey> from_bytes(BytesView bytes) {
    if (bytes.size() != N) return fail(ErrorCode::corrupt, "crypto.bad_key_length");
    SecretKey key;
    std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
    return key;
  }

  SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  SecretKey& operator=(SecretKey&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey() { wipe(bytes_); }

  SecretKey copy() const { return from_bytes(bytes_).value(); }
  std::span<const std::uint8_t, N> reveal() const { return bytes_; }

 private:
  SecretKey() = default;
  std::array<std::uint8_t, N> bytes_{};
};

template <std::size_t N, class Purpose>
std::ostream& operator<<(std::ostream&, const SecretKey<N, Purpose>&) = delete;

}  // namespace tutela::crypto

template <std::size_t N, class Purpose, class Char>
struct fmt::formatter<tutela::crypto::SecretKey<N, Purpose>, Char> {
  formatter() = delete;
};
