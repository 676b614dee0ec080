#include "media/image_format.h"

#include <algorithm>
#include <array>
#include <string>

namespace tutela::media {
namespace {

struct FormatRow {
  ImageFormat format;
  std::string_view word;
  std::string_view content_type;
};
constexpr std::array kFormats = {FormatRow{ImageFormat::jpeg, "jpeg", "image/jpeg"},
                                 FormatRow{ImageFormat::png, "png", "image/png"},
                                 FormatRow{ImageFormat::pnm, "pnm", "image/x-portable-anymap"},
                                 FormatRow{ImageFormat::webp, "webp", "image/webp"},
                                 FormatRow{ImageFormat::gif, "gif", "image/gif"},
                                 FormatRow{ImageFormat::tiff, "tiff", "image/tiff"},
                                 FormatRow{ImageFormat::heic, "heic", "image/heic"},
                                 FormatRow{ImageFormat::avif, "avif", "image/avif"}};
static_assert(kFormats.size() == kImageFormats);

const FormatRow& row_of(ImageFormat format) { return kFormats.at(static_cast<std::size_t>(format) - 1); }

}  // namespace

std::string_view to_word(ImageFormat format) { return row_of(format).word; }
std::string_view content_type_of(ImageFormat format) { return row_of(format).content_type; }

Result<ImageFormat> parse_image_format(std::string_view word) {
  for (const FormatRow& row : kFormats)
    if (row.word == word) return row.format;
  return fail(ErrorCode::invalid, "media.unknown_format");
}

bool content_type_allows(std::string_view content_type, ImageFormat format) {
  std::string essence(content_type.substr(0, content_type.find(';')));
  while (!essence.empty() && (essence.back() == ' ' || essence.back() == '\t')) essence.pop_back();
  std::transform(essence.begin(), essence.end(), essence.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (essence.empty() || essence == "application/octet-stream") return true;
  if (format == ImageFormat::pnm && (essence == "image/x-portable-pixmap" || essence == "image/x-portable-graymap")) return true;
  if (format == ImageFormat::jpeg && essence == "image/jpg") return true;
  // "-sequence" is how an animation of the same container may be called.
  if (format == ImageFormat::heic || format == ImageFormat::avif) {
    if (essence == "image/heif" || essence == "image/heif-sequence") return true;
    return essence == content_type_of(format) || essence == std::string(content_type_of(format)) + "-sequence";
  }
  return essence == content_type_of(format);
}

}  // namespace tutela::media
