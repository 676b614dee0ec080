#pragma once

#include <cstdint>

namespace tutela::decode {

// Registers this program's own HEVC and AV1 decoders with libheif, before its built-in ones, and makes libheif read its plugin
// folder, if there is one, now. The built-in decoders start threads, which the sandbox forbids, write to the standard error
// stream, and know no limit. Once, before the sandbox closes; later calls do nothing.
void load_heif_codecs();

// The largest picture that these decoders take on, for what is decoded on this thread from now on: what a stream says of its
// size can differ from what its container says.
void set_coded_pixels_max(std::uint64_t pixels);

}  // namespace tutela::decode
