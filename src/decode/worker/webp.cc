#include <memory>

#include <webp/decode.h>
#include <webp/demux.h>

#include "decode/worker/formats.h"

namespace tutela::decode {
namespace {

using media::JobStatus;

struct Delete {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
  void operator()(WebPIterator* frame) const { WebPDemuxReleaseIterator(frame); }
  void operator()(WebPChunkIterator* chunk) const { WebPDemuxReleaseChunkIterator(chunk); }
};

JobStatus status_of(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OK:
      return JobStatus::decoded;
    case VP8_STATUS_OUT_OF_MEMORY:
      return JobStatus::out_of_memory;
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return JobStatus::truncated;
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return JobStatus::unsupported_format;
    default:
      return JobStatus::damaged;
  }
}

ExifFacts exif_in(const WebPDemuxer& demuxer) {
  WebPChunkIterator chunk = {};
  if (WebPDemuxGetChunk(&demuxer, "EXIF", 1, &chunk) == 0) return {};
  const std::unique_ptr<WebPChunkIterator, Delete> released(&chunk);
  BytesView tiff(chunk.chunk.bytes, chunk.chunk.size);
  // Some writers keep the prefix that EXIF has in a JPEG.
  constexpr std::string_view prefix("Exif\0\0", 6);
  if (as_text(tiff).starts_with(prefix)) tiff = tiff.subspan(prefix.size());
  return read_exif(tiff);
}

}  // namespace

JobStatus decode_webp(BytesView input, PictureSink& sink, FileFacts& facts) {
  const WebPData data{input.data(), input.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  // The partial parser also takes a file that breaks off behind its first frame.
  const std::unique_ptr<WebPDemuxer, Delete> demuxer(WebPDemuxPartial(&data, &state));
  if (state == WEBP_DEMUX_PARSE_ERROR) return JobStatus::damaged;
  if (!demuxer || state == WEBP_DEMUX_PARSING_HEADER) return JobStatus::truncated;
  const std::uint32_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  const std::uint32_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  if (!sink.begin(width, height, Channels::rgbx)) return JobStatus::too_many_pixels;

  WebPIterator frame = {};
  if (WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0)
    return state == WEBP_DEMUX_DONE ? JobStatus::damaged : JobStatus::truncated;
  const std::unique_ptr<WebPIterator, Delete> released(&frame);
  if (frame.complete == 0) return JobStatus::truncated;
  const auto x = static_cast<std::size_t>(frame.x_offset);
  const auto y = static_cast<std::size_t>(frame.y_offset);
  if (frame.x_offset < 0 || frame.y_offset < 0 || frame.width <= 0 || frame.height <= 0 ||
      x + static_cast<std::size_t>(frame.width) > width || y + static_cast<std::size_t>(frame.height) > height)
    return JobStatus::damaged;

  // Around a frame that is smaller than its canvas lies transparent black.
  const std::size_t row_bytes = sink.row_bytes();
  Bytes canvas(row_bytes * height);
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) return JobStatus::unsupported_format;
  const std::size_t offset = y * row_bytes + 4 * x;
  config.output.colorspace = MODE_RGBA;  // not premultiplied: alpha leaves the colours as they are stored
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {canvas.data() + offset, static_cast<int>(row_bytes), canvas.size() - offset};
  const JobStatus status = status_of(WebPDecode(frame.fragment.bytes, frame.fragment.size, &config));
  if (status != JobStatus::decoded) return status;
  if (config.output.width != frame.width || config.output.height != frame.height) return JobStatus::damaged;
  for (std::size_t row = 0; row < height; ++row) sink.push(BytesView(canvas).subspan(row * row_bytes, row_bytes));
  facts.exif = exif_in(*demuxer);
  facts.has_more_pictures =
      WebPDemuxGetI(demuxer.get(), WEBP_FF_FRAME_COUNT) > 1 ||
      (state != WEBP_DEMUX_DONE && (WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS) & ANIMATION_FLAG) != 0);
  return JobStatus::decoded;
}

}  // namespace tutela::decode
