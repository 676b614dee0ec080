#include <nlohmann/json.hpp>

#include "api/console_routes.h"
#include "api/json_views.h"
#include "http/cookies.h"
#include "http/json_body.h"

namespace tutela::api {
namespace {

Json session_json(const line::Context& context, const line::SignedIn& member) {
  Json roles = Json::array();
  for (const auto role : kRoles)
    if (member.presence.roles().has(role)) roles.push_back(to_word(role));
  Json node;
  // A node that cannot read its own mandate shows that it has none.
  if (const auto read = context.store.read([&](store::Reader& reader) -> Result<> {
        node = node_json(context, reader);
        return {};
      });
      !read)
    node = {};
  return {
      {"member", {{"id", member.id().to_string()}, {"login", member.login}, {"pseudonym", member.pseudonym}, {"roles", roles}}},
      {"csrf", member.csrf},
      {"node", node}};
}

http::CookieSecure cookie_secure(const line::Context& context) {
  return context.node.demo ? http::CookieSecure::no : http::CookieSecure::yes;
}

}  // namespace

void add_session_routes(ConsoleRoutes& routes, http::RateLimiter& sign_ins) {
  const auto& context = routes.context();
  routes.add_open(http::Method::post, "/v1/session", 4096,
                  [&context, &sign_ins](const http::Request& request) -> Result<http::Response> {
                    TUTELA_ASSIGN(const auto body, http::parse_json_body(request));
                    TUTELA_TRY(http::require_only(body, {"login", "password"}));
                    TUTELA_ASSIGN(const auto login, http::required_text(body, "login", 64));
                    TUTELA_ASSIGN(auto password, http::required_text(body, "password", 256));
                    if (!sign_ins.take(login)) return fail(ErrorCode::limit, "access.too_many_tries");
                    TUTELA_ASSIGN(const auto session, line::sign_in(context, login, Sensitive<std::string>(std::move(password))));
                    auto response = json_ok(session_json(context, session.member));
                    response.headers["Set-Cookie"] =
                        http::build_cookie(kSessionCookie, session.token.reveal(), std::nullopt, cookie_secure(context));
                    return response;
                  });
  routes.add(
      http::Method::get, "/v1/session", access::Sensitivity::plain, 0,
      [&context](const ConsoleCall& call) -> Result<http::Response> { return json_ok(session_json(context, call.member)); });
  routes.add(http::Method::delete_, "/v1/session", access::Sensitivity::plain, 0,
             [&context](const ConsoleCall& call) -> Result<http::Response> {
               TUTELA_TRY(line::sign_out(context, *call.request.cookie(kSessionCookie)));
               auto response = no_content();
               response.headers["Set-Cookie"] = http::build_expired_cookie(kSessionCookie, cookie_secure(context));
               return response;
             });
}

std::vector<http::Route> console_routes(const line::Context& context, http::RateLimiter& sign_ins) {
  ConsoleRoutes routes(context);
  add_session_routes(routes, sign_ins);
  add_item_routes(routes);
  add_concern_routes(routes);
  add_referral_routes(routes);
  add_notice_routes(routes);
  add_incoming_routes(routes);
  add_record_routes(routes);
  add_retention_routes(routes);
  return routes.take();
}

}  // namespace tutela::api
