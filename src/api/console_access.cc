#include "api/console_access.h"

#include <nlohmann/json.hpp>

#include "api/problem.h"
#include "crypto/secret.h"
#include "http/json_body.h"

namespace tutela::api {
namespace {

Result<line::SignedIn> signed_in(const line::Context& context, const http::Request& request) {
  const auto token = request.cookie(kSessionCookie);
  if (!token) return fail(ErrorCode::denied, "access.no_session");
  return line::check_session(context, *token);
}

// A page of another origin can make a browser send the cookie, but not this header.
Result<> check_csrf(const http::Request& request, const line::SignedIn& member) {
  if (request.method == http::Method::get || request.method == http::Method::head) return {};
  const auto sent = request.header(kCsrfHeader);
  if (!sent || !crypto::constant_time_equal(as_bytes(*sent), as_bytes(member.csrf)))
    return fail(ErrorCode::denied, "access.bad_csrf");
  return {};
}

Result<> require_roles(const line::SignedIn& member, const access::Permission& permission, access::Sensitivity sensitivity) {
  if (!access::allowed(member.presence.roles(), permission, sensitivity)) return fail(ErrorCode::denied, "access.role");
  return {};
}

}  // namespace

Result<> ConsoleCall::require(access::Sensitivity sensitivity) const { return require_roles(member, permission, sensitivity); }

void ConsoleRoutes::add(http::Method method, std::string_view pattern, access::Sensitivity sensitivity,
                        std::size_t body_bytes_max, ConsoleHandler handler) {
  // A route without a row never gets here: check_coverage refuses the start. Without one, nobody is allowed.
  static const access::Permission kNobody{};
  const auto* row = access::find_permission(access::Listener::console, http::to_string(method), pattern);
  const access::Permission& permission = row != nullptr ? *row : kNobody;
  routes_.push_back({method, std::string(pattern), body_bytes_max,
                     [&context = context_, &permission, sensitivity, handler = std::move(handler)](const http::Request& request) {
                       return answer([&]() -> Result<http::Response> {
                         TUTELA_ASSIGN(const auto member, signed_in(context, request));
                         TUTELA_TRY(check_csrf(request, member));
                         TUTELA_TRY(require_roles(member, permission, sensitivity));
                         return handler({request, member, permission});
                       }());
                     }});
}

void ConsoleRoutes::add_open(http::Method method, std::string_view pattern, std::size_t body_bytes_max,
                             std::function<Result<http::Response>(const http::Request&)> handler) {
  routes_.push_back({method, std::string(pattern), body_bytes_max,
                     [handler = std::move(handler)](const http::Request& request) { return answer(handler(request)); }});
}

http::Response json_ok(const nlohmann::json& value, int status) { return http::json_response(status, value); }

http::Response no_content() {
  http::Response response;
  response.status = 204;
  return response;
}

http::Response answer(Result<http::Response> result) {
  if (result) return *std::move(result);
  return problem_response(result.error());
}

}  // namespace tutela::api
