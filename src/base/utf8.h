#pragma once

#include "base/bytes.h"

namespace tutela {

// Whether `bytes` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). NUL counts as well-formed.
bool is_utf8(BytesView bytes);

// Whether `text` is well-formed UTF-8 without control characters; tab, line feed and carriage return are allowed.
bool is_plain_text(std::string_view text);

}  // namespace tutela
