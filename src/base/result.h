#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace tutela {

template <class T = void>
using Result = std::expected<T, Error>;

// return fail(ErrorCode::invalid, "report.no_address", "field address");
inline std::unexpected<Error> fail(ErrorCode code, Reason reason, std::string place = {},
                                   std::source_location site = std::source_location::current()) {
  return std::unexpected(Error{code, reason, std::move(place), site});
}

}  // namespace tutela

#define TUTELA_CONCAT_INNER(a, b) a##b
#define TUTELA_CONCAT(a, b) TUTELA_CONCAT_INNER(a, b)

// Leaves the function with the error of `expression`, a Result<>.
#define TUTELA_TRY(...) TUTELA_TRY_NAMED(TUTELA_CONCAT(tutela_result_, __COUNTER__), (__VA_ARGS__))
#define TUTELA_TRY_NAMED(result, expression)             \
  do {                                                   \
    if (auto result = expression; !result) [[unlikely]]  \
      return std::unexpected(std::move(result).error()); \
  } while (false)

// TUTELA_ASSIGN(auto item, items.find(id));
#define TUTELA_ASSIGN(declaration, ...) \
  TUTELA_ASSIGN_NAMED(TUTELA_CONCAT(tutela_result_, __COUNTER__), declaration, (__VA_ARGS__))
#define TUTELA_ASSIGN_NAMED(result, declaration, expression) \
  auto result = expression;                                  \
  if (!result) [[unlikely]]                                  \
    return std::unexpected(std::move(result).error());       \
  declaration = *std::move(result)
