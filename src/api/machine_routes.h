#pragma once

#include <vector>

#include "http/http.h"
#include "line/context.h"
#include "line/match_watch.h"

// The machine's operations of spec/openapi.yaml: platforms hand in reports and ask for matches, other nodes hand in referrals.
namespace tutela::api {

// Both outlive the routes.
std::vector<http::Route> machine_routes(const line::Context& context, line::MatchWatch& watch);

}  // namespace tutela::api
