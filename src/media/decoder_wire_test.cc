#include "media/decoder_wire.h"

#include <cstring>
#include <functional>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::media {
namespace {

JobStart some_job() {
  JobStart job;
  job.job = 7;
  job.input_bytes = 100;
  job.preview_side_px_max = 64;
  job.output_bytes = output_bytes_for(64);
  job.pixels_max = limits::kMediaPixelsMax;
  job.side_px_max = limits::kMediaSideMax;
  job.memory_bytes_max = limits::kDecoderMemoryBytesMax;
  job.time_ms_max = 1000;
  return job;
}

JobResult some_result() {
  JobResult result;
  result.status = JobStatus::decoded;
  result.width = 640;
  result.height = 480;
  result.preview_width = 64;
  result.preview_height = 48;
  result.format = 1;
  result.pdq_quality = 100;
  result.pdq_kernel = 1;
  result.has_position = 1;
  result.orientation = 6;
  result.has_more_pictures = 1;
  result.latitude_e7 = -338'568'000;
  result.longitude_e7 = 1'512'153'000;
  std::strcpy(result.make.data(), "Invented");
  return result;
}

TEST(DecoderWire, AnAnswerInBoundsIsRead) {
  const auto checked = parse_result(message_bytes(some_result()), some_job());
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->size, (PictureSize{640, 480}));
  EXPECT_EQ(checked->orientation, Orientation::right_top);
  EXPECT_TRUE(checked->has_more_pictures);
  EXPECT_EQ(checked->capture.make, "Invented");
  EXPECT_EQ(checked->capture.position->latitude_e7, -338'568'000);
}

TEST(DecoderWire, EveryFieldOutOfBoundsIsRefused) {
  const std::pair<const char*, std::function<void(JobResult&)>> breaks[] = {
      {"header", [](JobResult& r) { r.magic ^= 1; }},
      {"header", [](JobResult& r) { r.version = kWireVersion + 1; }},
      {"status", [](JobResult& r) { r.status = static_cast<JobStatus>(8); }},
      {"size", [](JobResult& r) { r.width = 0; }},
      {"size", [](JobResult& r) { r.height = limits::kMediaSideMax + 1; }},
      {"size", [](JobResult& r) { r.width = r.height = 30'000; }},
      {"preview size", [](JobResult& r) { r.preview_width = 65; }},
      {"preview size", [](JobResult& r) { r.preview_height = 0; }},
      {"preview size", [](JobResult& r) { r.preview_width = 0xFFFF'FFFF; }},
      {"format", [](JobResult& r) { r.format = 0; }},
      {"format", [](JobResult& r) { r.format = kImageFormats + 1; }},
      {"orientation", [](JobResult& r) { r.orientation = 0; }},
      {"orientation", [](JobResult& r) { r.orientation = 9; }},
      {"has_more_pictures", [](JobResult& r) { r.has_more_pictures = 2; }},
      {"quality", [](JobResult& r) { r.pdq_quality = 101; }},
      {"quality", [](JobResult& r) { r.pdq_nearest512_quality = 255; }},
      {"quality", [](JobResult& r) { r.pdq_pytx_quality = 101; }},
      {"kernel", [](JobResult& r) { r.pdq_kernel = 0; }},
      {"kernel", [](JobResult& r) { r.pdq_kernel = kPdqKernelMax + 1; }},
      {"capture text", [](JobResult& r) { r.make.fill('a'); }},
      {"capture text", [](JobResult& r) { r.make[20] = 'x'; }},
      {"capture text", [](JobResult& r) { r.model[0] = '\n'; }},
      {"capture text", [](JobResult& r) { r.taken_at[0] = static_cast<char>(0xC3); }},
      {"has_position", [](JobResult& r) { r.has_position = 2; }},
      {"position", [](JobResult& r) { r.has_position = 0; }},
      {"latitude", [](JobResult& r) { r.latitude_e7 = 900'000'001; }},
      {"longitude", [](JobResult& r) { r.longitude_e7 = -1'800'000'001; }},
      {"refusal", [](JobResult& r) { r.status = JobStatus::truncated; }},
  };
  for (const auto& [place, change] : breaks) {
    JobResult result = some_result();
    change(result);
    const auto checked = parse_result(message_bytes(result), some_job());
    ASSERT_FALSE(checked) << place;
    EXPECT_EQ(checked.error().reason, Reason("decoder.bad_answer"));
    EXPECT_EQ(checked.error().place, place);
  }
  EXPECT_EQ(parse_result(message_bytes(some_result()).first(sizeof(JobResult) - 1), some_job()).error().place, "length");
}

TEST(DecoderWire, APreviewNobodyAskedForIsRefused) {
  JobStart job = some_job();
  job.preview_side_px_max = 0;
  EXPECT_EQ(parse_result(message_bytes(some_result()), job).error().place, "preview size");
}

TEST(DecoderWire, AnotherKernelThanTheForcedOneIsRefused) {
  JobStart job = some_job();
  job.pdq_kernel = 1;
  EXPECT_TRUE(parse_result(message_bytes(some_result()), job));
  job.pdq_kernel = 2;
  EXPECT_EQ(parse_result(message_bytes(some_result()), job).error().place, "kernel");
}

TEST(DecoderWire, ARefusalIsItsStatusAlone) {
  JobResult result;
  for (const JobStatus status : {JobStatus::none, JobStatus::truncated, JobStatus::out_of_memory}) {
    result.status = status;
    EXPECT_EQ(parse_result(message_bytes(result), some_job())->status, status);
  }
}

TEST(DecoderWire, JobsBeyondTheLimitsAreRefused) {
  EXPECT_TRUE(parse_job_start(message_bytes(some_job())));
  const std::pair<const char*, std::function<void(JobStart&)>> breaks[] = {
      {"header", [](JobStart& j) { j.reserved = 1; }},
      {"input", [](JobStart& j) { j.input_bytes = 0; }},
      {"input", [](JobStart& j) { j.input_bytes = limits::kMediaBytesMax + 1; }},
      {"preview", [](JobStart& j) { j.preview_side_px_max = limits::kPreviewSideMax + 1; }},
      {"output", [](JobStart& j) { --j.output_bytes; }},
      {"pixels", [](JobStart& j) { ++j.pixels_max; }},
      {"pdq", [](JobStart& j) { j.pdq_conventions = kPdqConventionsMax + 1; }},
      {"pdq", [](JobStart& j) { j.pdq_forms = kPdqFormsMax + 1; }},
      {"pdq", [](JobStart& j) { j.pdq_kernel = kPdqKernelMax + 1; }},
      {"memory", [](JobStart& j) { ++j.memory_bytes_max; }},
      {"time", [](JobStart& j) { j.time_ms_max = 0; }},
  };
  for (const auto& [place, change] : breaks) {
    JobStart job = some_job();
    change(job);
    EXPECT_EQ(parse_job_start(message_bytes(job)).error().place, place);
  }
}

TEST(DecoderWire, HelloAndEndAreChecked) {
  Hello hello;
  EXPECT_TRUE(parse_hello(message_bytes(hello)));
  hello.seccomp_filters = 2;
  EXPECT_FALSE(parse_hello(message_bytes(hello)));
  JobEnd end;
  EXPECT_TRUE(parse_job_end(message_bytes(end)));
  end.ending = static_cast<JobEnding>(9);
  EXPECT_FALSE(parse_job_end(message_bytes(end)));
  EXPECT_FALSE(parse_job_end(message_bytes(hello).first(8)));
}

TEST(DecoderWire, PreviewsKeepTheShapeAndNeverVanish) {
  EXPECT_EQ(preview_size_of({100, 50}, 200), (PictureSize{100, 50}));
  EXPECT_EQ(preview_size_of({4000, 3000}, 1000), (PictureSize{1000, 750}));
  EXPECT_EQ(preview_size_of({30000, 1}, 1000), (PictureSize{1000, 1}));
  EXPECT_EQ(preview_size_of({3, 7}, 3), (PictureSize{1, 3}));
}

}  // namespace
}  // namespace tutela::media
