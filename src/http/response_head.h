#pragma once

#include <chrono>
#include <string>

#include "http/http.h"

namespace tutela::http {

enum class AfterResponse : std::uint8_t { keep_alive, close };

// Whether an answer of this status may have a body at all (RFC 9110 section 6.4.1).
bool status_has_body(int status);

// Status line and fields with the empty line behind them, for a body of response.body_bytes() bytes. Date, Content-Length and
// Connection are ours; what the handler set for them is dropped. internal "http.response_header_malformed": a name that is no
// token, or a value with a control character, which could begin a second answer.
Result<std::string> build_response_head(const Response& response, AfterResponse after, std::chrono::sys_seconds date);

// "Sun, 22 Nov 2026 12:14:37 GMT" (RFC 9110 section 5.6.7).
std::string to_http_date(std::chrono::sys_seconds date);

}  // namespace tutela::http
