#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tutela::fingerprint {

// 256 bits. Word w holds bits 64w..64w+63; bit k is the value 2^k of the number that the 64 hexadecimal digits write, most
// significant first. A fingerprint is sensitive (I7): there is no operator<<, `to_hex` is the word to grep for.
class PdqHash {
 public:
  static constexpr int kBits = 256;

  constexpr PdqHash() = default;
  // Most significant byte first, as in the text.
  static PdqHash from_bytes(const std::array<std::uint8_t, 32>& bytes);
  // Exactly 64 lower-case hexadecimal digits. invalid, "pdq.malformed".
  static Result<PdqHash> parse(std::string_view hex);

  std::array<std::uint8_t, 32> to_bytes() const;
  std::string to_hex() const;

  const std::array<std::uint64_t, 4>& words() const { return words_; }
  void set_bit(int bit) { words_[static_cast<std::size_t>(bit) / 64] |= std::uint64_t{1} << (bit % 64); }
  int count_bits() const;

  friend int hamming_distance_bits(const PdqHash& a, const PdqHash& b) {
    int bits = 0;
    for (std::size_t w = 0; w < 4; ++w) bits += std::popcount(a.words_[w] ^ b.words_[w]);
    return bits;
  }
  friend auto operator<=>(const PdqHash&, const PdqHash&) = default;

 private:
  std::array<std::uint64_t, 4> words_ = {};
};

// A hash and how much it says: 0..100. Below 50 a picture has too little structure for its hash to be matched.
struct PdqFingerprint {
  PdqHash hash;
  int quality = 0;
  friend bool operator==(const PdqFingerprint&, const PdqFingerprint&) = default;
};
inline constexpr int kPdqQualityMatchMin = 50;

// A picture as stored, rotate90, rotate180, rotate270, flipX, flipY, flipPlus1, flipMinus1: what a query of unknown orientation
// is compared with. Never stored.
using DihedralHashes = std::array<PdqHash, 8>;

}  // namespace tutela::fingerprint
