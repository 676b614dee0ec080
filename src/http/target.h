#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tutela::http {

struct Target {
  std::string path;                          // decoded; "/" or segments without "..", empty ones, '/' or control characters
  std::map<std::string, std::string> query;  // decoded, '+' is a space
};

// Decodes an origin-form request target. Each segment is decoded after the path was split, so that "%2F" cannot make a segment.
//
// invalid    "http.target_malformed" (bad escape, forbidden byte, not UTF-8), "http.path_dots" ("." or ".." segment, also
// escaped),
//            "http.query_repeated", "http.query_malformed"
// not_found  "http.path_empty_segment" ("//", or a slash at the end): no such page
// limit      "http.target_too_long", "http.query_too_many"
Result<Target> parse_target(std::string_view target);

enum class Plus : std::uint8_t { is_space, is_plus };

// Decodes %XX. invalid, "http.escape_malformed": a '%' without two hex digits, NUL, or a result that is not UTF-8.
Result<std::string> percent_decode(std::string_view text, Plus plus);

// Escapes all but unreserved characters (RFC 3986 section 2.3).
std::string percent_encode(std::string_view text);

}  // namespace tutela::http
