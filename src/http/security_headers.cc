#include "http/security_headers.h"

#include <array>
#include <utility>

namespace tutela::http {

void add_security_headers(Response& response, std::string_view content_security_policy) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kDefaults{{
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Embedder-Policy", "require-corp"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy",
       "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), "
       "payment=(), usb=()"},
      {"Cache-Control", "no-store"},
  }};
  for (const auto& [name, value] : kDefaults) response.headers.try_emplace(std::string(name), value);
  response.headers.try_emplace("Content-Security-Policy", content_security_policy);
}

}  // namespace tutela::http
