#include "crypto/secret.h"

#include <sodium.h>

#include "base/check.h"

namespace tutela::crypto {
namespace {

// Every user of a key links this file, so the library has chosen its fastest code before main() begins.
[[maybe_unused]] const int kLibraryStarted = [] {
  const int started = ::sodium_init();
  TUTELA_CHECK(started >= 0);
  return started;
}();

}  // namespace

void wipe(std::span<std::uint8_t> secret) { ::sodium_memzero(secret.data(), secret.size()); }

bool constant_time_equal(BytesView first, BytesView second) {
  return first.size() == second.size() && (first.empty() || ::sodium_memcmp(first.data(), second.data(), first.size()) == 0);
}

}  // namespace tutela::crypto
