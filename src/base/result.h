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
#define TUTELA_TRY(expression)                                                             \
  do {                                                                                     \
    if (auto tutela_result = (expression); !tutela_result) [[unlikely]]                    \
      return std::unexpected(std::move(tutela_result).error());                            \
  } while (false)

// TUTELA_ASSIGN(auto item, items.find(id));
#define TUTELA_ASSIGN(declaration, expression)                                             \
  auto TUTELA_CONCAT(tutela_result_, __LINE__) = (expression);                             \
  if (!TUTELA_CONCAT(tutela_result_, __LINE__)) [[unlikely]]                               \
    return std::unexpected(std::move(TUTELA_CONCAT(tutela_result_, __LINE__)).error());    \
  declaration = *std::move(TUTELA_CONCAT(tutela_result_, __LINE__))
