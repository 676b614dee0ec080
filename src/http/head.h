#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/http.h"

// The head of a request (request line and fields) read more strictly than Beast does, because two servers that read one head
// differently can be made to disagree where the next request begins (request smuggling).
namespace tutela::http {

struct Head {
  Method method;
  std::string target;  // raw, origin-form: begins with '/'
  Headers headers;     // values trimmed; fields that may repeat are joined by ", "
  std::string host;    // lower case, without port
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = false;
  bool expect_continue = false;

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

// The size of the head that `received` begins with, its empty line included; 0: more is needed. Sees early what parse_head would
// refuse at the end. invalid "http.control_character" (a bare LF or CR, NUL), limit "http.header_too_large".
Result<std::size_t> find_head_end(std::string_view received);

// Reads one head from `block`, which ends with its empty line (CR LF CR LF).
//
// Refused, all as invalid unless said otherwise: a bare CR or LF or any other control character, obs-fold, space before a colon,
// an empty or repeated singular field, no or two Host, a Host that is no name, Content-Length with anything but digits, repeated
// Content-Length (equal or not), Content-Length together with Transfer-Encoding, a Transfer-Encoding other than exactly
// "chunked", HTTP/1.0 with Transfer-Encoding, any version but 1.0 and 1.1, absolute-form and other targets that do not begin with
// '/'. Others: limit "http.target_too_long", limit "http.header_too_large", unsupported "http.method_unknown", unsupported
// "http.version_unknown", unsupported "http.transfer_coding_unknown", unsupported "http.expectation_unknown".
//
// Source  RFC 9112 sections 2.2, 3, 5 and 6; RFC 9110 sections 5.3 and 7.2
Result<Head> parse_head(std::string_view block);

}  // namespace tutela::http
