#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <gif_lib.h>
#include <gtest/gtest.h>
#include <libheif/heif.h>
#include <tiffio.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "base/bytes.h"
#include "media/rgb_view.h"

// Files for tests in the formats that test_pictures.h does not write: by the encoders of the very libraries, so that what a test
// expects is what was put in.
namespace tutela::decode::test {

// Read by LeakSanitizer: the HEVC encoder keeps a little after each picture; no other program than a test calls it.
extern "C" inline __attribute__((used)) const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libx265";
}

// 4 bytes a pixel; `alpha` of each pixel from its number.
inline Bytes with_alpha(BytesView rgb, std::uint8_t (*alpha)(std::size_t pixel)) {
  Bytes rgba;
  rgba.reserve(rgb.size() / 3 * 4);
  for (std::size_t i = 0; i < rgb.size() / 3; ++i) {
    rgba.insert(rgba.end(), rgb.begin() + static_cast<std::ptrdiff_t>(3 * i),
                rgb.begin() + static_cast<std::ptrdiff_t>(3 * i + 3));
    rgba.push_back(alpha(i));
  }
  return rgba;
}
inline std::uint8_t opaque(std::size_t) { return 255; }
inline std::uint8_t striped(std::size_t pixel) { return static_cast<std::uint8_t>(pixel % 251); }

// WebP

struct WebpOptions {
  bool lossless = true;
  std::uint8_t (*alpha)(std::size_t pixel) = opaque;
};

inline Bytes to_webp(const media::RgbView& picture, const WebpOptions& options = {}) {
  const Bytes rgba = with_alpha(picture.bytes, options.alpha);
  WebPConfig config;
  WebPConfigInit(&config);
  WebPConfigLosslessPreset(&config, 1);
  config.lossless = options.lossless ? 1 : 0;
  config.quality = options.lossless ? 20 : 90;
  config.exact = 1;  // the colours under transparent pixels too
  WebPPicture webp;
  WebPPictureInit(&webp);
  webp.use_argb = options.lossless ? 1 : 0;
  webp.width = static_cast<int>(picture.width);
  webp.height = static_cast<int>(picture.height);
  WebPPictureImportRGBA(&webp, rgba.data(), webp.width * 4);
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  webp.writer = WebPMemoryWrite;
  webp.custom_ptr = &writer;
  EXPECT_NE(WebPEncode(&config, &webp), 0) << "libwebp error " << webp.error_code;
  Bytes file(writer.mem, writer.mem + writer.size);
  WebPMemoryWriterClear(&writer);
  WebPPictureFree(&webp);
  return file;
}

struct WebpFrame {
  BytesView file;
  int x = 0;
  int y = 0;
};

// Frames on a canvas, and an EXIF block where one is given.
inline Bytes to_animated_webp(const std::vector<WebpFrame>& frames, int width, int height, BytesView exif = {}) {
  WebPMux* mux = WebPMuxNew();
  for (const WebpFrame& frame : frames) {
    const WebPMuxFrameInfo info = {.bitstream = {frame.file.data(), frame.file.size()},
                                   .x_offset = frame.x,
                                   .y_offset = frame.y,
                                   .duration = 40,
                                   .id = WEBP_CHUNK_ANMF,
                                   .dispose_method = WEBP_MUX_DISPOSE_NONE,
                                   .blend_method = WEBP_MUX_BLEND,
                                   .pad = {}};
    EXPECT_EQ(WebPMuxPushFrame(mux, &info, 1), WEBP_MUX_OK);
  }
  const WebPMuxAnimParams animation = {.bgcolor = 0xFFFF'FFFF, .loop_count = 0};
  EXPECT_EQ(WebPMuxSetAnimationParams(mux, &animation), WEBP_MUX_OK);
  EXPECT_EQ(WebPMuxSetCanvasSize(mux, width, height), WEBP_MUX_OK);
  const WebPData block{exif.data(), exif.size()};
  if (!exif.empty()) {
    EXPECT_EQ(WebPMuxSetChunk(mux, "EXIF", &block, 1), WEBP_MUX_OK);
  }
  WebPData out = {};
  EXPECT_EQ(WebPMuxAssemble(mux, &out), WEBP_MUX_OK);
  Bytes file(out.bytes, out.bytes + out.size);
  WebPDataClear(&out);
  WebPMuxDelete(mux);
  return file;
}

// A still picture with an EXIF block.
inline Bytes to_webp_with_exif(BytesView still, BytesView exif) {
  const WebPData image{still.data(), still.size()};
  const WebPData block{exif.data(), exif.size()};
  WebPMux* mux = WebPMuxNew();
  EXPECT_EQ(WebPMuxSetImage(mux, &image, 1), WEBP_MUX_OK);
  EXPECT_EQ(WebPMuxSetChunk(mux, "EXIF", &block, 1), WEBP_MUX_OK);
  WebPData out = {};
  EXPECT_EQ(WebPMuxAssemble(mux, &out), WEBP_MUX_OK);
  Bytes file(out.bytes, out.bytes + out.size);
  WebPDataClear(&out);
  WebPMuxDelete(mux);
  return file;
}

// GIF

struct GifFrame {
  Bytes indices;
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
  bool interlaced = false;
  int transparent = -1;  // index; -1: none
};

inline int gif_write(GifFileType* gif, const GifByteType* bytes, int length) {
  append_bytes(*static_cast<Bytes*>(gif->UserData), BytesView(bytes, static_cast<std::size_t>(length)));
  return length;
}

// `palette` has 3 bytes a colour and a power of two of them; none: a file without colours.
inline Bytes to_gif(int width, int height, BytesView palette, const std::vector<GifFrame>& frames) {
  Bytes file;
  int error = 0;
  GifFileType* gif = EGifOpen(&file, gif_write, &error);
  EGifSetGifVersion(gif, true);
  ColorMapObject* colors = palette.empty() ? nullptr : GifMakeMapObject(static_cast<int>(palette.size() / 3), nullptr);
  for (std::size_t i = 0; i < palette.size() / 3; ++i)
    colors->Colors[i] = {palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
  EXPECT_EQ(EGifPutScreenDesc(gif, width, height, 8, 0, colors), GIF_OK);
  for (const GifFrame& frame : frames) {
    const GraphicsControlBlock control = {
        .DisposalMode = 0, .UserInputFlag = false, .DelayTime = 4, .TransparentColor = frame.transparent};
    GifByteType block[4];
    EGifGCBToExtension(&control, block);
    EXPECT_EQ(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, sizeof block, block), GIF_OK);
    // giflib writes an image without any colours only where its own copy of them is there to ask for their number.
    EXPECT_EQ(EGifPutImageDesc(gif, frame.left, frame.top, frame.width, frame.height, frame.interlaced, nullptr), GIF_OK);
    static constexpr int kFirst[] = {0, 4, 2, 1}, kStep[] = {8, 8, 4, 2};
    for (int pass = 0; pass < (frame.interlaced ? 4 : 1); ++pass) {
      for (int y = frame.interlaced ? kFirst[pass] : 0; y < frame.height; y += frame.interlaced ? kStep[pass] : 1) {
        Bytes row(frame.indices.begin() + static_cast<std::ptrdiff_t>(y) * frame.width,
                  frame.indices.begin() + static_cast<std::ptrdiff_t>(y + 1) * frame.width);
        EXPECT_EQ(EGifPutLine(gif, row.data(), frame.width), GIF_OK);
      }
    }
  }
  EGifCloseFile(gif, &error);
  GifFreeMapObject(colors);
  return file;
}

// TIFF

struct TiffOptions {
  std::uint16_t bits = 8;
  std::uint16_t samples = 3;
  std::uint16_t photometric = PHOTOMETRIC_RGB;
  std::uint16_t compression = COMPRESSION_NONE;
  std::uint16_t orientation = ORIENTATION_TOPLEFT;
  std::uint32_t tile = 0;  // side of a tile; 0: strips
  std::uint32_t rows_per_strip = 16;
  std::vector<std::uint16_t> extra = {};  // kinds of the samples behind the colours
  Bytes palette = {};                     // 3 bytes a colour
  const char* make = nullptr;
  int pages = 1;
  bool big = false;
  bool big_endian = false;
  bool separate = false;
  bool signed_samples = false;
};

struct TiffMemory {
  Bytes bytes;
  std::uint64_t at = 0;
};

// `pixels`: packed rows as the options say; planes one behind the other where they are separate. 16-bit samples in the machine's
// own byte order.
inline Bytes to_tiff(BytesView pixels, std::uint32_t width, std::uint32_t height, const TiffOptions& options = {}) {
  TiffMemory memory;
  const auto of = [](thandle_t handle) { return static_cast<TiffMemory*>(handle); };
  static constexpr auto memory_of = of;
  std::string mode = options.big_endian ? "wb" : "wl";
  if (options.big) mode += "8";
  TIFF* tiff = TIFFClientOpen(
      "", mode.c_str(), &memory,
      [](thandle_t handle, void* out, tmsize_t length) -> tmsize_t {
        TiffMemory& m = *memory_of(handle);
        const std::size_t bytes = std::min(static_cast<std::size_t>(length), m.bytes.size() - std::min(m.at, m.bytes.size()));
        std::memcpy(out, m.bytes.data() + m.at, bytes);
        m.at += bytes;
        return static_cast<tmsize_t>(bytes);
      },
      [](thandle_t handle, void* in, tmsize_t length) -> tmsize_t {
        TiffMemory& m = *memory_of(handle);
        const auto bytes = static_cast<std::size_t>(length);
        m.bytes.resize(std::max(m.bytes.size(), m.at + bytes));
        std::memcpy(m.bytes.data() + m.at, in, bytes);
        m.at += bytes;
        return length;
      },
      [](thandle_t handle, toff_t offset, int whence) -> toff_t {
        TiffMemory& m = *memory_of(handle);
        m.at = whence == SEEK_CUR ? m.at + offset : whence == SEEK_END ? m.bytes.size() + offset : offset;
        return m.at;
      },
      [](thandle_t) { return 0; }, [](thandle_t handle) -> toff_t { return memory_of(handle)->bytes.size(); },
      [](thandle_t, void**, toff_t*) { return 0; }, [](thandle_t, void*, toff_t) {});
  for (int page = 0; page < options.pages; ++page) {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, options.bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, options.samples);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, options.compression);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, options.photometric);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, options.separate ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, options.orientation);
    if (options.signed_samples) TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_INT);
    if (options.make != nullptr) TIFFSetField(tiff, TIFFTAG_MAKE, options.make);
    if (!options.extra.empty())
      TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, static_cast<std::uint16_t>(options.extra.size()), options.extra.data());
    if (options.photometric == PHOTOMETRIC_YCBCR) {
      TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, 90);
    }
    if (!options.palette.empty()) {
      std::vector<std::uint16_t> channels[3];
      for (std::size_t i = 0; i < options.palette.size(); ++i)
        channels[i % 3].push_back(static_cast<std::uint16_t>(options.palette[i] * 257));
      for (auto& channel : channels) channel.resize(std::size_t{1} << options.bits);
      TIFFSetField(tiff, TIFFTAG_COLORMAP, channels[0].data(), channels[1].data(), channels[2].data());
    }
    const std::size_t planes = options.separate ? options.samples : 1;
    const std::size_t pixel_bits = std::size_t{options.bits} * (options.separate ? 1 : options.samples);
    const std::size_t row_bytes = (width * pixel_bits + 7) / 8;
    if (options.tile == 0) {
      TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, options.rows_per_strip);
      for (std::size_t plane = 0; plane < planes; ++plane) {
        for (std::uint32_t y = 0; y < height; ++y) {
          const BytesView from = pixels.subspan((plane * height + y) * row_bytes, row_bytes);
          Bytes row(from.begin(), from.end());
          EXPECT_GE(TIFFWriteScanline(tiff, row.data(), y, static_cast<std::uint16_t>(plane)), 0);
        }
      }
    } else {
      TIFFSetField(tiff, TIFFTAG_TILEWIDTH, options.tile);
      TIFFSetField(tiff, TIFFTAG_TILELENGTH, options.tile);
      const std::size_t tile_row = options.tile * pixel_bits / 8;
      for (std::size_t plane = 0; plane < planes; ++plane) {
        for (std::uint32_t top = 0; top < height; top += options.tile) {
          for (std::uint32_t left = 0; left < width; left += options.tile) {
            Bytes tile(tile_row * options.tile);
            const std::size_t at = left * pixel_bits / 8;
            for (std::uint32_t y = 0; y < std::min(options.tile, height - top); ++y)
              std::memcpy(tile.data() + y * tile_row, pixels.data() + (plane * height + top + y) * row_bytes + at,
                          std::min(tile_row, row_bytes - at));
            EXPECT_GE(TIFFWriteTile(tiff, tile.data(), left, top, 0, static_cast<std::uint16_t>(plane)), 0);
          }
        }
      }
    }
    if (page + 1 < options.pages) TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
  return std::move(memory.bytes);
}
inline Bytes to_tiff(const media::RgbView& picture, const TiffOptions& options = {}) {
  return to_tiff(picture.bytes, picture.width, picture.height, options);
}

// HEIC and AVIF

struct HeifOptions {
  heif_compression_format format = heif_compression_HEVC;
  int quality = 0;  // 0: lossless
  int bits = 8;     // above 8 the values are shifted up and filled with noise below
  bool alpha = false;
  bool grey = false;  // of the green channel
  heif_orientation orientation = heif_orientation_normal;
  Bytes exif = {};
  int pictures = 1;
};

// Writes `value(x, y)` of every pixel into a channel of its own.
template <class Value>
void fill_channel(heif_image* image, heif_channel channel, const media::RgbView& picture, int bits, Value value) {
  const heif_error added =
      heif_image_add_plane(image, channel, static_cast<int>(picture.width), static_cast<int>(picture.height), bits);
  ASSERT_EQ(added.code, heif_error_Ok) << added.message;
  int stride = 0;
  std::uint8_t* out = heif_image_get_plane(image, channel, &stride);
  for (std::uint32_t y = 0; y < picture.height; ++y) {
    std::uint8_t* row = out + static_cast<std::ptrdiff_t>(y) * stride;
    for (std::size_t x = 0; x < picture.width; ++x) {
      const unsigned shift = static_cast<unsigned>(bits) - 8;
      const unsigned deep = unsigned{value(x, y)} << shift | (static_cast<unsigned>(x + y) & ((1U << shift) - 1));
      if (bits == 8) {
        row[x] = static_cast<std::uint8_t>(deep);
      } else {
        row[2 * x] = static_cast<std::uint8_t>(deep);
        row[2 * x + 1] = static_cast<std::uint8_t>(deep >> 8);
      }
    }
  }
}

inline heif_image* heif_image_of(const media::RgbView& picture, const HeifOptions& options) {
  const auto color = [&](std::size_t c) {
    return [&picture, c](std::size_t x, std::uint32_t y) { return picture.row(y)[3 * x + c]; };
  };
  // The identity matrix: what is called Y, Cb and Cr is green, blue and red.
  heif_image* image = nullptr;
  heif_image_create(static_cast<int>(picture.width), static_cast<int>(picture.height),
                    options.grey ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
                    options.grey ? heif_chroma_monochrome : heif_chroma_444, &image);
  fill_channel(image, heif_channel_Y, picture, options.bits, color(1));
  if (!options.grey) {
    fill_channel(image, heif_channel_Cb, picture, options.bits, color(2));
    fill_channel(image, heif_channel_Cr, picture, options.bits, color(0));
  }
  if (options.alpha)
    fill_channel(image, heif_channel_Alpha, picture, options.bits, [](std::size_t x, std::uint32_t) { return striped(x); });
  heif_color_profile_nclx* colors = heif_nclx_color_profile_alloc();
  colors->matrix_coefficients = options.grey ? heif_matrix_coefficients_ITU_R_BT_601_6 : heif_matrix_coefficients_RGB_GBR;
  colors->full_range_flag = 1;
  heif_image_set_nclx_color_profile(image, colors);
  heif_nclx_color_profile_free(colors);
  return image;
}

inline Bytes to_heif(const media::RgbView& picture, const HeifOptions& options = {}) {
  const auto check = [](const heif_error& error) { EXPECT_EQ(error.code, heif_error_Ok) << error.message; };
  heif_image* image = heif_image_of(picture, options);
  heif_context* context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  check(heif_context_get_encoder_for_format(context, options.format, &encoder));
  heif_encoding_options* encoding = heif_encoding_options_alloc();
  encoding->image_orientation = options.orientation;
  if (options.quality == 0) {
    heif_encoder_set_lossless(encoder, 1);
  } else {
    heif_encoder_set_lossy_quality(encoder, options.quality);
  }
  if (!options.grey) check(heif_encoder_set_parameter_string(encoder, "chroma", "444"));
  if (options.format == heif_compression_AV1) heif_encoder_set_parameter_integer(encoder, "speed", 8);
  for (int i = 0; i < options.pictures; ++i) {
    heif_image_handle* handle = nullptr;
    check(heif_context_encode_image(context, image, encoder, encoding, &handle));
    if (!options.exif.empty())
      check(heif_context_add_exif_metadata(context, handle, options.exif.data(), static_cast<int>(options.exif.size())));
    heif_image_handle_release(handle);
  }
  Bytes file;
  heif_writer writer = {1, [](heif_context*, const void* data, std::size_t bytes, void* to) {
                          append_bytes(*static_cast<Bytes*>(to), BytesView(static_cast<const std::uint8_t*>(data), bytes));
                          return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                        }};
  check(heif_context_write(context, &writer, &file));
  heif_encoding_options_free(encoding);
  heif_encoder_release(encoder);
  heif_context_free(context);
  heif_image_release(image);
  return file;
}

}  // namespace tutela::decode::test
