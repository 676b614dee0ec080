#include "base/error.h"

#include <array>

#include "base/check.h"

namespace tutela {

const ErrorClass& error_class(ErrorCode code) {
  // Exit codes follow sysexits.h where it has a word for it.
  static constexpr std::array<ErrorClass, 10> kClasses{{
      {ErrorCode::invalid, "invalid", 400, 65, false},
      {ErrorCode::not_found, "not_found", 404, 66, false},
      {ErrorCode::conflict, "conflict", 409, 73, true},
      {ErrorCode::denied, "denied", 403, 77, false},
      {ErrorCode::unsupported, "unsupported", 422, 64, false},
      {ErrorCode::limit, "limit", 413, 68, false},
      {ErrorCode::busy, "busy", 503, 75, true},
      {ErrorCode::unavailable, "unavailable", 503, 69, true},
      {ErrorCode::corrupt, "corrupt", 500, 74, false},
      {ErrorCode::internal, "internal", 500, 70, false},
  }};
  const auto& found = kClasses[static_cast<std::size_t>(code)];
  TUTELA_CHECK(found.code == code);
  return found;
}

std::string to_string(const Error& error) {
  std::string text(error_class(error.code).name);
  text += ' ';
  text += error.reason.text();
  if (!error.place.empty()) text += " (" + error.place + ")";
  return text;
}

}  // namespace tutela
