#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "decode/worker/picture_sink.h"
#include "media/capture_facts.h"
#include "media/decoder_wire.h"

// One function a format. Each reads the first picture of the file into the sink and returns `decoded`, or the reason why not;
// what the file says of it goes to `facts`. They throw nothing but std::bad_alloc.
namespace tutela::decode {

// What EXIF says. `orientation` is top_left where it says nothing, or nonsense.
struct ExifFacts {
  media::CaptureFacts capture;
  media::Orientation orientation = media::Orientation::top_left;
};

struct FileFacts {
  ExifFacts exif;
  bool has_more_pictures = false;  // frames, pages or further images, which nobody looked at
};

// Baseline, progressive and arithmetic JPEG, 8 bits a sample, through libjpeg-turbo with its default (exact integer) transform
// and smooth chroma: the pixels that Pillow and the browsers see. CMYK is converted as if its inks were filters. A picture is
// truncated when its data ends inside a scan; a file that only lacks its end marker is whole.
media::JobStatus decode_jpeg(BytesView input, PictureSink& sink, FileFacts& facts);

// PNG through libpng. Palettes are expanded, 16 bits cut to 8, alpha and gamma ignored: the stored colours are what is hashed.
media::JobStatus decode_png(BytesView input, PictureSink& sink, FileFacts& facts);

// Binary PNM (P5, P6) with a maximum of 255: our own parser. The first picture of a file.
media::JobStatus decode_pnm(BytesView input, PictureSink& sink, FileFacts& facts);

// WebP through libwebp, lossy and lossless. Of an animation the first frame on its canvas, whose rest is black, as Pillow has it.
// Alpha is dropped, not composited: the colours under it are what is hashed.
media::JobStatus decode_webp(BytesView input, PictureSink& sink, FileFacts& facts);

// The first frame of a GIF through giflib, on the logical screen, with its palette expanded. What the frame leaves free has the
// colour of its transparent index, or of index 0, as in Pillow (the browsers show through).
media::JobStatus decode_gif(BytesView input, PictureSink& sink, FileFacts& facts);

// The first page of a TIFF through libtiff: strips or tiles, in one plane or several; grey of 1 to 16 bits either way round,
// palettes, RGB, CMYK, and YCbCr inside JPEG; no compression, PackBits, LZW, Deflate, JPEG and the fax codes. 16 bits are cut to
// 8, CMYK is converted as for JPEG, samples behind the colours are ignored. The orientation is not applied. Floating point, Lab
// and the rest are unsupported: libtiff's lesser used parts stay out of reach.
media::JobStatus decode_tiff(BytesView input, PictureSink& sink, FileFacts& facts);

// The primary picture of a HEIC or AVIF file through libheif, with libde265 and dav1d on one thread. Turns, mirrors and cuts that
// the container prescribes (irot, imir, clap) are part of decoding and applied: no viewer and no library shows the pixels without
// them. EXIF says the same once more and must not be applied after them, so the orientation is always top_left. Alpha is
// dropped, more than 8 bits are cut.
media::JobStatus decode_heif(BytesView input, PictureSink& sink, FileFacts& facts);

inline constexpr std::size_t kExifTimeBytes = 19;  // "2008:05:05 22:38:49"

// Printable ASCII up to the first NUL, at most `bytes_max`, without the blanks that cameras pad with; anything else is '?'.
std::string printable_text(std::string_view text, std::size_t bytes_max);

// The facts of an EXIF block (a TIFF structure, without the "Exif" prefix). Nonsense gives empty facts.
ExifFacts read_exif(BytesView tiff);

}  // namespace tutela::decode
