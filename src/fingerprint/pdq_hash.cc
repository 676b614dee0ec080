#include "fingerprint/pdq_hash.h"

namespace tutela::fingerprint {

PdqHash PdqHash::from_bytes(const std::array<std::uint8_t, 32>& bytes) {
  PdqHash hash;
  for (std::size_t i = 0; i < 32; ++i) {
    const std::size_t place = 31 - i;  // significance of the byte
    hash.words_[place / 8] |= std::uint64_t{bytes[i]} << (place % 8 * 8);
  }
  return hash;
}

Result<PdqHash> PdqHash::parse(std::string_view hex) {
  const auto decoded = hex.size() == 64 ? decode_hex(hex) : Result<Bytes>(fail(ErrorCode::invalid, "pdq.malformed"));
  if (!decoded) return fail(ErrorCode::invalid, "pdq.malformed");
  std::array<std::uint8_t, 32> bytes;
  std::copy(decoded->begin(), decoded->end(), bytes.begin());
  return from_bytes(bytes);
}

std::array<std::uint8_t, 32> PdqHash::to_bytes() const {
  std::array<std::uint8_t, 32> bytes;
  for (std::size_t i = 0; i < 32; ++i) {
    const std::size_t place = 31 - i;
    bytes[i] = static_cast<std::uint8_t>(words_[place / 8] >> (place % 8 * 8));
  }
  return bytes;
}

std::string PdqHash::to_hex() const { return encode_hex(to_bytes()); }

int PdqHash::count_bits() const { return hamming_distance_bits(*this, PdqHash()); }

}  // namespace tutela::fingerprint
