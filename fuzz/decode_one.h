#pragma once

#include "base/check.h"
#include "decode/worker/decode_picture.h"

// The decoder's own function on any bytes of one format: it must give an answer that the server believes, or a refusal, and never
// misuse memory. -1: the bytes are not of that format, and not worth keeping.
inline int decode_as(tutela::media::ImageFormat format, tutela::BytesView bytes) {
  namespace media = tutela::media;
  if (tutela::decode::sniff(bytes).format != format) return -1;
  media::JobStart job;
  job.preview_side_px_max = 32;
  job.output_bytes = media::output_bytes_for(32);
  job.side_px_max = 4000;  // less than the product's, so that runs stay short; the checks are the same
  job.pixels_max = 1'000'000;
  tutela::Bytes preview(job.output_bytes - media::kPreviewOffsetBytes);
  const auto result = tutela::decode::decode_picture(bytes, job, preview);
  TUTELA_CHECK(media::parse_result(media::message_bytes(result), job).has_value());
  return 0;
}
