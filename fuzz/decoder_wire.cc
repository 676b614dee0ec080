// Every message a hostile decoder can send, as the server reads it.
#include "media/decoder_wire.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela::media;
  const tutela::BytesView bytes(data, size);
  JobStart job;
  job.preview_side_px_max = 256;
  job.output_bytes = output_bytes_for(256);
  job.side_px_max = tutela::limits::kMediaSideMax;
  job.pixels_max = tutela::limits::kMediaPixelsMax;
  if (const auto checked = parse_result(bytes, job)) {
    TUTELA_CHECK(std::uint64_t{checked->size.width} * checked->size.height <= job.pixels_max);
    TUTELA_CHECK(kPreviewOffsetBytes + std::size_t{3} * checked->preview.width * checked->preview.height <= job.output_bytes);
    TUTELA_CHECK(checked->pdq_quality <= 100 && checked->capture.make.size() <= kDeviceBytesMax);
  }
  if (const auto hello = parse_hello(bytes)) TUTELA_CHECK(hello->magic == kWireMagic);
  if (const auto end = parse_job_end(bytes))
    TUTELA_CHECK(end->ending >= JobEnding::finished && end->ending <= JobEnding::refused);
  if (const auto start = parse_job_start(bytes)) TUTELA_CHECK(start->input_bytes <= tutela::limits::kMediaBytesMax);
  return 0;
}
