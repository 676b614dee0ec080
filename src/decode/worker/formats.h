#pragma once

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

// The facts of an EXIF block (a TIFF structure, without the "Exif" prefix). Nonsense gives empty facts.
ExifFacts read_exif(BytesView tiff);

}  // namespace tutela::decode
