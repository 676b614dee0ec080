#include "http/http.h"

#include <algorithm>

#include "http/cookies.h"

namespace tutela::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::delete_:
      return "DELETE";
  }
  return "GET";
}

bool CaseInsensitiveLess::operator()(std::string_view a, std::string_view b) const {
  return std::ranges::lexicographical_compare(a, b, [](char x, char y) { return lower(x) < lower(y); });
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = headers.find(name);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
  const auto field = header("Cookie");
  if (!field) return std::nullopt;
  return find_cookie(*field, name);
}

Response text_response(int status, std::string_view content_type, std::string_view body) {
  Response response;
  response.status = status;
  response.headers.emplace("Content-Type", content_type);
  response.body = to_bytes(body);
  return response;
}

}  // namespace tutela::http
