#pragma once

#include <source_location>

// A bug aborts with its site, also in release builds. Never for anything that bytes from outside can reach.
#define TUTELA_CHECK(condition)           \
  do {                                    \
    if (!(condition)) [[unlikely]]        \
      ::tutela::check_failed(#condition); \
  } while (false)

namespace tutela {

[[noreturn]] void check_failed(const char* condition, std::source_location place = std::source_location::current());

}  // namespace tutela
