#include <fmt/format.h>

#include "crypto/mac.h"

std::string text(const tutela::crypto::LookupKey& key) { return fmt::format("{}", key); }
