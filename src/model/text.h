#pragma once

#include <cstdint>
#include <string_view>

namespace tutela {

enum class Lines : std::uint8_t { one, many };

// Valid UTF-8 (no overlong form, surrogate or value above U+10FFFF) without C0 and C1 control characters and without the marks
// that reorder or hide what a reader sees (U+200E, U+200F, U+202A-202E, U+2028, U+2029, U+2066-2069, U+FEFF). `many` also takes
// "\n" and "\t".
bool is_clean_text(std::string_view text, Lines lines);

// Whether there is nothing but white space.
bool is_blank(std::string_view text);

}  // namespace tutela
