#include <cstring>
#include <memory>

#include <libheif/heif.h>

#include "decode/worker/formats.h"
#include "decode/worker/heif_boxes.h"
#include "decode/worker/heif_codecs.h"

namespace tutela::decode {
namespace {

using media::JobStatus;

struct Release {
  void operator()(heif_context* context) const { heif_context_free(context); }
  void operator()(heif_image_handle* handle) const { heif_image_handle_release(handle); }
  void operator()(heif_image* image) const { heif_image_release(image); }
  void operator()(heif_decoding_options* options) const { heif_decoding_options_free(options); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

JobStatus status_of(const heif_error& error, const HeifOutline& outline) {
  switch (error.code) {
    case heif_error_Ok:
      return JobStatus::decoded;
    case heif_error_Memory_allocation_error:
      return error.subcode == heif_suberror_Security_limit_exceeded ? JobStatus::too_many_pixels : JobStatus::out_of_memory;
    case heif_error_Unsupported_filetype:
    case heif_error_Unsupported_feature:
      return JobStatus::unsupported_format;
    default:
      return outline.cut_off || error.subcode == heif_suberror_End_of_data ? JobStatus::truncated : JobStatus::damaged;
  }
}

media::CaptureFacts capture_in(const heif_image_handle& handle) {
  heif_item_id block = 0;
  if (heif_image_handle_get_list_of_metadata_block_IDs(&handle, "Exif", &block, 1) != 1) return {};
  Bytes exif(heif_image_handle_get_metadata_size(&handle, block));
  if (exif.size() < 4 || heif_image_handle_get_metadata(&handle, block, exif.data()).code != heif_error_Ok) return {};
  // The block begins with the distance from behind this number to the TIFF structure.
  const std::size_t skipped = std::size_t{exif[0]} << 24 | std::size_t{exif[1]} << 16 | std::size_t{exif[2]} << 8 | exif[3];
  if (skipped > exif.size() - 4) return {};
  return read_exif(BytesView(exif).subspan(4 + skipped)).capture;
}

}  // namespace

JobStatus decode_heif(BytesView input, PictureSink& sink, FileFacts& facts) {
  load_heif_codecs();
  const HeifOutline outline = outline_heif(input);
  if (outline.too_deep) return JobStatus::damaged;
  const Owned<heif_context> context(heif_context_alloc());
  if (!context) return JobStatus::out_of_memory;
  heif_context_set_max_decoding_threads(context.get(), 0);  // tiles one after the other, on this thread
  heif_context_set_maximum_image_size_limit(context.get(), static_cast<int>(sink.limits().side_px_max));
  set_coded_pixels_max(sink.limits().pixels_max);
  heif_error error = heif_context_read_from_memory_without_copy(context.get(), input.data(), input.size(), nullptr);
  if (error.code != heif_error_Ok) return status_of(error, outline);

  heif_image_handle* primary = nullptr;
  error = heif_context_get_primary_image_handle(context.get(), &primary);
  if (error.code != heif_error_Ok) return status_of(error, outline);
  const Owned<heif_image_handle> handle(primary);
  const int width = heif_image_handle_get_width(primary);
  const int height = heif_image_handle_get_height(primary);
  const int coded_width = heif_image_handle_get_ispe_width(primary);
  const int coded_height = heif_image_handle_get_ispe_height(primary);
  if (width <= 0 || height <= 0 || coded_width <= 0 || coded_height <= 0) return JobStatus::damaged;
  // A small picture can be cut out of a huge one.
  if (!sink.allows(static_cast<std::uint32_t>(coded_width), static_cast<std::uint32_t>(coded_height)) ||
      !sink.begin(static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height), Channels::rgbx))
    return JobStatus::too_many_pixels;

  const Owned<heif_decoding_options> options(heif_decoding_options_alloc());
  if (!options) return JobStatus::out_of_memory;
  options->convert_hdr_to_8bit = 1;
  heif_image* decoded = nullptr;
  error = heif_decode_image(primary, &decoded, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options.get());
  if (error.code != heif_error_Ok) return status_of(error, outline);
  const Owned<heif_image> image(decoded);
  int stride = 0;
  const std::uint8_t* pixels = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
  if (pixels == nullptr || stride < 3 * width || heif_image_get_width(decoded, heif_channel_interleaved) != width ||
      heif_image_get_height(decoded, heif_channel_interleaved) != height)
    return JobStatus::damaged;

  Bytes row(sink.row_bytes());
  for (std::ptrdiff_t y = 0; y < height; ++y) {
    const std::uint8_t* rgb = pixels + y * stride;
    for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x) std::memcpy(row.data() + 4 * x, rgb + 3 * x, 3);
    sink.push(row);
  }
  facts.exif.capture = capture_in(*primary);
  facts.has_more_pictures = outline.has_sequence || heif_context_get_number_of_top_level_images(context.get()) > 1;
  return JobStatus::decoded;
}

}  // namespace tutela::decode
