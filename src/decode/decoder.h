#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/sensitive.h"
#include "fingerprint/pdq_convention.h"
#include "fingerprint/pdq_hash.h"
#include "media/capture_facts.h"
#include "media/image_format.h"
#include "media/orientation.h"

namespace tutela::decode {

struct DecodeRequest {
  std::uint32_t preview_side_px_max = 0;       // 0: no preview; at most limits::kPreviewSideMax
  std::string_view claimed_content_type = {};  // what the sender called it; empty: nothing was claimed
  // What is not asked for is not computed. Each of `full` and `pytx` costs a pass over all pixels, `nearest512` a fixed small
  // one.
  fingerprint::PdqConventions conventions = {fingerprint::PdqConvention::full, fingerprint::PdqConvention::nearest512};
  // With `dihedral` the answer also has the eight turns and flips, for a query; nothing is stored under them. They cost little.
  fingerprint::PdqForms forms = fingerprint::PdqForms::as_stored;
};

// A reduced picture as raw pixels, never a file made by the decoder. 3 bytes a pixel, no padding.
struct Preview {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Sensitive<Bytes> rgb;
};

struct Decoded {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  media::ImageFormat format = media::ImageFormat::jpeg;
  media::Orientation orientation = media::Orientation::top_left;  // how a viewer turns what was fingerprinted
  bool has_more_pictures = false;                                 // an animation, or pages: only the first was looked at
  // A convention that was not asked for is zero with quality 0, which nothing matches.
  fingerprint::PdqFingerprint pdq;
  fingerprint::PdqFingerprint pdq_nearest512;
  fingerprint::PdqFingerprint pdq_pytx;
  // Where `forms` asked for them: the picture as stored, rotate90, rotate180, rotate270, flipX, flipY, flipPlus1, flipMinus1
  // (fingerprint/pdq.h). The first is the hash above; the quality is that of the fingerprint above.
  std::optional<fingerprint::DihedralHashes> pdq_dihedral;
  std::optional<fingerprint::DihedralHashes> pdq_nearest512_dihedral;
  Sensitive<media::CaptureFacts> capture;
  std::optional<Preview> preview;
};

// Bytes from outside to fingerprints (I2). An interface, so that what stands above can be tested without a process.
//
// The pixels are fingerprinted as stored: EXIF orientation is not applied but reported, so that a query can try the form that
// viewers show; alpha is ignored, palettes are expanded, more than 8 bits a channel are cut to 8, CMYK is converted. A picture
// with one channel is hashed on its values. Two things are part of decoding and therefore in the pixels:
//
//   HEIC, AVIF   the turns, mirrors and cuts of the container (irot, imir, clap): no viewer and no library shows the picture
//                without them. Its EXIF repeats the turn and is not applied after them by anyone, so the answer is top_left.
//   GIF, WebP    an animation's first frame lies on the canvas of the whole, as in Pillow: around it is the transparent index's
//                colour or that of index 0 (GIF), or black (WebP).
//
// Of several pictures (frames, pages, further images) the first or primary one is fingerprinted and `has_more_pictures` is set:
// the rest was not looked at. Previews inside EXIF and the second pictures of a JPEG (MPF) are not counted.
class Decoder {
 public:
  virtual ~Decoder() = default;

  // Blocks until the answer, at most limits::kDecoderTimeMax and a few seconds. Thread-safe; further callers wait for their turn.
  //
  //   invalid      "media.not_an_image"  "media.truncated"  "media.damaged"  "media.mislabelled" (it is another type than
  //   claimed) unsupported  "media.unsupported_format" (an image of a format that is not decoded) limit        "media.too_large"
  //   (bytes)  "media.too_many_pixels"  "decoder.timeout"  "decoder.out_of_memory" corrupt      "decoder.killed" (it crashed or
  //   broke the sandbox's rules)  "decoder.bad_answer" unavailable  "decoder.died" (twice)  "decoder.no_sandbox"
  //   "decoder.no_memory"
  virtual Result<Decoded> decode(BytesView bytes, const DecodeRequest& request) = 0;
};

}  // namespace tutela::decode
