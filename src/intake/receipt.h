#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"

// What a reporter keeps: 100 random bits as 20 symbols and 4 check symbols, in groups of four (spec/receipt.md).
//
//   7K2M-9QX4-0ABC-DEFG-HJKM-NPQR
//
// The node keeps only a keyed hash. The check symbols find any four mistyped symbols and any two exchanged ones, so that a slip
// of the hand is told from an unknown receipt.
namespace tutela::intake {

class Receipt {
 public:
  static constexpr std::size_t kRandomBits = 100;
  static constexpr std::size_t kDataSymbols = 20;
  static constexpr std::size_t kCheckSymbols = 4;
  static constexpr std::size_t kTextBytesMax = 128;

  static Receipt make(Random& random);
  // Any case; spaces and dashes (also typographic ones) anywhere; O for 0, I and L for 1. invalid, "receipt.malformed" (another
  // length or symbol), "receipt.mistyped" (the check fails).
  static Result<Receipt> parse(std::string_view text);

  // Shown once to the reporter and nowhere else: no operator<<, no formatter.
  std::string reveal_text() const;
  // The 20 data symbols, one 5-bit value a byte: what is hashed with the node's key.
  BytesView reveal_secret() const { return symbols_; }

  friend bool operator==(const Receipt&, const Receipt&) = default;

 private:
  using Symbols = std::array<std::uint8_t, kDataSymbols>;
  explicit Receipt(const Symbols& symbols) : symbols_(symbols) {}
  Symbols symbols_;
};

}  // namespace tutela::intake
