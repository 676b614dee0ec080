#include "intake/receipt.h"

#include <algorithm>
#include <optional>

namespace tutela::intake {
namespace {

// Crockford's base32: no I, L, O, U. https://www.crockford.com/base32.html
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kGroup = 4;
constexpr std::size_t kSymbols = Receipt::kDataSymbols + Receipt::kCheckSymbols;
static_assert(Receipt::kDataSymbols * 5 == Receipt::kRandomBits && kSymbols % kGroup == 0);
static_assert(Receipt::kDataSymbols <= 31, "the places must be different powers of the field's generator");

// Powers of x in GF(32) = GF(2)[x] / (x^5 + x^2 + 1), in which every element but 0 is one.
constexpr auto kPowers = [] {
  std::array<std::uint8_t, 31> powers{};
  unsigned value = 1;
  for (auto& power : powers) {
    power = static_cast<std::uint8_t>(value);
    value <<= 1U;
    if ((value & 0b100000U) != 0) value ^= 0b100101U;
  }
  return powers;
}();

constexpr auto kLogarithms = [] {
  std::array<std::uint8_t, 32> logarithms{};
  for (std::size_t power = 0; power < kPowers.size(); ++power) logarithms[kPowers[power]] = static_cast<std::uint8_t>(power);
  return logarithms;
}();

// Check symbol k = 1..4 is the sum of symbol i times x^(k i). Any error in w of the data symbols leaves at least 5 - w check
// symbols wrong (Vandermonde), so up to four wrong symbols anywhere are found, an exchange of two among them.
std::array<std::uint8_t, Receipt::kCheckSymbols> check_of(const std::array<std::uint8_t, Receipt::kDataSymbols>& symbols) {
  std::array<std::uint8_t, Receipt::kCheckSymbols> check{};
  for (std::size_t k = 0; k < check.size(); ++k)
    for (std::size_t i = 0; i < symbols.size(); ++i)
      if (symbols[i] != 0) check[k] ^= kPowers[(kLogarithms[symbols[i]] + (k + 1) * i) % kPowers.size()];
  return check;
}

std::optional<std::uint8_t> symbol_of(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const std::size_t place = kAlphabet.find(c);
  if (place == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(place);
}

// How many bytes of white space or dash stand at the beginning: ASCII, no-break space, and the dashes that word processors make
// of a hyphen.
std::size_t separator_bytes(std::string_view text) {
  constexpr std::string_view kAscii = " \t\r\n-";
  if (kAscii.find(text.front()) != std::string_view::npos) return 1;
  if (text.starts_with("\u00a0")) return 2;
  for (const std::string_view dash : {"\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"})
    if (text.starts_with(dash)) return dash.size();
  return 0;
}

}  // namespace

Receipt Receipt::make(Random& random) {
  Symbols symbols = random.bytes<kDataSymbols>();
  for (auto& symbol : symbols) symbol &= 31U;
  return Receipt(symbols);
}

Result<Receipt> Receipt::parse(std::string_view text) {
  if (text.size() > kTextBytesMax) return fail(ErrorCode::invalid, "receipt.malformed");
  std::array<std::uint8_t, kSymbols> read{};
  std::size_t count = 0;
  while (!text.empty()) {
    if (const std::size_t skipped = separator_bytes(text); skipped > 0) {
      text.remove_prefix(skipped);
      continue;
    }
    const auto symbol = symbol_of(text.front());
    if (!symbol || count == kSymbols) return fail(ErrorCode::invalid, "receipt.malformed");
    read[count++] = *symbol;
    text.remove_prefix(1);
  }
  if (count != kSymbols) return fail(ErrorCode::invalid, "receipt.malformed");
  Symbols symbols;
  std::copy_n(read.begin(), symbols.size(), symbols.begin());
  const auto check = check_of(symbols);
  if (!std::equal(check.begin(), check.end(), read.begin() + kDataSymbols)) return fail(ErrorCode::invalid, "receipt.mistyped");
  return Receipt(symbols);
}

std::string Receipt::reveal_text() const {
  std::string text;
  const auto append = [&](std::uint8_t symbol) {
    if (text.size() % (kGroup + 1) == kGroup) text += '-';
    text += kAlphabet[symbol];
  };
  std::ranges::for_each(symbols_, append);
  std::ranges::for_each(check_of(symbols_), append);
  return text;
}

}  // namespace tutela::intake
