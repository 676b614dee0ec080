#pragma once

#include <vector>

#include "http/http.h"
#include "http/rate_limiter.h"
#include "line/context.h"

namespace tutela::portal {

// The public door: report an address, tell of a worry, look a report up, find help. No script, no cookie, no account; no record
// of who came. `lookups` throttles tries of receipts for everybody together, so that nobody is tracked.
std::vector<http::Route> door_routes(const line::Context& context, http::RateLimiter& lookups);

// The host's page behind the link in a notice: a GET shows and changes nothing, an answer is a POST.
std::vector<http::Route> host_routes(const line::Context& context, http::RateLimiter& answers);

}  // namespace tutela::portal
