#pragma once

#include "api/console_access.h"
#include "line/delivery.h"

// The console's operations of spec/openapi.yaml, by what they are about. Each turns a request into one use case of the line and
// its result into JSON; none decides.
namespace tutela::api {

void add_session_routes(ConsoleRoutes& routes, http::RateLimiter& sign_ins);
void add_item_routes(ConsoleRoutes& routes);
void add_concern_routes(ConsoleRoutes& routes);
void add_referral_routes(ConsoleRoutes& routes);
void add_notice_routes(ConsoleRoutes& routes);
void add_incoming_routes(ConsoleRoutes& routes);
void add_record_routes(ConsoleRoutes& routes);
void add_retention_routes(ConsoleRoutes& routes);

// All of the above.
std::vector<http::Route> console_routes(const line::Context& context, http::RateLimiter& sign_ins);

}  // namespace tutela::api
