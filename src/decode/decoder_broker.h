#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/limits.h"
#include "base/result.h"
#include "decode/decoder.h"
#include "fingerprint/pdq.h"

namespace tutela::decode {

enum class SandboxPolicy : std::uint8_t {
  required,             // no decoder without bubblewrap's namespaces and seccomp
  unsandboxed_allowed,  // the operator said so: without bubblewrap, and every such start is logged as an error; seccomp stays
                        // required
};

struct DecoderOptions {
  std::filesystem::path program;  // tutela-decoder
  SandboxPolicy sandbox = SandboxPolicy::required;
  std::filesystem::path bubblewrap = "/usr/bin/bwrap";
  std::chrono::milliseconds time_max = limits::kDecoderTimeMax;  // wall clock, a job
  std::size_t memory_bytes_max = limits::kDecoderMemoryBytesMax;
  std::uint32_t jobs_max = 2;                             // at the same time; 1..8
  std::optional<fingerprint::PdqKernel> pdq_kernel = {};  // none: the fastest of this machine
};

// tutela-decoder beside the running program.
std::filesystem::path default_decoder_program();

// Starts the decoder and waits until it has said which sandbox it is in. The Decoder owns one thread and one process (with one
// child a job) and ends both when destroyed; a process that dies is started again by the next job.
//
//   unavailable  "decoder.no_sandbox" (bubblewrap, its namespaces or seccomp cannot be had)  "decoder.cannot_start"
//   unsupported  "pdq.kernel_not_supported" (this processor does not have what `pdq_kernel` needs)
Result<std::unique_ptr<Decoder>> open_decoder(const DecoderOptions& options);

}  // namespace tutela::decode
