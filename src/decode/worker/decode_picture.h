#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"
#include "media/decoder_wire.h"

namespace tutela::decode {

// What the first bytes say the file is: a format that is decoded, or the status that says why not. Never looks past the first
// 256 bytes, where a HEIF file lists what it is compatible with.
struct Sniffed {
  std::optional<media::ImageFormat> format;
  media::JobStatus refusal = media::JobStatus::not_an_image;
};
Sniffed sniff(BytesView bytes);

// What the libraries load and compute once, for every process that is forked afterwards. Before the sandbox closes.
void load_libraries();

// Decodes in this process; only ever called inside the sandbox and by tests and fuzzers. `preview_pixels` holds at least what
// `job.preview_side_px_max` can need. Any input gives an answer; memory that cannot be had is `out_of_memory`.
media::JobResult decode_picture(BytesView input, const media::JobStart& job, std::span<std::uint8_t> preview_pixels);

// The job of tutela-decoder's child process: decodes `input` and writes answer and preview into `output`, laid out as
// media/decoder_wire.h says.
void answer_job(BytesView input, std::span<std::uint8_t> output, const media::JobStart& job);

}  // namespace tutela::decode
