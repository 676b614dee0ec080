#include "http/router.h"

#include <algorithm>
#include <set>

namespace tutela::http {
namespace {

enum class Segment : std::uint8_t { literal, parameter, tail };

Segment kind_of(std::string_view segment) {
  if (segment == "*") return Segment::tail;
  return segment.starts_with('{') ? Segment::parameter : Segment::literal;
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  if (path == "/") return segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

enum class Order : std::uint8_t { same, first_wins, second_wins, disjoint, ambiguous };

// Whether some path matches both, and which is then the more specific one at every segment.
Order compare(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  bool a_wins = false;
  bool b_wins = false;
  for (std::size_t i = 0;; ++i) {
    const bool a_tail = i < a.size() && kind_of(a[i]) == Segment::tail;
    const bool b_tail = i < b.size() && kind_of(b[i]) == Segment::tail;
    if (a_tail || b_tail) {
      // A tail matches at least one more segment, but for "/*", which matches "/" too.
      if (!a_tail && i == a.size() && !a.empty()) return Order::disjoint;
      if (!b_tail && i == b.size() && !b.empty()) return Order::disjoint;
      b_wins |= a_tail && !b_tail;
      a_wins |= b_tail && !a_tail;
      break;
    }
    if (i == a.size() || i == b.size()) {
      if (a.size() != b.size()) return Order::disjoint;
      break;
    }
    const auto a_kind = kind_of(a[i]);
    const auto b_kind = kind_of(b[i]);
    if (a_kind == Segment::literal && b_kind == Segment::literal) {
      if (a[i] != b[i]) return Order::disjoint;
    } else if (a_kind != b_kind) {
      (a_kind == Segment::literal ? a_wins : b_wins) = true;
    }
  }
  if (a_wins && b_wins) return Order::ambiguous;
  if (a_wins) return Order::first_wins;
  return b_wins ? Order::second_wins : Order::same;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
             std::map<std::string, std::string>& parameters) {
  parameters.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto kind = kind_of(pattern[i]);
    if (kind == Segment::tail) {
      if (i == path.size() && i != 0) return false;
      std::string tail;
      for (std::size_t k = i; k < path.size(); ++k) tail += (k == i ? "" : "/") + path[k];
      parameters.emplace("*", std::move(tail));
      return true;
    }
    if (i == path.size()) return false;
    if (kind == Segment::parameter) {
      parameters.emplace(pattern[i].substr(1, pattern[i].size() - 2), path[i]);
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return pattern.size() == path.size();
}

}  // namespace

Result<Router::Pattern> Router::parse_pattern(const std::string& text) {
  const auto malformed = [&] { return fail(ErrorCode::invalid, "http.pattern_malformed", text); };
  if (!text.starts_with('/')) return malformed();
  Pattern pattern;
  pattern.segments = split(text);
  std::set<std::string> names;
  for (std::size_t i = 0; i < pattern.segments.size(); ++i) {
    const auto& segment = pattern.segments[i];
    if (segment.empty()) return malformed();
    if (kind_of(segment) == Segment::tail) {
      if (i + 1 != pattern.segments.size()) return malformed();
    } else if (kind_of(segment) == Segment::parameter) {
      if (segment.size() < 3 || !segment.ends_with('}') || !names.insert(segment).second) return malformed();
    } else if (segment.find_first_of("{}*") != std::string::npos) {
      return malformed();
    }
  }
  return pattern;
}

Result<Router> Router::build(std::vector<Route> routes) {
  Router router;
  router.routes_ = std::move(routes);
  for (std::size_t index = 0; index < router.routes_.size(); ++index) {
    const auto& route = router.routes_[index];
    if (!route.handler) return fail(ErrorCode::invalid, "http.route_no_handler", route.pattern);
    TUTELA_ASSIGN(Pattern pattern, parse_pattern(route.pattern));
    // The place before the first pattern that is less specific keeps the list sorted: "more specific" is a partial order, and
    // every pattern that this one loses to was either put before that place or is disjoint from what stands behind it.
    auto place = router.patterns_.end();
    bool known = false;
    for (auto other = router.patterns_.begin(); other != router.patterns_.end(); ++other) {
      const auto order = compare(pattern.segments, other->segments);
      if (order == Order::ambiguous) return fail(ErrorCode::invalid, "http.route_ambiguous", route.pattern);
      if (order == Order::same) {
        const auto same_method = [&](std::size_t i) { return router.routes_[i].method == route.method; };
        if (pattern.segments != other->segments || std::ranges::any_of(other->routes, same_method)) {
          return fail(ErrorCode::invalid, "http.route_duplicate", route.pattern);
        }
        other->routes.push_back(index);
        known = true;
        break;
      }
      if (order == Order::first_wins && place == router.patterns_.end()) place = other;
    }
    if (known) continue;
    pattern.routes.push_back(index);
    router.patterns_.insert(place, std::move(pattern));
  }
  return router;
}

Router::Lookup Router::find(Method method, std::string_view path) const {
  const auto segments = split(path);
  Lookup lookup;
  for (const auto& pattern : patterns_) {
    if (!matches(pattern.segments, segments, lookup.match.parameters)) continue;
    const auto route_of = [&](Method wanted) -> const Route* {
      for (const auto index : pattern.routes) {
        if (routes_[index].method == wanted) return &routes_[index];
      }
      return nullptr;
    };
    lookup.match.route = route_of(method);
    if (lookup.match.route == nullptr && method == Method::head) lookup.match.route = route_of(Method::get);
    for (const auto index : pattern.routes) {
      if (!lookup.allow.empty()) lookup.allow += ", ";
      lookup.allow += to_string(routes_[index].method);
      if (routes_[index].method == Method::get && route_of(Method::head) == nullptr) lookup.allow += ", HEAD";
    }
    return lookup;
  }
  return lookup;
}

}  // namespace tutela::http
