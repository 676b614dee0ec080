#pragma once

#include <cstdint>
#include <initializer_list>

namespace tutela::fingerprint {

// How a picture is brought to PDQ (fingerprint/pdq.h has what each does). The conventions differ by up to 24 of 256 bits on one
// photograph, so a hash always travels with the name of its own.
enum class PdqConvention : std::uint8_t {
  full = 1,        // "pdq"
  nearest512 = 2,  // "pdq_nearest512"
  pytx = 4,        // "pdq_pytx"
};

// A set of them.
class PdqConventions {
 public:
  static constexpr std::uint8_t kAllBits = 7;

  constexpr PdqConventions() = default;
  constexpr PdqConventions(std::initializer_list<PdqConvention> conventions) {
    for (const PdqConvention convention : conventions) bits_ = static_cast<std::uint8_t>(bits_ | bit_of(convention));
  }
  // The bits as the decoder's wire carries them; others than kAllBits are dropped.
  static constexpr PdqConventions from_bits(std::uint8_t bits) {
    PdqConventions conventions;
    conventions.bits_ = bits & kAllBits;
    return conventions;
  }

  constexpr bool contains(PdqConvention convention) const { return (bits_ & bit_of(convention)) != 0; }
  constexpr std::uint8_t bits() const { return bits_; }
  friend constexpr bool operator==(PdqConventions, PdqConventions) = default;

 private:
  static constexpr std::uint8_t bit_of(PdqConvention convention) { return static_cast<std::uint8_t>(convention); }
  std::uint8_t bits_ = 0;
};

// Whether only the picture as it is stored is hashed, or also its turns and flips.
enum class PdqForms : std::uint8_t { as_stored = 0, dihedral = 1 };

}  // namespace tutela::fingerprint
