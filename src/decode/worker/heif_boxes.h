#pragma once

#include "base/bytes.h"

namespace tutela::decode {

// What the boxes of a HEIF file say (ISO/IEC 14496-12, 4.2) before a library looks into them.
struct HeifOutline {
  bool cut_off = false;       // the last box ends behind the end of the file
  bool has_sequence = false;  // there is a film beside the picture
  // Pictures made of pictures made of pictures, without end or far beyond any camera. libheif 1.15 follows such references until
  // the stack ends.
  bool too_deep = false;
};

// One pass over the boxes; memory at most a few times the file's own references. Takes any bytes.
HeifOutline outline_heif(BytesView file);

}  // namespace tutela::decode
