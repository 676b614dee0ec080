#include "decode/worker/heif_codecs.h"

#include <array>
#include <cstring>
#include <memory>

#include <dav1d/dav1d.h>
#include <libde265/de265.h>
#include <libheif/heif_plugin.h>

#include "base/bytes.h"
#include "decode/worker/hevc_size.h"

namespace tutela::decode {
namespace {

constexpr int kPluginVersion = 3;
constexpr int kPriority = 1000;  // libheif's own have at most 150

thread_local std::uint64_t coded_pixels_max = 0;

constexpr heif_error kDone = {heif_error_Ok, heif_suberror_Unspecified, "ok"};
constexpr heif_error kDamaged = {heif_error_Decoder_plugin_error, heif_suberror_Unspecified, "damaged"};
constexpr heif_error kCutOff = {heif_error_Invalid_input, heif_suberror_End_of_data, "cut off"};
constexpr heif_error kTooLarge = {heif_error_Memory_allocation_error, heif_suberror_Security_limit_exceeded, "too large"};
constexpr heif_error kNoMemory = {heif_error_Memory_allocation_error, heif_suberror_Unspecified, "no memory"};

struct Release {
  void operator()(heif_image* image) const { heif_image_release(image); }
  void operator()(heif_color_profile_nclx* profile) const { heif_nclx_color_profile_free(profile); }
};
using OwnedImage = std::unique_ptr<heif_image, Release>;

// One channel of a decoded picture, rows of one or (above 8 bits) two bytes a sample.
struct Plane {
  heif_channel channel;
  const std::uint8_t* data;
  std::ptrdiff_t stride_bytes;
  int width;
  int height;
  int bits;
};

bool add_plane(heif_image& image, const Plane& plane) {
  if (plane.data == nullptr || plane.width <= 0 || plane.height <= 0 || plane.bits < 8 || plane.bits > 16) return false;
  if (heif_image_add_plane(&image, plane.channel, plane.width, plane.height, plane.bits).code != heif_error_Ok) return false;
  int stride = 0;
  std::uint8_t* out = heif_image_get_plane(&image, plane.channel, &stride);
  const std::size_t row_bytes = static_cast<std::size_t>(plane.width) * (plane.bits > 8 ? 2 : 1);
  if (out == nullptr || static_cast<std::size_t>(stride) < row_bytes) return false;
  for (std::ptrdiff_t y = 0; y < plane.height; ++y) std::memcpy(out + y * stride, plane.data + y * plane.stride_bytes, row_bytes);
  return true;
}

// What the stream says of its colours; libheif takes it where the container says nothing.
struct StreamColors {
  int primaries;
  int transfer;
  int matrix;
  bool full_range;
};

void set_colors(heif_image& image, const StreamColors& colors) {
  const std::unique_ptr<heif_color_profile_nclx, Release> profile(heif_nclx_color_profile_alloc());
  if (!profile) return;
  heif_nclx_color_profile_set_color_primaries(profile.get(), static_cast<std::uint16_t>(colors.primaries));
  heif_nclx_color_profile_set_transfer_characteristics(profile.get(), static_cast<std::uint16_t>(colors.transfer));
  heif_nclx_color_profile_set_matrix_coefficients(profile.get(), static_cast<std::uint16_t>(colors.matrix));
  profile->full_range_flag = colors.full_range ? 1 : 0;
  heif_image_set_nclx_color_profile(&image, profile.get());
}

OwnedImage new_image(int width, int height, heif_chroma chroma) {
  heif_image* image = nullptr;
  const heif_colorspace space = chroma == heif_chroma_monochrome ? heif_colorspace_monochrome : heif_colorspace_YCbCr;
  if (heif_image_create(width, height, space, chroma, &image).code != heif_error_Ok) return nullptr;
  return OwnedImage(image);
}

constexpr std::array kChannels = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};

// HEVC through libde265, on this thread: it works so when no worker was ever started.

class HevcDecoder {
 public:
  HevcDecoder() : context_(de265_new_decoder()) {}
  HevcDecoder(const HevcDecoder&) = delete;
  HevcDecoder& operator=(const HevcDecoder&) = delete;
  ~HevcDecoder() {
    if (context_ != nullptr) de265_free_decoder(context_);
  }

  bool ready() const { return context_ != nullptr; }

  // NAL units, each behind its length in four bytes.
  heif_error push(BytesView data) {
    while (!data.empty()) {
      if (data.size() < 4) return kCutOff;
      const std::size_t length = std::size_t{data[0]} << 24 | std::size_t{data[1]} << 16 | std::size_t{data[2]} << 8 | data[3];
      data = data.subspan(4);
      if (length > data.size()) return kCutOff;
      if (const heif_error error = push_unit(data.first(length)); error.code != heif_error_Ok) return error;
      data = data.subspan(length);
    }
    return kDone;
  }

  heif_error decode(heif_image** out) {
    de265_flush_data(context_);
    for (int more = 1; more != 0;) {
      more = 0;
      const de265_error error = de265_decode(context_, &more);
      if (error == DE265_ERROR_OUT_OF_MEMORY) return kNoMemory;
      if (const de265_image* picture = de265_get_next_picture(context_)) {
        *out = converted(*picture).release();
        return *out == nullptr ? kDamaged : kDone;
      }
      if (de265_isOK(error) == 0) return kDamaged;
    }
    return kDamaged;
  }

 private:
  // What no part of the picture is in is not given to libde265, and nothing that would make it allocate too much.
  heif_error push_unit(BytesView unit) {
    const auto head = hevc_unit(unit);
    if (!head) return kDamaged;
    if (head->layer != 0) return kDone;
    if (head->type == kHevcSequenceParameters) {
      const auto size = hevc_size(unit);
      if (!size) return kDamaged;
      if (std::uint64_t{size->width} * size->height > coded_pixels_max) return kTooLarge;
    }
    const auto error = de265_push_NAL(context_, unit.data(), static_cast<int>(unit.size()), 0, nullptr);
    return de265_isOK(error) == 0 ? kNoMemory : kDone;
  }

  static OwnedImage converted(const de265_image& picture) {
    const de265_chroma chroma = de265_get_chroma_format(&picture);
    OwnedImage image = new_image(de265_get_image_width(&picture, 0), de265_get_image_height(&picture, 0),
                                 static_cast<heif_chroma>(chroma));  // both count as HEVC does
    if (!image) return nullptr;
    const int channels = chroma == de265_chroma_mono ? 1 : 3;
    for (int c = 0; c < channels; ++c) {
      int stride = 0;
      const std::uint8_t* data = de265_get_image_plane(&picture, c, &stride);
      if (!add_plane(*image, {kChannels.at(static_cast<std::size_t>(c)), data, stride, de265_get_image_width(&picture, c),
                              de265_get_image_height(&picture, c), de265_get_bits_per_pixel(&picture, c)}))
        return nullptr;
    }
    set_colors(*image, {de265_get_image_colour_primaries(&picture), de265_get_image_transfer_characteristics(&picture),
                        de265_get_image_matrix_coefficients(&picture), de265_get_image_full_range_flag(&picture) != 0});
    return image;
  }

  de265_decoder_context* context_;
};
static_assert(int{de265_chroma_mono} == int{heif_chroma_monochrome} && int{de265_chroma_420} == int{heif_chroma_420} &&
              int{de265_chroma_422} == int{heif_chroma_422} && int{de265_chroma_444} == int{heif_chroma_444});

// AV1 through dav1d, with one thread, which is this one.

class Av1Decoder {
 public:
  Av1Decoder() {
    Dav1dSettings settings;
    dav1d_default_settings(&settings);
    settings.n_threads = 1;
    settings.max_frame_delay = 1;
    settings.all_layers = 0;
    settings.frame_size_limit = static_cast<unsigned>(coded_pixels_max);
    settings.logger.callback = nullptr;
    if (dav1d_open(&context_, &settings) != 0) context_ = nullptr;
  }
  Av1Decoder(const Av1Decoder&) = delete;
  Av1Decoder& operator=(const Av1Decoder&) = delete;
  ~Av1Decoder() { dav1d_close(&context_); }

  bool ready() const { return context_ != nullptr; }

  heif_error push(BytesView data) {
    append_bytes(stream_, data);
    return kDone;
  }

  heif_error decode(heif_image** out) {
    if (stream_.empty()) return kCutOff;
    Dav1dData data = {};
    if (dav1d_data_wrap(&data, stream_.data(), stream_.size(), [](const std::uint8_t*, void*) {}, nullptr) != 0) return kNoMemory;
    Dav1dPicture picture = {};
    int got = DAV1D_ERR(EAGAIN);
    while (got == DAV1D_ERR(EAGAIN)) {
      const bool drained = data.sz == 0;
      const int sent = drained ? 0 : dav1d_send_data(context_, &data);
      got = sent == 0 || sent == DAV1D_ERR(EAGAIN) ? dav1d_get_picture(context_, &picture) : sent;
      if (drained) break;
    }
    dav1d_data_unref(&data);
    if (got == DAV1D_ERR(ERANGE)) return kTooLarge;
    if (got == DAV1D_ERR(ENOMEM)) return kNoMemory;
    if (got != 0) return kDamaged;
    *out = converted(picture).release();
    dav1d_picture_unref(&picture);
    return *out == nullptr ? kDamaged : kDone;
  }

 private:
  static OwnedImage converted(const Dav1dPicture& picture) {
    static constexpr std::array chromas = {heif_chroma_monochrome, heif_chroma_420, heif_chroma_422, heif_chroma_444};
    const heif_chroma chroma = chromas.at(static_cast<std::size_t>(picture.p.layout));
    OwnedImage image = new_image(picture.p.w, picture.p.h, chroma);
    if (!image) return nullptr;
    const int across = chroma == heif_chroma_420 || chroma == heif_chroma_422 ? 1 : 0;
    const int down = chroma == heif_chroma_420 ? 1 : 0;
    const std::size_t channels = chroma == heif_chroma_monochrome ? 1 : 3;
    for (std::size_t c = 0; c < channels; ++c) {
      const int width = c == 0 ? picture.p.w : (picture.p.w + across) >> across;
      const int height = c == 0 ? picture.p.h : (picture.p.h + down) >> down;
      if (!add_plane(*image, {kChannels.at(c), static_cast<const std::uint8_t*>(picture.data[c]), picture.stride[c == 0 ? 0 : 1],
                              width, height, picture.p.bpc}))
        return nullptr;
    }
    const Dav1dSequenceHeader& header = *picture.seq_hdr;
    set_colors(*image, {int{header.pri}, int{header.trc}, int{header.mtrx}, header.color_range != 0});
    return image;
  }

  Dav1dContext* context_ = nullptr;
  Bytes stream_;
};

// The functions that libheif calls, for either decoder.
template <class Codec, heif_compression_format kFormat>
struct Plugin {
  static int priority_for(heif_compression_format format) { return format == kFormat ? kPriority : 0; }
  static heif_error create(void** out) {
    auto decoder = std::make_unique<Codec>();
    if (!decoder->ready()) return kNoMemory;
    *out = decoder.release();
    return kDone;
  }
  static void destroy(void* decoder) { delete static_cast<Codec*>(decoder); }
  static heif_error push(void* decoder, const void* data, std::size_t bytes) {
    return static_cast<Codec*>(decoder)->push({static_cast<const std::uint8_t*>(data), bytes});
  }
  static heif_error decode(void* decoder, heif_image** out) { return static_cast<Codec*>(decoder)->decode(out); }
  static void set_strict(void*, int) {}

  static heif_decoder_plugin table(const char* (*name)(), const char* id) {
    return {.plugin_api_version = kPluginVersion,
            .get_plugin_name = name,
            .init_plugin = nullptr,
            .deinit_plugin = nullptr,
            .does_support_format = priority_for,
            .new_decoder = create,
            .free_decoder = destroy,
            .push_data = push,
            .decode_image = decode,
            .set_strict_decoding = set_strict,
            .id_name = id};
  }
};

}  // namespace

void load_heif_codecs() {
  static const bool loaded = [] {
    static const heif_decoder_plugin hevc =
        Plugin<HevcDecoder, heif_compression_HEVC>::table([] { return "libde265, one thread"; }, "tutela-hevc");
    static const heif_decoder_plugin av1 =
        Plugin<Av1Decoder, heif_compression_AV1>::table([] { return "dav1d, one thread"; }, "tutela-av1");
    heif_init(nullptr);
    return heif_register_decoder_plugin(&hevc).code == heif_error_Ok && heif_register_decoder_plugin(&av1).code == heif_error_Ok;
  }();
  if (!loaded) std::abort();  // a libheif that takes no decoder is a build that cannot work
}

void set_coded_pixels_max(std::uint64_t pixels) { coded_pixels_max = pixels; }

}  // namespace tutela::decode
