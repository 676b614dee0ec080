#pragma once

#include "base/bytes.h"
#include "decode/decoder.h"
#include "review/exposure.h"

namespace tutela::line {

// Longest side of what each mode shows, in pixels. Blurred keeps so few that nothing can be made out but the lay of light and
// dark.
inline constexpr std::uint32_t kBlurredSideMax = 16;
inline constexpr std::uint32_t kBlurredScale = 24;  // how much larger it is drawn, smoothly, so that the mark can be read
inline constexpr std::uint32_t kGreySideMax = 512;
inline constexpr std::uint32_t kFullSideMax = 1024;

// A PNG of the file, reduced by the decoder, drawn here from raw pixels: grey unless `mode` is full, and in every mode marked
// with who sees it (line/viewer_mark.h). As Decoder::decode.
Result<Bytes> draw_preview(decode::Decoder& decoder, BytesView file, review::ViewMode mode, std::string_view viewer);

enum class PixelFormat : std::uint8_t { grey, rgb };
// `pixels` has width * height * (1 or 3) bytes.
Bytes encode_png(const Bytes& pixels, std::uint32_t width, std::uint32_t height, PixelFormat format);

}  // namespace tutela::line
