#include "media/decoder_wire.h"

#include <algorithm>
#include <cstring>

namespace tutela::media {
namespace {

template <class Message>
Message copy_of(BytesView bytes) {
  Message message;
  std::memcpy(&message, bytes.data(), sizeof message);
  return message;
}

std::unexpected<Error> bad_answer(std::string field) { return fail(ErrorCode::corrupt, "decoder.bad_answer", std::move(field)); }

// Printable ASCII up to the first NUL, which must be there, and NUL from there on.
template <std::size_t N>
std::optional<std::string> text_in(const std::array<char, N>& field) {
  const auto end = std::find(field.begin(), field.end(), '\0');
  if (end == field.end() || std::any_of(end, field.end(), [](char c) { return c != '\0'; })) return std::nullopt;
  if (std::any_of(field.begin(), end, [](char c) { return c < 0x20 || c > 0x7E; })) return std::nullopt;
  return std::string(field.begin(), end);
}

// A refusal must be nothing but its status: what a decoder of ours writes when it gives up.
bool is_bare(const JobResult& result) {
  JobResult bare;
  bare.status = result.status;
  return std::memcmp(&bare, &result, sizeof bare) == 0;
}

Result<CaptureFacts> capture_in(const JobResult& result) {
  const auto taken_at = text_in(result.taken_at);
  const auto make = text_in(result.make);
  const auto model = text_in(result.model);
  if (!taken_at || !make || !model) return bad_answer("capture text");
  CaptureFacts facts{.taken_at = *taken_at, .make = *make, .model = *model};
  if (result.has_position > 1) return bad_answer("has_position");
  if (result.has_position == 1) {
    if (result.latitude_e7 < -900'000'000 || result.latitude_e7 > 900'000'000) return bad_answer("latitude");
    if (result.longitude_e7 < -1'800'000'000 || result.longitude_e7 > 1'800'000'000) return bad_answer("longitude");
    facts.position = Position{result.latitude_e7, result.longitude_e7};
  } else if (result.latitude_e7 != 0 || result.longitude_e7 != 0) {
    return bad_answer("position");
  }
  return facts;
}

}  // namespace

PictureSize preview_size_of(PictureSize picture, std::uint32_t side_px_max) {
  const std::uint64_t longer = std::max(picture.width, picture.height);
  if (longer <= side_px_max) return picture;
  const auto reduced = [&](std::uint64_t side) {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (side * side_px_max + longer / 2) / longer));
  };
  return {reduced(picture.width), reduced(picture.height)};
}

Result<CheckedResult> parse_result(BytesView bytes, const JobStart& job) {
  if (bytes.size() < sizeof(JobResult)) return bad_answer("length");
  const auto result = copy_of<JobResult>(bytes);
  if (result.magic != kWireMagic || result.version != kWireVersion) return bad_answer("header");
  if (result.status > JobStatus::out_of_memory) return bad_answer("status");
  CheckedResult checked{.status = result.status};
  if (result.status != JobStatus::decoded) {
    if (!is_bare(result)) return bad_answer("refusal");
    return checked;
  }

  if (result.width == 0 || result.height == 0 || result.width > job.side_px_max || result.height > job.side_px_max ||
      std::uint64_t{result.width} * result.height > job.pixels_max)
    return bad_answer("size");
  checked.size = {result.width, result.height};
  const PictureSize preview =
      job.preview_side_px_max == 0 ? PictureSize{} : preview_size_of(checked.size, job.preview_side_px_max);
  if (PictureSize{result.preview_width, result.preview_height} != preview) return bad_answer("preview size");
  if (kPreviewOffsetBytes + std::uint64_t{3} * preview.width * preview.height > job.output_bytes)
    return bad_answer("preview length");
  checked.preview = preview;

  if (result.format < 1 || result.format > kImageFormats) return bad_answer("format");
  checked.format = static_cast<ImageFormat>(result.format);
  if (result.orientation < 1 || result.orientation > 8) return bad_answer("orientation");
  checked.orientation = static_cast<Orientation>(result.orientation);
  if (result.has_more_pictures > 1) return bad_answer("has_more_pictures");
  checked.has_more_pictures = result.has_more_pictures == 1;
  if (result.pdq_quality > 100 || result.pdq_nearest512_quality > 100 || result.pdq_pytx_quality > 100)
    return bad_answer("quality");
  if (result.pdq_kernel == 0 || result.pdq_kernel > kPdqKernelMax || (job.pdq_kernel != 0 && result.pdq_kernel != job.pdq_kernel))
    return bad_answer("kernel");
  checked.pdq = result.pdq;
  checked.pdq_quality = result.pdq_quality;
  checked.pdq_nearest512 = result.pdq_nearest512;
  checked.pdq_nearest512_quality = result.pdq_nearest512_quality;
  checked.pdq_pytx = result.pdq_pytx;
  checked.pdq_pytx_quality = result.pdq_pytx_quality;
  checked.pdq_dihedral = result.pdq_dihedral;
  checked.pdq_nearest512_dihedral = result.pdq_nearest512_dihedral;
  TUTELA_ASSIGN(checked.capture, capture_in(result));
  return checked;
}

Result<Hello> parse_hello(BytesView bytes) {
  if (bytes.size() != sizeof(Hello)) return bad_answer("hello length");
  const auto hello = copy_of<Hello>(bytes);
  if (hello.magic != kWireMagic || hello.version != kWireVersion) return bad_answer("hello header");
  if (hello.seccomp_filters > 1 || hello.landlock_abi > 1000) return bad_answer("hello sandbox");
  return hello;
}

Result<JobEnd> parse_job_end(BytesView bytes) {
  if (bytes.size() != sizeof(JobEnd)) return bad_answer("end length");
  const auto end = copy_of<JobEnd>(bytes);
  if (end.magic != kWireMagic) return bad_answer("end header");
  if (end.ending < JobEnding::finished || end.ending > JobEnding::refused) return bad_answer("ending");
  return end;
}

Result<JobStart> parse_job_start(BytesView bytes) {
  const auto bad_job = [](std::string field) { return fail(ErrorCode::corrupt, "decoder.bad_job", std::move(field)); };
  if (bytes.size() != sizeof(JobStart)) return bad_job("length");
  const auto job = copy_of<JobStart>(bytes);
  if (job.magic != kWireMagic || job.version != kWireVersion || job.reserved != 0) return bad_job("header");
  if (job.input_bytes == 0 || job.input_bytes > limits::kMediaBytesMax) return bad_job("input");
  if (job.preview_side_px_max > limits::kPreviewSideMax) return bad_job("preview");
  if (job.output_bytes != output_bytes_for(job.preview_side_px_max)) return bad_job("output");
  if (job.side_px_max > limits::kMediaSideMax || job.pixels_max > limits::kMediaPixelsMax) return bad_job("pixels");
  if (job.pdq_conventions > kPdqConventionsMax || job.pdq_forms > kPdqFormsMax || job.pdq_kernel > kPdqKernelMax)
    return bad_job("pdq");
  if (job.memory_bytes_max > limits::kDecoderMemoryBytesMax) return bad_job("memory");
  if (job.time_ms_max == 0 || job.time_ms_max > std::chrono::milliseconds(limits::kDecoderTimeMax).count())
    return bad_job("time");
  return job;
}

}  // namespace tutela::media
