#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace tutela::media {

// What the bytes are, whatever they were called. The numbers are on the decoder's wire.
enum class ImageFormat : std::uint8_t { jpeg = 1, png = 2, pnm = 3, webp = 4, gif = 5, tiff = 6, heic = 7, avif = 8 };
inline constexpr std::uint8_t kImageFormats = 8;  // numbered from 1 without a gap

std::string_view to_word(ImageFormat format);  // "jpeg", "png", "pnm", "webp", "gif", "tiff", "heic", "avif"
// invalid, "media.unknown_format".
Result<ImageFormat> parse_image_format(std::string_view word);

// The media type to serve or store the format under: "image/jpeg", …, and "image/x-portable-anymap" for pnm.
std::string_view content_type_of(ImageFormat format);

// Whether a declared content type allows the format. An empty type and application/octet-stream declare nothing and allow all;
// parameters ("; charset=…") and case do not matter; the three portable any-map types all mean pnm, and image/heif means heic or
// avif, which are two codings of one container.
bool content_type_allows(std::string_view content_type, ImageFormat format);

}  // namespace tutela::media
