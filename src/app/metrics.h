#pragma once

#include <vector>

#include "http/router.h"
#include "line/context.h"
#include "line/match_watch.h"

namespace tutela::app {

// /healthz: the process lives. /readyz: the store answers. /metrics: Prometheus text, counts and ages only, so that nothing says
// what or whom (I7). Both must outlive the routes.
std::vector<http::Route> metrics_routes(const line::Context& context, const line::MatchWatch& watch);

}  // namespace tutela::app
