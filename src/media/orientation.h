#pragma once

#include <cstdint>

namespace tutela::media {

// How a viewer turns the stored pixels before it shows them (EXIF 2.32, tag 0x0112, with its numbers). Each name says where the
// picture as shown has the first stored row and the first stored column: `right_top` is stored lying on its left side and shown
// turned a quarter clockwise. Fingerprints are of the stored pixels; this says which turned form a viewer saw.
enum class Orientation : std::uint8_t {
  top_left = 1,      // as stored
  top_right = 2,     // mirrored left to right
  bottom_right = 3,  // half a turn
  bottom_left = 4,   // mirrored top to bottom
  left_top = 5,      // transposed
  right_top = 6,     // a quarter clockwise
  right_bottom = 7,  // transposed across the other diagonal
  left_bottom = 8,   // a quarter counterclockwise
};

}  // namespace tutela::media
