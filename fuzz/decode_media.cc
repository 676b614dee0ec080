// The decoder's own function on any bytes: it must give an answer that the server believes, or a refusal, and never misuse
// memory.
#include "base/check.h"
#include "decode/worker/decode_picture.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tutela::media::JobStart job;
  job.preview_side_px_max = 32;
  job.output_bytes = tutela::media::output_bytes_for(32);
  job.side_px_max = 4000;  // less than the product's, so that runs stay short; the checks are the same
  job.pixels_max = 1'000'000;
  tutela::Bytes preview(job.output_bytes - tutela::media::kPreviewOffsetBytes);
  const auto result = tutela::decode::decode_picture({data, size}, job, preview);
  TUTELA_CHECK(tutela::media::parse_result(tutela::media::message_bytes(result), job).has_value());
  return 0;
}
