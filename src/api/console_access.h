#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "access/permission.h"
#include "http/http.h"
#include "http/rate_limiter.h"
#include "line/accounts.h"
#include "line/context.h"

// The gate of the console's API: a session, its CSRF word, and the one permission table (I8) stand before every handler.
namespace tutela::api {

inline constexpr std::string_view kSessionCookie = "tutela_session";
inline constexpr std::string_view kCsrfHeader = "X-Tutela-Csrf";

struct ConsoleCall {
  const http::Request& request;
  const line::SignedIn& member;
  const access::Permission& permission;

  // Whether this member may do this to something of that sensitivity. denied, "access.role".
  Result<> require(access::Sensitivity sensitivity) const;
  // not_found, "id.unknown": a malformed id names nothing.
  template <class IdType>
  Result<IdType> id(std::string_view parameter) const {
    const auto found = request.path_parameters.find(std::string(parameter));
    const auto parsed =
        IdType::parse(found == request.path_parameters.end() ? std::string_view() : std::string_view(found->second));
    if (!parsed) return fail(ErrorCode::not_found, "id.unknown");
    return *parsed;
  }
};

using ConsoleHandler = std::function<Result<http::Response>(const ConsoleCall&)>;

// Collects the console's routes, each behind the gate.
class ConsoleRoutes {
 public:
  explicit ConsoleRoutes(const line::Context& context) : context_(context) {}

  // `sensitivity` of what the route always touches; a handler asks for more where the thing itself says so.
  void add(http::Method method, std::string_view pattern, access::Sensitivity sensitivity, std::size_t body_bytes_max,
           ConsoleHandler handler);
  // Before sign-in.
  void add_open(http::Method method, std::string_view pattern, std::size_t body_bytes_max,
                std::function<Result<http::Response>(const http::Request&)> handler);

  const line::Context& context() const { return context_; }
  std::vector<http::Route> take() { return std::move(routes_); }

 private:
  const line::Context& context_;
  std::vector<http::Route> routes_;
};

// 200 with a JSON body; 204.
http::Response json_ok(const nlohmann::json& value, int status = 200);
http::Response no_content();

// An answer is the handler's, or the problem that its error is.
http::Response answer(Result<http::Response> result);

}  // namespace tutela::api
