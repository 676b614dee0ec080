#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace tutela::line {

// Writes `mark` all over a picture, faintly: who saw it stands in every copy of the screen. Letters are 6 by 10 pixels, lighter
// on dark and darker on light; what is not a-z, 0-9 or '-' is left out. `rgb` has width * height * 3 bytes. A picture too small
// for one letter stays as it is.
void mark_viewer(Bytes& rgb, std::uint32_t width, std::uint32_t height, std::string_view mark);

}  // namespace tutela::line
