#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace tutela::crypto {

// SHA-256 (FIPS 180-4) of the whole view. Cost: about 0.84 GiB/s.
std::array<std::uint8_t, 32> sha256(BytesView bytes);

}  // namespace tutela::crypto
