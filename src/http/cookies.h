#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tutela::http {

// The value of cookie `name` in a Cookie field. Nothing if it is absent, or there twice: another program on a sibling host name
// can plant a second cookie of the same name, and then neither is to be believed. Pairs of others that are malformed are skipped.
std::optional<std::string_view> find_cookie(std::string_view cookie_field, std::string_view name);

enum class CookieSecure : std::uint8_t { no, yes };

// A Set-Cookie value: HttpOnly; SameSite=Strict; Path=/, and Secure where TLS is in front. `name` and `value` must be cookie
// octets (a token; base64url or hex): anything else is a bug. Without `lifetime` it ends with the browser.
std::string build_cookie(std::string_view name, std::string_view value, std::optional<std::chrono::seconds> lifetime,
                         CookieSecure secure);
// Ends the cookie at once.
std::string build_expired_cookie(std::string_view name, CookieSecure secure);

}  // namespace tutela::http
