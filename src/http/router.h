#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"

namespace tutela::http {

// Finds the route of a request. The path alone chooses the pattern (the most specific one: literal before braces before '*'),
// then the method chooses the route within it, so that a method can never slip past a more specific pattern to a wider one.
class Router {
 public:
  // Refuses what would make the choice a matter of order. invalid: "http.pattern_malformed" (not beginning with '/', an empty
  // segment, '*' before the end, an unnamed or repeated parameter), "http.route_duplicate" (same shape and method, or same shape
  // with other parameter names), "http.route_ambiguous" (two patterns match one path and neither is more specific),
  // "http.route_no_handler". The place names the pattern.
  static Result<Router> build(std::vector<Route> routes);

  struct Match {
    const Route* route;  // owned by the router
    std::map<std::string, std::string> parameters;
  };
  struct Lookup {
    Match match{nullptr, {}};  // route is null if there is none
    std::string allow;         // of the pattern that matched the path; empty: no pattern did, answer 404 instead of 405
  };

  // `path` as parse_target gives it. A HEAD without its own route is answered by the GET route.
  // Cost  one comparison a pattern: tables here have tens of rows.
  Lookup find(Method method, std::string_view path) const;

  // Every route, for the check of the permission table at start-up.
  std::span<const Route> routes() const { return routes_; }

 private:
  struct Pattern {
    std::vector<std::string> segments;  // "{name}" stays braced; a last "*" matches any tail
    std::vector<std::size_t> routes;    // indices into routes_, one a method
  };
  static Result<Pattern> parse_pattern(const std::string& text);

  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;  // more specific first
};

}  // namespace tutela::http
