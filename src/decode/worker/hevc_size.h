#pragma once

#include <optional>

#include "base/bytes.h"
#include "media/decoder_wire.h"

namespace tutela::decode {

inline constexpr std::uint8_t kHevcSequenceParameters = 33;  // the type of the unit that says the size

// The first byte of a NAL unit and the second say its type (ITU-T H.265, 7.3.1.2) and its layer; layer 0 is the picture.
struct HevcUnit {
  std::uint8_t type = 0;
  std::uint8_t layer = 0;
};
std::optional<HevcUnit> hevc_unit(BytesView unit);

// The size of the coded picture as a sequence parameter set says it (7.3.2.2), before anything is cut off. Nothing where it
// breaks off or means nothing.
std::optional<media::PictureSize> hevc_size(BytesView unit);

}  // namespace tutela::decode
