#include "decode/worker/decode_picture.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.h"
#include "decode/worker/formats.h"
#include "decode/worker/heif_codecs.h"
#include "decode/worker/picture_sink.h"

namespace tutela::decode {
namespace {

using media::ImageFormat;
using media::JobStatus;
using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::optional<ImageFormat> format;
};

// Formats that are decoded, then images that are recognised to say so.
constexpr std::array kSignatures = {
    Signature{0, "\xFF\xD8\xFF"sv, ImageFormat::jpeg},
    Signature{0, "\x89PNG\r\n\x1A\n"sv, ImageFormat::png},
    Signature{0, "P5"sv, ImageFormat::pnm},
    Signature{0, "P6"sv, ImageFormat::pnm},
    Signature{0, "P1"sv, std::nullopt},
    Signature{0, "P2"sv, std::nullopt},
    Signature{0, "P3"sv, std::nullopt},
    Signature{0, "P4"sv, std::nullopt},
    Signature{0, "P7"sv, std::nullopt},
    Signature{0, "GIF87a"sv, ImageFormat::gif},
    Signature{0, "GIF89a"sv, ImageFormat::gif},
    Signature{8, "WEBP"sv, ImageFormat::webp},
    Signature{0, "II*\0"sv, ImageFormat::tiff},
    Signature{0, "MM\0*"sv, ImageFormat::tiff},
    Signature{0, "II+\0"sv, ImageFormat::tiff},
    Signature{0, "MM\0+"sv, ImageFormat::tiff},
    Signature{0, "BM"sv, std::nullopt},
    Signature{4, "ftyphei"sv, ImageFormat::heic},
    Signature{4, "ftyphev"sv, ImageFormat::heic},
    Signature{4, "ftypavif"sv, ImageFormat::avif},
    Signature{4, "ftypavis"sv, ImageFormat::avif},
    Signature{4, "ftypmif1"sv, ImageFormat::heic},
    Signature{4, "ftypmsf1"sv, ImageFormat::heic},
    Signature{0, "\xFF\x0A"sv, std::nullopt},
    Signature{0, "\0\0\0\x0CJXL \r\n\x87\n"sv, std::nullopt},
    Signature{0, "\0\0\0\x0CjP  \r\n\x87\n"sv, std::nullopt},
};

// A file whose first name is that of the container alone says further on which coding it has.
bool lists_avif(BytesView bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length = length << 8 | bytes[i];
  length = std::min({length, bytes.size(), std::size_t{256}});
  for (std::size_t at = 16; at + 4 <= length; at += 4) {
    const std::string_view name = as_text(bytes.subspan(at, 4));
    if (name == "avif" || name == "avis") return true;
  }
  return false;
}

template <std::size_t N>
void put_text(std::array<char, N>& field, const std::string& text) {
  std::copy_n(text.begin(), std::min(text.size(), N - 1), field.begin());
}

void put_capture(media::JobResult& result, const media::CaptureFacts& capture) {
  put_text(result.taken_at, capture.taken_at);
  put_text(result.make, capture.make);
  put_text(result.model, capture.model);
  if (!capture.position) return;
  result.has_position = 1;
  result.latitude_e7 = capture.position->latitude_e7;
  result.longitude_e7 = capture.position->longitude_e7;
}

}  // namespace

void load_libraries() {
  load_heif_codecs();
  // The C library's first qsort of more than 1 KiB, which libtiff's table of tags is, asks the kernel how much memory the machine
  // has, and keeps the answer. In a job the question would be its end.
  std::array<int, 1024> numbers = {};
  std::qsort(numbers.data(), numbers.size(), sizeof numbers[0],
             [](const void* a, const void* b) { return *static_cast<const int*>(a) - *static_cast<const int*>(b); });
}

Sniffed sniff(BytesView bytes) {
  const std::string_view head = as_text(bytes.first(std::min<std::size_t>(bytes.size(), 16)));
  for (const Signature& signature : kSignatures) {
    if (head.size() < signature.offset || !head.substr(signature.offset).starts_with(signature.bytes)) continue;
    // "P5" also starts ordinary text: a PNM's magic number is followed by white space or a comment.
    if (signature.bytes.size() == 2 && signature.bytes[0] == 'P' &&
        (head.size() < 3 || "\t\n\v\f\r #"sv.find(head[2]) == head.npos))
      continue;
    if (signature.bytes.starts_with("ftypm") && lists_avif(bytes)) return {.format = ImageFormat::avif};
    if (signature.format) return {.format = signature.format};
    return {.refusal = JobStatus::unsupported_format};
  }
  return {};
}

media::JobResult decode_picture(BytesView input, const media::JobStart& job, std::span<std::uint8_t> preview_pixels) {
  media::JobResult result;
  const Sniffed sniffed = sniff(input);
  if (!sniffed.format) {
    result.status = sniffed.refusal;
    return result;
  }
  try {
    PictureSink sink(job, preview_pixels);
    FileFacts facts;
    switch (*sniffed.format) {
      case ImageFormat::jpeg:
        result.status = decode_jpeg(input, sink, facts);
        break;
      case ImageFormat::png:
        result.status = decode_png(input, sink, facts);
        break;
      case ImageFormat::pnm:
        result.status = decode_pnm(input, sink, facts);
        break;
      case ImageFormat::webp:
        result.status = decode_webp(input, sink, facts);
        break;
      case ImageFormat::gif:
        result.status = decode_gif(input, sink, facts);
        break;
      case ImageFormat::tiff:
        result.status = decode_tiff(input, sink, facts);
        break;
      case ImageFormat::heic:
      case ImageFormat::avif:
        result.status = decode_heif(input, sink, facts);
        break;
    }
    if (result.status != JobStatus::decoded) return result;
    sink.finish(result);
    result.format = static_cast<std::uint8_t>(*sniffed.format);
    put_capture(result, facts.exif.capture);
    result.orientation = static_cast<std::uint8_t>(facts.exif.orientation);
    result.has_more_pictures = facts.has_more_pictures ? 1 : 0;
  } catch (const std::bad_alloc&) {
    result = {};
    result.status = JobStatus::out_of_memory;
  }
  return result;
}

void answer_job(BytesView input, std::span<std::uint8_t> output, const media::JobStart& job) {
  TUTELA_CHECK(output.size() >= media::kPreviewOffsetBytes);
  const media::JobResult result = decode_picture(input, job, output.subspan(media::kPreviewOffsetBytes));
  std::memcpy(output.data(), &result, sizeof result);
}

}  // namespace tutela::decode
