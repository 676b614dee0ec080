#include "model/fingerprint.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace tutela {
namespace {

struct KnownAlgorithm {
  std::string_view word;
  Comparison comparison;
  std::size_t value_bytes;  // 0: not fixed
};

// What is not listed here is carried.
constexpr std::array kKnown = {
    KnownAlgorithm{"sha256", Comparison::digest, 32},        KnownAlgorithm{"sha512", Comparison::digest, 64},
    KnownAlgorithm{"sha1", Comparison::weak_digest, 20},     KnownAlgorithm{"md5", Comparison::weak_digest, 16},
    KnownAlgorithm{"pdq", Comparison::hamming_256, 32},      KnownAlgorithm{"pdq_nearest512", Comparison::hamming_256, 32},
    KnownAlgorithm{"pdq_pytx", Comparison::hamming_256, 32}, KnownAlgorithm{"photodna", Comparison::equality, 144},
};

const KnownAlgorithm* find_known(std::string_view word) {
  const auto* found = std::ranges::find(kKnown, word, &KnownAlgorithm::word);
  return found == kKnown.end() ? nullptr : found;
}

constexpr bool is_word_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

Result<Algorithm> Algorithm::parse(std::string_view word) {
  constexpr std::size_t kWordBytesMax = 32;
  if (word.empty() || word.size() > kWordBytesMax || !std::ranges::all_of(word, is_word_character))
    return fail(ErrorCode::invalid, "fingerprint.bad_algorithm");
  return Algorithm(std::string(word));
}

Algorithm Algorithm::sha256() { return Algorithm("sha256"); }
Algorithm Algorithm::sha1() { return Algorithm("sha1"); }
Algorithm Algorithm::md5() { return Algorithm("md5"); }
Algorithm Algorithm::pdq() { return Algorithm("pdq"); }
Algorithm Algorithm::pdq_nearest512() { return Algorithm("pdq_nearest512"); }
Algorithm Algorithm::pdq_pytx() { return Algorithm("pdq_pytx"); }

Comparison Algorithm::comparison() const {
  const KnownAlgorithm* known = find_known(word_);
  return known != nullptr ? known->comparison : Comparison::carried;
}

std::optional<std::size_t> Algorithm::value_bytes() const {
  const KnownAlgorithm* known = find_known(word_);
  if (known == nullptr || known->value_bytes == 0) return std::nullopt;
  return known->value_bytes;
}

Result<Fingerprint> Fingerprint::make(Algorithm algorithm, Bytes value, std::optional<std::int64_t> quality) {
  if (value.empty() || value.size() > kFingerprintBytesMax || value.size() != algorithm.value_bytes().value_or(value.size()))
    return fail(ErrorCode::invalid, "fingerprint.bad_length");
  if (quality && (*quality < 0 || *quality > 100)) return fail(ErrorCode::invalid, "fingerprint.bad_quality");
  return Fingerprint(std::move(algorithm), std::move(value), quality);
}

Result<Fingerprint> Fingerprint::parse_hex(Algorithm algorithm, std::string_view hex, std::optional<std::int64_t> quality) {
  if (hex.size() > 2 * kFingerprintBytesMax) return fail(ErrorCode::invalid, "fingerprint.bad_length");
  TUTELA_ASSIGN(auto value, decode_hex(hex));
  return make(std::move(algorithm), std::move(value), quality);
}

std::optional<std::string_view> Fingerprint::why_not_compared() const {
  switch (algorithm_.comparison()) {
    case Comparison::carried:
      return "algorithm_carried_only";
    case Comparison::hamming_256:
      if (quality_.value_or(kPdqQualityMin) < kPdqQualityMin) return "quality_below_50";
      return std::nullopt;
    case Comparison::digest:
    case Comparison::weak_digest:
    case Comparison::equality:
      return std::nullopt;
  }
  check_failed("a comparison");
}

}  // namespace tutela
