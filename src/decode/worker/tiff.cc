#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include <tiffio.h>

#include "base/limits.h"
#include "decode/worker/cmyk.h"
#include "decode/worker/formats.h"

namespace tutela::decode {
namespace {

using media::JobStatus;

// One tile, one strip's compressed bytes, one tag: whatever libtiff allocates in a piece.
constexpr std::size_t kPieceBytesMax = 256 * limits::kMiB;

struct Source {
  BytesView bytes;
  std::uint64_t at = 0;
  bool ended = false;  // something was wanted from behind the end
};

Source& source_of(thandle_t handle) { return *static_cast<Source*>(handle); }

tmsize_t on_read(thandle_t handle, void* out, tmsize_t length) {
  Source& source = source_of(handle);
  const std::size_t wanted = length > 0 ? static_cast<std::size_t>(length) : 0;
  const std::size_t bytes = source.at < source.bytes.size() ? std::min(wanted, source.bytes.size() - source.at) : 0;
  if (bytes < wanted) source.ended = true;
  if (bytes > 0) std::memcpy(out, source.bytes.data() + source.at, bytes);
  source.at += bytes;
  return static_cast<tmsize_t>(bytes);
}

tmsize_t on_write(thandle_t, void*, tmsize_t) { return -1; }

toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
  Source& source = source_of(handle);
  source.at = whence == SEEK_CUR ? source.at + offset : whence == SEEK_END ? source.bytes.size() + offset : offset;
  if (source.at > source.bytes.size()) source.ended = true;
  return source.at;
}

int on_close(thandle_t) { return 0; }
toff_t on_size(thandle_t handle) { return source_of(handle).bytes.size(); }
int on_map(thandle_t, void**, toff_t*) { return 0; }
void on_unmap(thandle_t, void*, toff_t) {}
int on_message(TIFF*, void*, const char*, const char*, va_list) { return 1; }  // handled: nothing is printed

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};
using OpenTiff = std::unique_ptr<TIFF, Close>;

OpenTiff open_tiff(Source& source) {
  // libtiff's parts report to either of two sets of handlers.
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  const std::unique_ptr<TIFFOpenOptions, Close> options(TIFFOpenOptionsAlloc());
  if (!options) return nullptr;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(kPieceBytesMax));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_message, nullptr);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_message, nullptr);
  return OpenTiff(
      TIFFClientOpenExt("", "rm", &source, on_read, on_write, on_seek, on_close, on_size, on_map, on_unmap, options.get()));
}

// How the first directory says the pixels are laid out.
struct Layout {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t bits = 0;         // a sample
  std::uint16_t samples = 0;      // a pixel, alpha and others included
  std::uint16_t photometric = 0;  // after what the JPEG codec converts by itself
  std::uint16_t compression = 0;
  bool separate = false;   // a plane for each sample
  std::size_t colors = 0;  // samples that make the colour: 1, 3 or 4; they come first
};

std::uint16_t short_tag(TIFF* tiff, std::uint32_t tag) {
  std::uint16_t value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

// The compressions that Pillow and the browsers read and scanners and cameras write. The rest of libtiff stays out of reach.
bool is_known_compression(std::uint16_t compression) {
  static constexpr std::array known = {COMPRESSION_NONE,          COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3,
                                       COMPRESSION_CCITTFAX4,     COMPRESSION_LZW,      COMPRESSION_JPEG,
                                       COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,  COMPRESSION_PACKBITS};
  return std::find(known.begin(), known.end(), compression) != known.end();
}

// The number of samples that make the colour; 0: not a kind that is decoded.
std::size_t colors_of(TIFF* tiff, const Layout& layout) {
  const bool whole_bytes = layout.bits == 8 || layout.bits == 16;
  switch (layout.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      return 1;
    case PHOTOMETRIC_PALETTE:
      return layout.bits <= 8 ? 1 : 0;
    case PHOTOMETRIC_RGB:
      return whole_bytes ? 3 : 0;
    case PHOTOMETRIC_SEPARATED:
      return whole_bytes && short_tag(tiff, TIFFTAG_INKSET) == INKSET_CMYK ? 4 : 0;
    default:
      return 0;
  }
}

JobStatus read_layout(TIFF* tiff, Layout& layout) {
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
  if (layout.width == 0 || layout.height == 0) return JobStatus::damaged;
  layout.bits = short_tag(tiff, TIFFTAG_BITSPERSAMPLE);
  layout.samples = short_tag(tiff, TIFFTAG_SAMPLESPERPIXEL);
  layout.separate = short_tag(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && layout.samples > 1;
  layout.compression = short_tag(tiff, TIFFTAG_COMPRESSION);
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) == 0) return JobStatus::damaged;
  const std::uint16_t sample_format = short_tag(tiff, TIFFTAG_SAMPLEFORMAT);
  static constexpr std::array<std::uint16_t, 5> bits = {1, 2, 4, 8, 16};
  if (!is_known_compression(layout.compression) || std::find(bits.begin(), bits.end(), layout.bits) == bits.end() ||
      (sample_format != SAMPLEFORMAT_UINT && sample_format != SAMPLEFORMAT_VOID))
    return JobStatus::unsupported_format;
  if (layout.photometric == PHOTOMETRIC_YCBCR && layout.compression == COMPRESSION_JPEG && !layout.separate && layout.bits == 8) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);  // libjpeg converts, as it does for a JPEG file
    layout.photometric = PHOTOMETRIC_RGB;
  }
  layout.colors = colors_of(tiff, layout);
  if (layout.colors == 0) return JobStatus::unsupported_format;
  return layout.samples < layout.colors || layout.samples > 64 ? JobStatus::damaged : JobStatus::decoded;
}

std::string text_tag(TIFF* tiff, std::uint32_t tag, std::size_t bytes_max) {
  const char* text = nullptr;
  return TIFFGetField(tiff, tag, &text) != 0 && text != nullptr ? printable_text(text, bytes_max) : std::string();
}

// A TIFF file has the tags of EXIF in its own directories, anywhere in the file: libexif looks no further than 64 KiB. Positions
// are left alone. Goes over to the EXIF directory, so nothing can be read of the picture's own afterwards.
ExifFacts exif_in(TIFF* tiff) {
  ExifFacts exif;
  const std::uint16_t orientation = short_tag(tiff, TIFFTAG_ORIENTATION);
  if (orientation >= 1 && orientation <= 8) exif.orientation = static_cast<media::Orientation>(orientation);
  exif.capture.make = text_tag(tiff, TIFFTAG_MAKE, media::kDeviceBytesMax);
  exif.capture.model = text_tag(tiff, TIFFTAG_MODEL, media::kDeviceBytesMax);
  exif.capture.taken_at = text_tag(tiff, TIFFTAG_DATETIME, kExifTimeBytes);
  toff_t directory = 0;
  if (TIFFGetField(tiff, TIFFTAG_EXIFIFD, &directory) == 0 || TIFFReadEXIFDirectory(tiff, directory) == 0) return exif;
  const std::string taken_at = text_tag(tiff, EXIFTAG_DATETIMEORIGINAL, kExifTimeBytes);
  if (!taken_at.empty()) exif.capture.taken_at = taken_at + text_tag(tiff, EXIFTAG_OFFSETTIMEORIGINAL, 6);
  return exif;
}

using TakeRow = std::function<void(std::size_t y, BytesView row)>;

// Rows of one plane, from the top, as they are packed in the file. `sample_bits` is what a pixel has in it.
JobStatus read_strips(TIFF* tiff, const Layout& layout, std::uint16_t plane, std::size_t sample_bits, const TakeRow& take) {
  Bytes row((layout.width * sample_bits + 7) / 8);
  if (TIFFScanlineSize64(tiff) != row.size()) return JobStatus::damaged;
  for (std::uint32_t y = 0; y < layout.height; ++y) {
    if (TIFFReadScanline(tiff, row.data(), y, plane) < 0) return JobStatus::damaged;
    take(y, row);
  }
  return JobStatus::decoded;
}

JobStatus read_tiles(TIFF* tiff, const Layout& layout, std::uint16_t plane, std::size_t sample_bits, const TakeRow& take) {
  std::uint32_t tile_width = 0;
  std::uint32_t tile_height = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tile_height);
  if (tile_width == 0 || tile_height == 0) return JobStatus::damaged;
  if (tile_width % 8 != 0) return JobStatus::unsupported_format;  // the format says 16; 8 keeps every tile on whole bytes
  const std::uint64_t tile_row_bytes = tile_width * std::uint64_t{sample_bits} / 8;
  if (TIFFTileSize64(tiff) > kPieceBytesMax) return JobStatus::too_many_pixels;
  if (TIFFTileSize64(tiff) != tile_row_bytes * tile_height) return JobStatus::damaged;

  Bytes tile(tile_row_bytes * tile_height);
  const std::size_t row_bytes = (layout.width * sample_bits + 7) / 8;
  Bytes band(row_bytes * std::min(tile_height, layout.height));
  for (std::uint32_t top = 0; top < layout.height; top += std::min(tile_height, layout.height - top)) {
    const std::uint32_t rows = std::min(tile_height, layout.height - top);
    for (std::uint64_t left = 0; left < layout.width; left += tile_width) {
      if (TIFFReadTile(tiff, tile.data(), static_cast<std::uint32_t>(left), top, 0, plane) < 0) return JobStatus::damaged;
      const std::size_t at = left * sample_bits / 8;
      for (std::size_t y = 0; y < rows; ++y)
        std::memcpy(band.data() + y * row_bytes + at, tile.data() + y * tile_row_bytes,
                    std::min<std::size_t>(tile_row_bytes, row_bytes - at));
    }
    for (std::size_t y = 0; y < rows; ++y) take(top + y, BytesView(band).subspan(y * row_bytes, row_bytes));
  }
  return JobStatus::decoded;
}

JobStatus read_plane(TIFF* tiff, const Layout& layout, std::uint16_t plane, std::size_t samples, const TakeRow& take) {
  return (TIFFIsTiled(tiff) != 0 ? read_tiles : read_strips)(tiff, layout, plane, samples * layout.bits, take);
}

// Sample number `index` of a packed row, with its own number of bits; of 16 bits the upper eight.
std::uint8_t sample_of(BytesView row, std::size_t index, std::uint16_t bits) {
  if (bits == 8) return row[index];
  if (bits == 16) return row[2 * index + (std::endian::native == std::endian::little ? 1 : 0)];
  const std::size_t at = index * bits;
  return static_cast<std::uint8_t>(row[at / 8] >> (8 - bits - at % 8) & ((1 << bits) - 1));
}

// The colour samples of a packed row, one byte each: values, or indices where there is a palette.
void unpack(BytesView row, const Layout& layout, std::size_t samples, std::size_t colors, std::span<std::uint8_t> out) {
  const bool scaled = layout.bits < 8 && layout.photometric != PHOTOMETRIC_PALETTE;
  const int factor = scaled ? 255 / ((1 << layout.bits) - 1) : 1;
  for (std::size_t x = 0; x < layout.width; ++x)
    for (std::size_t c = 0; c < colors; ++c)
      out[x * colors + c] = static_cast<std::uint8_t>(sample_of(row, x * samples + c, layout.bits) * factor);
}

// Turns rows of colour samples into the sink's pixels.
class Colors {
 public:
  Colors(TIFF* tiff, const Layout& layout, PictureSink& sink) : layout_(layout), sink_(sink), pixels_(sink.row_bytes()) {
    if (layout.photometric != PHOTOMETRIC_PALETTE) return;
    std::uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
    if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue) == 0) return;
    const std::size_t count = std::size_t{1} << layout.bits;
    for (std::size_t i = 0; i < count; ++i)
      for (const std::uint16_t* channel : {red, green, blue}) palette_.push_back(static_cast<std::uint8_t>(channel[i] >> 8));
  }

  bool complete() const { return layout_.photometric != PHOTOMETRIC_PALETTE || !palette_.empty(); }

  void push(BytesView samples) {
    switch (layout_.photometric) {
      case PHOTOMETRIC_MINISWHITE:
        std::transform(samples.begin(), samples.end(), pixels_.begin(),
                       [](std::uint8_t v) { return static_cast<std::uint8_t>(255 - v); });
        break;
      case PHOTOMETRIC_PALETTE:
        for (std::size_t x = 0; x < layout_.width; ++x)
          std::memcpy(pixels_.data() + 4 * x, palette_.data() + std::size_t{3} * samples[x], 3);
        break;
      case PHOTOMETRIC_SEPARATED:
        cmyk_to_rgbx(samples, InkScale::ink, pixels_);
        break;
      case PHOTOMETRIC_RGB:
        for (std::size_t x = 0; x < layout_.width; ++x) std::memcpy(pixels_.data() + 4 * x, samples.data() + 3 * x, 3);
        break;
      default:
        std::copy(samples.begin(), samples.end(), pixels_.begin());
        break;
    }
    sink_.push(pixels_);
  }

 private:
  const Layout& layout_;
  PictureSink& sink_;
  Bytes pixels_;
  Bytes palette_;
};

JobStatus read_contiguous(TIFF* tiff, const Layout& layout, Colors& colors) {
  Bytes samples(layout.width * layout.colors);
  return read_plane(tiff, layout, 0, layout.samples, [&](std::size_t, BytesView row) {
    unpack(row, layout, layout.samples, layout.colors, samples);
    colors.push(samples);
  });
}

// The planes lie one behind the other in the file, so they have to be kept.
JobStatus read_separate(TIFF* tiff, const Layout& layout, Colors& colors) {
  std::vector<Bytes> planes(layout.colors, Bytes(std::size_t{layout.width} * layout.height));
  for (std::size_t plane = 0; plane < planes.size(); ++plane) {
    const JobStatus status = read_plane(tiff, layout, static_cast<std::uint16_t>(plane), 1, [&](std::size_t y, BytesView row) {
      unpack(row, layout, 1, 1, std::span(planes[plane]).subspan(y * layout.width, layout.width));
    });
    if (status != JobStatus::decoded) return status;
  }
  Bytes samples(layout.width * layout.colors);
  for (std::size_t y = 0; y < layout.height; ++y) {
    for (std::size_t x = 0; x < layout.width; ++x)
      for (std::size_t c = 0; c < planes.size(); ++c) samples[x * planes.size() + c] = planes[c][y * layout.width + x];
    colors.push(samples);
  }
  return JobStatus::decoded;
}

}  // namespace

JobStatus decode_tiff(BytesView input, PictureSink& sink, FileFacts& facts) {
  Source source{input};
  const auto or_truncated = [&](JobStatus status) {
    return status == JobStatus::damaged && source.ended ? JobStatus::truncated : status;
  };
  const OpenTiff tiff = open_tiff(source);
  if (!tiff) return or_truncated(JobStatus::damaged);
  Layout layout;
  if (const JobStatus status = read_layout(tiff.get(), layout); status != JobStatus::decoded) return or_truncated(status);
  const bool grey = layout.colors == 1 && layout.photometric != PHOTOMETRIC_PALETTE;
  if (!sink.begin(layout.width, layout.height, grey ? Channels::grey : Channels::rgbx)) return JobStatus::too_many_pixels;
  Colors colors(tiff.get(), layout, sink);
  if (!colors.complete()) return JobStatus::damaged;
  const JobStatus status = (layout.separate ? read_separate : read_contiguous)(tiff.get(), layout, colors);
  if (status != JobStatus::decoded) return or_truncated(status);

  facts.has_more_pictures = TIFFLastDirectory(tiff.get()) == 0;
  facts.exif = exif_in(tiff.get());
  return JobStatus::decoded;
}

}  // namespace tutela::decode
