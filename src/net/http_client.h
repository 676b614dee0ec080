#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"
#include "net/destination.h"

namespace tutela::net {

struct OutboundRequest {
  http::Method method = http::Method::get;
  std::string url;
  http::Headers headers;
  Bytes body;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{20'000};
  std::size_t response_bytes_max = limits::kOutboundResponseBytesMax;
};

struct OutboundResponse {
  int status = 0;
  http::Headers headers;  // of the final response; repeated ones joined by ", "
  Bytes body;
};

// One request with libcurl: http and https only, certificates verified, no redirect followed, no proxy, no cookie, no netrc, no
// reuse of connections. Blocks; thread-safe. Every status is a success here: the caller decides.
//
// denied       "net.destination_denied" (the policy; also when only the resolved address shows it), nothing was sent
// invalid      "net.url_malformed", "net.header_malformed"
// limit        "net.response_too_large"
// unavailable  "net.unreachable" (name, connection), "net.timeout", "net.tls_failed", "net.failed": retry later. After
// "net.timeout"
//              and "net.failed" the other side may have acted: only an idempotent request may be repeated.
Result<OutboundResponse> send_request(const OutboundRequest& request, const DestinationPolicy& policy);

// What a look at a reported address says. Unknown is not gone: a time-out, a refusal or a server error prove nothing.
enum class Serving : std::uint8_t { gone, serving, unknown };
std::string_view to_word(Serving serving);
Result<Serving> parse_serving(std::string_view word);

struct Probe {
  Serving serving = Serving::unknown;
  int status = 0;  // 0: no answer
};

// Asks with HEAD whether `url` is still served, and never fetches a body: content of a reported address must not reach this node.
// gone = 404, 410, 451; serving = any 2xx; all else unknown, redirects too.
// Errors as send_request, but for "net.unreachable", "net.timeout", "net.tls_failed" and "net.failed", which are unknown.
Result<Probe> probe_head(std::string_view url, const DestinationPolicy& policy);

}  // namespace tutela::net
