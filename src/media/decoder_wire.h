#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "media/capture_facts.h"
#include "media/image_format.h"
#include "media/orientation.h"

// What the server and tutela-decoder say to each other: four messages of fixed size in the machine's own byte order (both ends
// are one build on one machine, the version number says which). Messages pass over a SOCK_SEQPACKET pair; the picture and the
// answer lie in two memfds that travel with the job.
//
//     decoder → server   Hello      once: what the sandbox amounts to
//     server → decoder   JobStart   + input memfd (sealed against everything) + output memfd (sealed against resizing)
//     decoder → server   JobEnd     how the job's process ended; the answer is in the output memfd
//     output memfd       JobResult at 0, preview pixels (RGB, 3 bytes each, no padding) from kPreviewOffsetBytes
//
// A receiver copies a message before it looks at it: the other side can change shared memory at any time.
namespace tutela::media {

inline constexpr std::uint32_t kWireMagic = 0x5475'4431;  // "TuD1"
inline constexpr std::uint32_t kWireVersion = 2;

struct Hello {
  std::uint32_t magic = kWireMagic;
  std::uint32_t version = kWireVersion;
  std::uint32_t landlock_abi = 0;     // 0: the kernel has no Landlock
  std::uint32_t seccomp_filters = 0;  // 1 where the filter is in force
};

struct JobStart {
  std::uint32_t magic = kWireMagic;
  std::uint32_t version = kWireVersion;
  std::uint64_t job = 0;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::uint64_t pixels_max = 0;
  std::uint64_t memory_bytes_max = 0;
  std::uint32_t side_px_max = 0;
  std::uint32_t time_ms_max = 0;
  std::uint32_t preview_side_px_max = 0;  // 0: no preview
  // What is asked of PDQ (fingerprint/pdq_convention.h): the bits of a PdqConventions, a PdqForms, and 0 for the fastest kernel
  // of the machine or 1 + PdqKernel for a certain one.
  std::uint8_t pdq_conventions = 3;
  std::uint8_t pdq_forms = 0;
  std::uint8_t pdq_kernel = 0;
  std::uint8_t reserved = 0;
};
inline constexpr std::uint8_t kPdqConventionsMax = 7;
inline constexpr std::uint8_t kPdqFormsMax = 1;
inline constexpr std::uint8_t kPdqKernelMax = 3;

enum class JobEnding : std::uint32_t { finished = 1, killed = 2, timed_out = 3, refused = 4 };

struct JobEnd {
  std::uint32_t magic = kWireMagic;
  JobEnding ending = JobEnding::finished;
  std::uint64_t job = 0;
};

enum class JobStatus : std::uint16_t {
  none = 0,  // the process ended before it had an answer
  decoded = 1,
  truncated = 2,
  damaged = 3,
  not_an_image = 4,
  unsupported_format = 5,
  too_many_pixels = 6,
  out_of_memory = 7,
};

struct JobResult {
  std::uint32_t magic = kWireMagic;
  std::uint16_t version = kWireVersion;
  JobStatus status = JobStatus::none;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t preview_width = 0;
  std::uint32_t preview_height = 0;
  std::uint8_t format = 0;  // ImageFormat
  std::uint8_t pdq_quality = 0;
  std::uint8_t pdq_nearest512_quality = 0;
  std::uint8_t has_position = 0;
  std::uint8_t orientation = 1;        // Orientation
  std::uint8_t has_more_pictures = 0;  // 1: the file holds pictures that were not looked at
  std::uint8_t pdq_pytx_quality = 0;
  std::uint8_t pdq_kernel = 0;  // 1 + the PdqKernel that ran
  std::int32_t latitude_e7 = 0;
  std::int32_t longitude_e7 = 0;
  std::array<std::uint8_t, 32> pdq = {};  // most significant byte first, as in the hexadecimal text
  std::array<std::uint8_t, 32> pdq_nearest512 = {};
  std::array<std::uint8_t, 32> pdq_pytx = {};
  // The eight turns and flips, zero where they were not asked for.
  std::array<std::array<std::uint8_t, 32>, 8> pdq_dihedral = {};
  std::array<std::array<std::uint8_t, 32>, 8> pdq_nearest512_dihedral = {};
  std::array<char, kTakenAtBytesMax + 1> taken_at = {};  // ends in NUL, NUL to the end
  std::array<char, kDeviceBytesMax + 1> make = {};
  std::array<char, kDeviceBytesMax + 1> model = {};
};

static_assert(sizeof(Hello) == 16 && std::has_unique_object_representations_v<Hello>);
static_assert(sizeof(JobStart) == 64 && std::has_unique_object_representations_v<JobStart>);
static_assert(sizeof(JobEnd) == 16 && std::has_unique_object_representations_v<JobEnd>);
static_assert(sizeof(JobResult) == 808 && std::has_unique_object_representations_v<JobResult>);

inline constexpr std::size_t kPreviewOffsetBytes = 4096;
static_assert(sizeof(JobResult) <= kPreviewOffsetBytes);

// Size of the output memfd for a preview of at most `preview_side_px_max` on its longer side.
constexpr std::size_t output_bytes_for(std::uint32_t preview_side_px_max) {
  return kPreviewOffsetBytes + std::size_t{3} * preview_side_px_max * preview_side_px_max;
}

// width x height reduced so that the longer side is at most `side_px_max`; never enlarged, never below 1.
struct PictureSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  friend bool operator==(const PictureSize&, const PictureSize&) = default;
};
PictureSize preview_size_of(PictureSize picture, std::uint32_t side_px_max);

// A JobResult that was believed: every field inside its bounds.
struct CheckedResult {
  JobStatus status = JobStatus::none;
  PictureSize size;
  PictureSize preview;  // 0 x 0: none
  ImageFormat format = ImageFormat::jpeg;
  Orientation orientation = Orientation::top_left;
  bool has_more_pictures = false;
  std::array<std::uint8_t, 32> pdq = {};
  std::array<std::uint8_t, 32> pdq_nearest512 = {};
  std::array<std::uint8_t, 32> pdq_pytx = {};
  std::array<std::array<std::uint8_t, 32>, 8> pdq_dihedral = {};
  std::array<std::array<std::uint8_t, 32>, 8> pdq_nearest512_dihedral = {};
  std::uint8_t pdq_quality = 0;
  std::uint8_t pdq_nearest512_quality = 0;
  std::uint8_t pdq_pytx_quality = 0;
  CaptureFacts capture;
};

// Checks what a decoder answered to `job`. `bytes` must be a private copy of at least sizeof(JobResult) bytes. A refusal carries
// nothing but its status; a decoded picture is within the job's limits, its preview exactly of the size that was asked for, its
// texts printable and ended; it was fingerprinted by the kernel that was forced, if one was. corrupt, "decoder.bad_answer"
// (place: the field).
Result<CheckedResult> parse_result(BytesView bytes, const JobStart& job);
// corrupt, "decoder.bad_answer".
Result<Hello> parse_hello(BytesView bytes);
Result<JobEnd> parse_job_end(BytesView bytes);
// What the decoder checks before it forks. corrupt, "decoder.bad_job".
Result<JobStart> parse_job_start(BytesView bytes);

// The bytes of a message, for sending.
template <class Message>
  requires std::has_unique_object_representations_v<Message>
BytesView message_bytes(const Message& message) {
  return {reinterpret_cast<const std::uint8_t*>(&message), sizeof message};
}

}  // namespace tutela::media
