#include "http/router.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tutela::http {
namespace {

Route route(Method method, std::string pattern) {
  return {method, std::move(pattern), 0, [](const Request&) { return Response{}; }};
}

std::string build_reason(std::vector<Route> routes) {
  const auto router = Router::build(std::move(routes));
  return router ? "taken" : std::string(router.error().reason.text());
}

std::string pattern_of(const Router& router, Method method, std::string_view path) {
  const auto lookup = router.find(method, path);
  return lookup.match.route != nullptr ? lookup.match.route->pattern : "none, allow " + lookup.allow;
}

TEST(Router, TheMostSpecificPatternWinsWhateverTheOrder) {
  std::vector<Route> routes{route(Method::get, "/*"),
                            route(Method::get, "/v1/items/{item_id}"),
                            route(Method::get, "/v1/*"),
                            route(Method::get, "/v1/items/queue"),
                            route(Method::post, "/v1/items/{item_id}"),
                            route(Method::post, "/v1/items/{item_id}/lease"),
                            route(Method::get, "/")};
  const auto order = [](const Route& a, const Route& b) {
    return std::pair(a.pattern, a.method) < std::pair(b.pattern, b.method);
  };
  std::ranges::sort(routes, order);
  do {
    const auto router = Router::build(routes);
    ASSERT_TRUE(router) << to_string(router.error());
    EXPECT_EQ(pattern_of(*router, Method::get, "/"), "/");
    EXPECT_EQ(pattern_of(*router, Method::get, "/v1"), "/*");
    EXPECT_EQ(pattern_of(*router, Method::get, "/v1/x/y/z"), "/v1/*");
    EXPECT_EQ(pattern_of(*router, Method::get, "/v1/items/queue"), "/v1/items/queue");
    EXPECT_EQ(pattern_of(*router, Method::get, "/v1/items/7"), "/v1/items/{item_id}");
    EXPECT_EQ(pattern_of(*router, Method::post, "/v1/items/7/lease"), "/v1/items/{item_id}/lease");
    // The path has chosen "queue"; no method slips past it to the braces.
    EXPECT_EQ(pattern_of(*router, Method::post, "/v1/items/queue"), "none, allow GET, HEAD");
  } while (std::ranges::next_permutation(routes, order).found);
}

TEST(Router, GivesParameters) {
  const auto router = Router::build({route(Method::get, "/a/{first}/b/{second}"), route(Method::get, "/assets/*")});
  EXPECT_EQ(router->find(Method::get, "/a/x y/b/z").match.parameters,
            (std::map<std::string, std::string>{{"first", "x y"}, {"second", "z"}}));
  EXPECT_EQ(router->find(Method::get, "/assets/js/app.js").match.parameters,
            (std::map<std::string, std::string>{{"*", "js/app.js"}}));
  EXPECT_EQ(pattern_of(*router, Method::get, "/assets"), "none, allow ");
  EXPECT_EQ(pattern_of(*router, Method::get, "/a/x/b"), "none, allow ");
  EXPECT_EQ(pattern_of(*router, Method::get, "/A/x/b/y"), "none, allow ");
}

TEST(Router, HeadIsAnsweredByGetUnlessItHasItsOwn) {
  const auto router =
      Router::build({route(Method::get, "/a"), route(Method::post, "/b"), route(Method::get, "/c"), route(Method::head, "/c")});
  EXPECT_EQ(router->find(Method::head, "/a").match.route->method, Method::get);
  EXPECT_EQ(router->find(Method::head, "/c").match.route->method, Method::head);
  EXPECT_EQ(pattern_of(*router, Method::head, "/b"), "none, allow POST");
  EXPECT_EQ(pattern_of(*router, Method::put, "/c"), "none, allow GET, HEAD");
}

TEST(Router, RefusesWhatDependsOnOrder) {
  using enum Method;
  EXPECT_EQ(build_reason({route(get, "/a"), route(get, "/a")}), "http.route_duplicate");
  EXPECT_EQ(build_reason({route(get, "/a/{x}"), route(get, "/a/{y}")}), "http.route_duplicate");
  EXPECT_EQ(build_reason({route(get, "/a/{x}"), route(post, "/a/{y}")}), "http.route_duplicate");
  EXPECT_EQ(build_reason({route(get, "/a/{x}"), route(post, "/a/{x}")}), "taken");
  EXPECT_EQ(build_reason({route(get, "/{x}/b"), route(post, "/a/{y}")}), "http.route_ambiguous");
  EXPECT_EQ(build_reason({route(get, "/{x}/b"), route(get, "/a/*")}), "http.route_ambiguous");
  EXPECT_EQ(build_reason({route(get, "/{x}/b/c"), route(get, "/a/{y}/d")}), "taken");
  EXPECT_EQ(build_reason({route(get, "/a"), route(get, "/a/*")}), "taken");
  for (const auto* bad : {"", "a", "/a/", "//", "/a/*/b", "/{}", "/{a", "/a}", "/a{b}", "/{a}/{a}", "/a*"}) {
    EXPECT_EQ(build_reason({route(get, bad)}), "http.pattern_malformed") << bad;
  }
  EXPECT_EQ(build_reason({Route{get, "/a", 0, nullptr}}), "http.route_no_handler");
}

TEST(Router, ListsItsRoutes) {
  const auto router = Router::build({route(Method::get, "/a"), route(Method::post, "/b")});
  ASSERT_EQ(router->routes().size(), 2u);
  EXPECT_EQ(router->routes()[1].pattern, "/b");
}

}  // namespace
}  // namespace tutela::http
