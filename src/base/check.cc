#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tutela {

void check_failed(const char* condition, std::source_location place) {
  std::fprintf(stderr, "tutela: bug: check failed at %s:%u: %s\n", place.file_name(), place.line(), condition);
  std::abort();
}

}  // namespace tutela
