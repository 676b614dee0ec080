#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/sensitive.h"

namespace tutela {

// How two values of an algorithm are compared here.
enum class Comparison : std::uint8_t {
  digest,       // equal or not; equality proves equal bytes (sha256, sha512)
  weak_digest,  // equal or not, but somebody can make two files with one value (md5, sha1): a hint, never a proof
  hamming_256,  // 32 bytes, number of differing bits (the PDQ conventions)
  equality,     // a perceptual value that only its owner's software can compare; here equal or not, never a proof (photodna)
  carried,      // stored and passed on unchanged, never matched here
};

// The name of a fingerprint algorithm or of one convention of it. Any well-formed word round-trips unchanged, so that a list may
// bring algorithms that this node does not know; those are carried, not matched.
class Algorithm {
 public:
  // 1 to 32 of a-z 0-9 '_'. invalid, "fingerprint.bad_algorithm".
  static Result<Algorithm> parse(std::string_view word);

  static Algorithm sha256();
  static Algorithm sha1();
  static Algorithm md5();
  static Algorithm pdq();             // full size, float luma
  static Algorithm pdq_nearest512();  // larger pictures first reduced to 512 x 512 by nearest neighbour
  static Algorithm pdq_pytx();        // full size, double luma

  std::string_view word() const { return word_; }
  Comparison comparison() const;
  // Fixed size of a value; nothing where the algorithm does not fix one.
  std::optional<std::size_t> value_bytes() const;

  friend auto operator<=>(const Algorithm&, const Algorithm&) = default;

 private:
  explicit Algorithm(std::string word) : word_(std::move(word)) {}
  std::string word_;
};

// Lower quality than this says too little about the picture to be compared (PDQ reference: discard 49 and less).
inline constexpr std::int64_t kPdqQualityMin = 50;
inline constexpr std::size_t kFingerprintBytesMax = 2048;

// Algorithm, value and, where the algorithm has one, quality 0..100. The value cannot be printed (I7).
class Fingerprint {
 public:
  // invalid, "fingerprint.bad_length" (not the algorithm's size, or outside 1..kFingerprintBytesMax), "fingerprint.bad_quality".
  static Result<Fingerprint> make(Algorithm algorithm, Bytes value, std::optional<std::int64_t> quality = std::nullopt);
  // From lower-case hexadecimal text. As make(), and invalid, "hex.malformed".
  static Result<Fingerprint> parse_hex(Algorithm algorithm, std::string_view hex,
                                       std::optional<std::int64_t> quality = std::nullopt);

  const Algorithm& algorithm() const { return algorithm_; }
  const Bytes& reveal_value() const { return value_.reveal(); }
  std::optional<std::int64_t> quality() const { return quality_; }
  // Why it is compared with nothing, in the word that every answer has for it: "quality_below_50" (a PDQ value below
  // kPdqQualityMin), "algorithm_carried_only". A PDQ value without a quality is comparable: lists omit it.
  std::optional<std::string_view> why_not_compared() const;
  bool is_comparable() const { return !why_not_compared(); }

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;

 private:
  Fingerprint(Algorithm algorithm, Bytes value, std::optional<std::int64_t> quality)
      : algorithm_(std::move(algorithm)), value_(std::move(value)), quality_(quality) {}
  Algorithm algorithm_;
  Sensitive<Bytes> value_;
  std::optional<std::int64_t> quality_;
};

}  // namespace tutela
