#include "http/cookies.h"

#include <fmt/format.h>

#include "base/check.h"
#include "http/ascii.h"

namespace tutela::http {
namespace {

// cookie-octet of RFC 6265 section 4.1.1.
bool is_cookie_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != ',' && c != ';' && c != '\\'; });
}

std::string_view secure_attribute(CookieSecure secure) { return secure == CookieSecure::yes ? "; Secure" : ""; }

}  // namespace

std::optional<std::string_view> find_cookie(std::string_view cookie_field, std::string_view name) {
  std::optional<std::string_view> found;
  while (!cookie_field.empty()) {
    const auto end = std::min(cookie_field.find(';'), cookie_field.size());
    const auto pair = ascii::trim(cookie_field.substr(0, end));
    cookie_field.remove_prefix(std::min(end + 1, cookie_field.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    if (found) return std::nullopt;
    found = pair.substr(equals + 1);
  }
  if (found && !is_cookie_value(*found)) return std::nullopt;
  return found;
}

std::string build_cookie(std::string_view name, std::string_view value, std::optional<std::chrono::seconds> lifetime,
                         CookieSecure secure) {
  TUTELA_CHECK(ascii::is_token(name) && is_cookie_value(value));
  std::string cookie = fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", name, value, secure_attribute(secure));
  if (lifetime) cookie += fmt::format("; Max-Age={}", lifetime->count());
  return cookie;
}

std::string build_expired_cookie(std::string_view name, CookieSecure secure) {
  return build_cookie(name, "", std::chrono::seconds(0), secure);
}

}  // namespace tutela::http
