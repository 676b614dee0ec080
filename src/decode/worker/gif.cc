#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <gif_lib.h>

#include "decode/worker/formats.h"

namespace tutela::decode {
namespace {

using media::JobStatus;

constexpr int kGraphicControl = 0xF9;

struct Source {
  BytesView left;
  bool ended = false;
};

int on_read(GifFileType* gif, GifByteType* out, int length) {
  Source& source = *static_cast<Source*>(gif->UserData);
  const std::size_t bytes = std::min(source.left.size(), static_cast<std::size_t>(std::max(length, 0)));
  if (bytes < static_cast<std::size_t>(length)) source.ended = true;
  if (bytes > 0) std::memcpy(out, source.left.data(), bytes);
  source.left = source.left.subspan(bytes);
  return static_cast<int>(bytes);
}

struct Close {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

JobStatus status_of(const Source& source, int error) {
  if (error == D_GIF_ERR_NOT_ENOUGH_MEM) return JobStatus::out_of_memory;
  return source.ended ? JobStatus::truncated : JobStatus::damaged;
}

// Reads on to the next picture's description. `transparent` is the index that an extension before it calls so, or stays.
// Nothing: the file has no further picture, or something is wrong with it.
bool next_picture(GifFileType& gif, std::optional<std::uint8_t>& transparent) {
  for (;;) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(&gif, &type) == GIF_ERROR) return false;
    if (type == IMAGE_DESC_RECORD_TYPE) return true;
    if (type != EXTENSION_RECORD_TYPE) return false;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(&gif, &code, &block) == GIF_ERROR) return false;
    if (code == kGraphicControl && block != nullptr && block[0] >= 4 && (block[1] & 1) != 0) transparent = block[4];
    while (block != nullptr)
      if (DGifGetExtensionNext(&gif, &block) == GIF_ERROR) return false;
  }
}

// Where a file has no colours of its own, or too few, an index stands for its shade of grey.
std::array<GifColorType, 256> palette_of(const GifFileType& gif) {
  std::array<GifColorType, 256> palette;
  for (std::size_t i = 0; i < palette.size(); ++i) {
    const auto shade = static_cast<GifByteType>(i);
    palette[i] = {shade, shade, shade};
  }
  const ColorMapObject* colors = gif.Image.ColorMap != nullptr ? gif.Image.ColorMap : gif.SColorMap;
  if (colors != nullptr) std::copy_n(colors->Colors, std::clamp(colors->ColorCount, 0, 256), palette.begin());
  return palette;
}

bool read_pixels(GifFileType& gif, std::span<std::uint8_t> canvas, std::size_t canvas_width) {
  struct Pass {
    int first;
    int step;
  };
  constexpr std::array interlaced = {Pass{0, 8}, Pass{4, 8}, Pass{2, 4}, Pass{1, 2}};
  constexpr std::array plain = {Pass{0, 1}};
  const GifImageDesc& frame = gif.Image;
  for (const Pass& pass : frame.Interlace ? std::span<const Pass>(interlaced) : std::span<const Pass>(plain)) {
    for (int y = pass.first; y < frame.Height; y += pass.step) {
      const std::size_t at = static_cast<std::size_t>(frame.Top + y) * canvas_width + static_cast<std::size_t>(frame.Left);
      if (DGifGetLine(&gif, canvas.subspan(at).data(), frame.Width) == GIF_ERROR) return false;
    }
  }
  return true;
}

}  // namespace

JobStatus decode_gif(BytesView input, PictureSink& sink, FileFacts& facts) {
  Source source{input};
  int error = 0;
  const std::unique_ptr<GifFileType, Close> gif(DGifOpen(&source, on_read, &error));
  if (!gif) return status_of(source, error);
  std::optional<std::uint8_t> transparent;
  if (!next_picture(*gif, transparent) || DGifGetImageDesc(gif.get()) == GIF_ERROR) return status_of(source, gif->Error);
  const GifImageDesc& frame = gif->Image;
  if (frame.Width <= 0 || frame.Height <= 0 || frame.Left < 0 || frame.Top < 0) return JobStatus::damaged;

  // A frame that reaches beyond the screen enlarges it, as in Pillow and the browsers.
  const auto width = static_cast<std::uint32_t>(std::max(gif->SWidth, frame.Left + frame.Width));
  const auto height = static_cast<std::uint32_t>(std::max(gif->SHeight, frame.Top + frame.Height));
  if (!sink.begin(width, height, Channels::rgbx)) return JobStatus::too_many_pixels;
  Bytes canvas(std::size_t{width} * height, transparent.value_or(0));
  if (!read_pixels(*gif, canvas, width)) return status_of(source, gif->Error);

  const auto palette = palette_of(*gif);
  Bytes row(sink.row_bytes());
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const GifColorType color = palette[canvas[y * width + x]];
      row[4 * x] = color.Red;
      row[4 * x + 1] = color.Green;
      row[4 * x + 2] = color.Blue;
    }
    sink.push(row);
  }
  facts.has_more_pictures = next_picture(*gif, transparent);
  return JobStatus::decoded;
}

}  // namespace tutela::decode
