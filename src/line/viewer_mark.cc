#include "line/viewer_mark.h"

#include <array>
#include <string>

#include "base/check.h"

namespace tutela::line {
namespace {

constexpr std::uint32_t kScale = 2;
constexpr std::uint32_t kLetterWidth = 4 * kScale;  // with the gap
constexpr std::uint32_t kRowStep = 56;
constexpr std::uint32_t kGap = 5 * kLetterWidth;
constexpr int kContrast = 40;

// Three by five dots a letter, row by row from the top, the left dot the highest of each three bits.
constexpr std::array<std::uint16_t, 26> kLetters = {
    0b010101111101101, 0b110101110101110, 0b011100100100011, 0b110101101101110, 0b111100110100111, 0b111100110100100,
    0b011100101101011, 0b101101111101101, 0b111010010010111, 0b001001001101010, 0b101101110101101, 0b100100100100111,
    0b101111111101101, 0b110101101101101, 0b010101101101010, 0b110101110100100, 0b010101101110011, 0b110101110101101,
    0b011100010001110, 0b111010010010010, 0b101101101101111, 0b101101101101010, 0b101101111111101, 0b101101010101101,
    0b101101010010010, 0b111001010100111};
constexpr std::array<std::uint16_t, 10> kDigits = {0b111101101101111, 0b010110010010111, 0b111001111100111, 0b111001111001111,
                                                   0b101101111001001, 0b111100111001111, 0b111100111101111, 0b111001010010010,
                                                   0b111101111101111, 0b111101111001111};
constexpr std::uint16_t kHyphen = 0b000000111000000;

std::uint16_t dots_of(char c) {
  if (c >= 'a' && c <= 'z') return kLetters[static_cast<std::size_t>(c - 'a')];
  if (c >= '0' && c <= '9') return kDigits[static_cast<std::size_t>(c - '0')];
  return c == '-' ? kHyphen : std::uint16_t{0};
}

bool has_dot(std::uint16_t dots, std::uint32_t x, std::uint32_t y) { return (dots >> (14 - (y * 3 + x)) & 1) != 0; }

}  // namespace

void mark_viewer(Bytes& rgb, std::uint32_t width, std::uint32_t height, std::string_view mark) {
  TUTELA_CHECK(rgb.size() == std::size_t{width} * height * 3);
  const auto period = static_cast<std::uint32_t>(mark.size()) * kLetterWidth + kGap;
  if (mark.empty() || width < kLetterWidth || height < 6 * kScale) return;
  for (std::uint32_t y = 0; y < height; ++y) {
    const std::uint32_t row = y / kRowStep;
    const std::uint32_t in_row = y % kRowStep / kScale;
    if (in_row >= 5) continue;
    for (std::uint32_t x = 0; x < width; ++x) {
      // Every second row is moved, so that no strip cut out of the picture is free of it.
      const std::uint32_t along = (x + row % 2 * (period / 2)) % period;
      const std::uint32_t letter = along / kLetterWidth;
      const std::uint32_t in_letter = along % kLetterWidth / kScale;
      if (letter >= mark.size() || in_letter >= 3 || !has_dot(dots_of(mark[letter]), in_letter, in_row)) continue;
      for (std::size_t channel = 0; channel < 3; ++channel) {
        auto& value = rgb[(std::size_t{y} * width + x) * 3 + channel];
        value = static_cast<std::uint8_t>(value > 127 ? value - kContrast : value + kContrast);
      }
    }
  }
}

}  // namespace tutela::line
