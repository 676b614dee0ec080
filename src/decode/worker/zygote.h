#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "media/decoder_wire.h"

namespace tutela::decode {

inline constexpr int kControlDescriptor = 3;
inline constexpr std::size_t kZygoteJobsMax = 8;

// What a job's process does. Runs with no descriptor open; `input` is read-only memory, `output` is all it can leave behind.
using JobFunction = void (*)(BytesView input, std::span<std::uint8_t> output, const media::JobStart& job);

// Life of a job: the zygote receives JobStart and two memfds, checks their seals and sizes, and forks. The child maps the two,
// closes every descriptor (so it can reach neither the control socket nor another job's memory), takes its limits and its filter,
// and only then touches the input. The zygote closes its copies at once, waits, kills what is late, and reports how it ended. It
// never maps or reads a picture itself.
//
// Returns the program's exit code when the server closes the control socket.
int run_zygote(JobFunction job);

}  // namespace tutela::decode
