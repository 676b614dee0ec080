#include "model/text.h"

#include <algorithm>

namespace tutela {
namespace {

bool is_hidden(char32_t c) {
  return c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

}  // namespace

bool is_clean_text(std::string_view text, Lines lines) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    std::size_t length = 1;
    char32_t c = first;
    char32_t least = 0;
    if (first >= 0x80) {
      if (first >= 0xC2 && first <= 0xDF) {
        length = 2, c = first & 0x1FU, least = 0x80;
      } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3, c = first & 0x0FU, least = 0x800;
      } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4, c = first & 0x07U, least = 0x10000;
      } else {
        return false;
      }
      if (text.size() - i < length) return false;
      for (std::size_t k = 1; k < length; ++k) {
        const auto next = static_cast<unsigned char>(text[i + k]);
        if ((next & 0xC0U) != 0x80U) return false;
        c = c << 6 | (next & 0x3FU);
      }
      if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return false;
    }
    const bool line_mark = c == '\n' || c == '\t';
    if (c < 0x20 ? !(line_mark && lines == Lines::many) : (c >= 0x7F && c <= 0x9F)) return false;
    if (is_hidden(c)) return false;
    i += length;
  }
  return true;
}

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
}

}  // namespace tutela
