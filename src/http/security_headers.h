#pragma once

#include <string_view>

#include "http/http.h"

namespace tutela::http {

// Nothing may load, run, be framed or be sent: right for an API.
inline constexpr std::string_view kContentSecurityPolicyNone =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
// For server-rendered pages without script: own style sheet, own pictures, forms to ourselves.
inline constexpr std::string_view kContentSecurityPolicyPages =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

// Adds what every answer carries, unless the handler set that field itself: X-Content-Type-Options, X-Frame-Options,
// Referrer-Policy, Cross-Origin-{Opener,Embedder,Resource}-Policy, Permissions-Policy, Cache-Control: no-store,
// Content-Security-Policy.
void add_security_headers(Response& response, std::string_view content_security_policy);

}  // namespace tutela::http
