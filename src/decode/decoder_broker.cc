#include "decode/decoder_broker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "decode/decoder_process.h"
#include "decode/sealed_memory.h"
#include "media/decoder_wire.h"

namespace tutela::decode {
namespace {

using fingerprint::PdqConvention;
using fingerprint::PdqHash;
using media::JobEnding;
using media::JobStatus;
using SteadyTime = std::chrono::steady_clock::time_point;

// How long after a job's time the zygote may still owe its answer before it is ended itself.
constexpr std::chrono::milliseconds kZygoteGrace{3000};
constexpr int kAttemptsMax = 2;

std::unexpected<Error> refusal_of(JobStatus status) {
  switch (status) {
    case JobStatus::truncated:
      return fail(ErrorCode::invalid, "media.truncated");
    case JobStatus::damaged:
      return fail(ErrorCode::invalid, "media.damaged");
    case JobStatus::not_an_image:
      return fail(ErrorCode::invalid, "media.not_an_image");
    case JobStatus::unsupported_format:
      return fail(ErrorCode::unsupported, "media.unsupported_format");
    case JobStatus::too_many_pixels:
      return fail(ErrorCode::limit, "media.too_many_pixels");
    case JobStatus::out_of_memory:
      return fail(ErrorCode::limit, "decoder.out_of_memory");
    case JobStatus::none:
    case JobStatus::decoded:
      break;
  }
  return fail(ErrorCode::corrupt, "decoder.bad_answer", "status");
}

std::optional<fingerprint::DihedralHashes> dihedral_in(const std::array<std::array<std::uint8_t, 32>, 8>& wire,
                                                       const DecodeRequest& request, PdqConvention convention) {
  if (request.forms != fingerprint::PdqForms::dihedral || !request.conventions.contains(convention)) return std::nullopt;
  fingerprint::DihedralHashes hashes;
  std::transform(wire.begin(), wire.end(), hashes.begin(), PdqHash::from_bytes);
  return hashes;
}

// What a caller waits for. Shared, because a promise must outlive the call that keeps it, and the caller leaves at once.
struct Job {
  media::JobStart start;
  Descriptor input;
  Descriptor output;
  int attempts = 0;
  SteadyTime given_up = {};
  std::promise<Result<>> ended;
};
using JobPointer = std::shared_ptr<Job>;

// One thread, the keeper, owns the process and the control socket: it starts, feeds, listens, restarts. Callers prepare their
// memory, queue their job and wait; reading and checking the answer happens on their own thread.
class Broker final : public Decoder {
 public:
  explicit Broker(const DecoderOptions& options) : options_(options), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  ~Broker() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake();
    if (keeper_.joinable()) keeper_.join();
  }

  Result<> open() {
    if (!wake_) return fail(ErrorCode::unavailable, "decoder.cannot_start");
    const auto opened = std::make_shared<std::promise<Result<>>>();
    auto outcome = opened->get_future();
    keeper_ = std::thread([this, opened] { keep(*opened); });
    return outcome.get();
  }

  Result<Decoded> decode(BytesView bytes, const DecodeRequest& request) override {
    if (bytes.empty()) return fail(ErrorCode::invalid, "media.not_an_image");
    if (bytes.size() > limits::kMediaBytesMax) return fail(ErrorCode::limit, "media.too_large");
    TUTELA_CHECK(request.preview_side_px_max <= limits::kPreviewSideMax);
    const auto shared = std::make_shared<Job>();
    Job& job = *shared;
    job.start.job = next_job_++;
    job.start.input_bytes = bytes.size();
    job.start.output_bytes = media::output_bytes_for(request.preview_side_px_max);
    job.start.pixels_max = limits::kMediaPixelsMax;
    job.start.side_px_max = limits::kMediaSideMax;
    job.start.memory_bytes_max = options_.memory_bytes_max;
    job.start.time_ms_max = static_cast<std::uint32_t>(options_.time_max.count());
    job.start.preview_side_px_max = request.preview_side_px_max;
    job.start.pdq_conventions = request.conventions.bits();
    job.start.pdq_forms = static_cast<std::uint8_t>(request.forms);
    if (options_.pdq_kernel)
      job.start.pdq_kernel = static_cast<std::uint8_t>(1 + static_cast<std::uint8_t>(*options_.pdq_kernel));
    TUTELA_ASSIGN(job.input, make_sealed_input(bytes));
    TUTELA_ASSIGN(job.output, make_sealed_output(job.start.output_bytes));
    TUTELA_TRY(run(shared));
    return read_answer(job, request);
  }

 private:
  Result<> run(const JobPointer& job) {
    auto ended = job->ended.get_future();
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(job);
    }
    wake();
    return ended.get();
  }

  static Result<Decoded> read_answer(const Job& job, const DecodeRequest& request) {
    TUTELA_ASSIGN(const Bytes copy, copy_from(job.output, 0, sizeof(media::JobResult)));
    TUTELA_ASSIGN(auto checked, media::parse_result(copy, job.start));
    if (checked.status != JobStatus::decoded) return refusal_of(checked.status);
    if (!media::content_type_allows(request.claimed_content_type, checked.format))
      return fail(ErrorCode::invalid, "media.mislabelled");
    Decoded decoded{
        .width = checked.size.width,
        .height = checked.size.height,
        .format = checked.format,
        .orientation = checked.orientation,
        .has_more_pictures = checked.has_more_pictures,
        .pdq = {PdqHash::from_bytes(checked.pdq), checked.pdq_quality},
        .pdq_nearest512 = {PdqHash::from_bytes(checked.pdq_nearest512), checked.pdq_nearest512_quality},
        .pdq_pytx = {PdqHash::from_bytes(checked.pdq_pytx), checked.pdq_pytx_quality},
        .pdq_dihedral = dihedral_in(checked.pdq_dihedral, request, PdqConvention::full),
        .pdq_nearest512_dihedral = dihedral_in(checked.pdq_nearest512_dihedral, request, PdqConvention::nearest512),
        .capture = Sensitive(std::move(checked.capture)),
    };
    if (request.preview_side_px_max != 0) {
      const std::size_t bytes = std::size_t{3} * checked.preview.width * checked.preview.height;
      TUTELA_ASSIGN(Bytes pixels, copy_from(job.output, media::kPreviewOffsetBytes, bytes));
      decoded.preview = Preview{checked.preview.width, checked.preview.height, Sensitive(std::move(pixels))};
    }
    return decoded;
  }

  void wake() {
    const std::uint64_t one = 1;
    if (write(wake_.get(), &one, sizeof one) < 0) return;  // the counter is full, so the keeper is awake already
  }

  // Everything below runs on the keeper.

  void keep(std::promise<Result<>>& opened) {
    const Result<> started = start();
    opened.set_value(started);
    if (!started) return;
    while (!stop_requested()) {
      pollfd watched[] = {{wake_.get(), POLLIN, 0}, {process_ ? process_->control() : -1, POLLIN, 0}};
      poll(watched, 2, milliseconds_to_next_deadline());
      if ((watched[0].revents & POLLIN) != 0) {
        std::uint64_t drained = 0;
        if (read(wake_.get(), &drained, sizeof drained) < 0) drained = 0;  // woken by someone else's write in between
      }
      if (watched[1].revents != 0) take_endings();
      give_up_on_late();
      feed();
    }
    process_.reset();
    const std::lock_guard lock(mutex_);
    running_.insert(running_.end(), waiting_.begin(), waiting_.end());
    for (const JobPointer& job : running_) job->ended.set_value(fail(ErrorCode::unavailable, "decoder.died", "closing"));
  }

  bool stop_requested() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  Result<> start() {
    auto started = DecoderProcess::start(options_);
    if (!started) return std::unexpected(started.error());
    process_.emplace(*std::move(started));
    return {};
  }

  JobPointer next_waiting() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return nullptr;
    JobPointer job = waiting_.front();
    waiting_.pop_front();
    return job;
  }

  void feed() {
    while (running_.size() < options_.jobs_max) {
      const JobPointer job = next_waiting();
      if (job == nullptr) return;
      if (!process_) {
        if (const Result<> started = start(); !started) {
          job->ended.set_value(started);
          continue;
        }
      }
      ++job->attempts;
      job->given_up = std::chrono::steady_clock::now() + options_.time_max + kZygoteGrace;
      running_.push_back(job);
      if (!process_->send(job->start, job->input, job->output)) process_died();
    }
  }

  void take_endings() {
    while (process_) {
      const auto received = process_->receive();
      if (!received) return process_died();
      if (!*received) return;
      const auto job =
          std::find_if(running_.begin(), running_.end(), [&](const JobPointer& j) { return j->start.job == (*received)->job; });
      if (job == running_.end()) return process_died();  // an answer to nothing: it is not ours any more
      JobPointer ended = std::move(*job);
      running_.erase(job);
      ended->ended.set_value(result_of((*received)->ending));
    }
  }

  static Result<> result_of(JobEnding ending) {
    switch (ending) {
      case JobEnding::finished:
        return {};
      case JobEnding::timed_out:
        return fail(ErrorCode::limit, "decoder.timeout");
      case JobEnding::refused:
        return fail(ErrorCode::unavailable, "decoder.no_memory", "fork");
      case JobEnding::killed:
        break;
    }
    return fail(ErrorCode::corrupt, "decoder.killed");
  }

  // The process is ended whatever it still does; its jobs get a second process, once. A picture that can kill the zygote itself
  // kills two and is answered.
  void process_died() {
    log::error("decoder.died", {{"jobs", static_cast<std::int64_t>(running_.size())}});
    process_.reset();
    const std::lock_guard lock(mutex_);
    for (const JobPointer& job : running_) {
      if (job->attempts < kAttemptsMax) {
        waiting_.push_front(job);
      } else {
        job->ended.set_value(fail(ErrorCode::unavailable, "decoder.died"));
      }
    }
    running_.clear();
  }

  int milliseconds_to_next_deadline() const {
    if (running_.empty()) return -1;
    const auto soonest = (*std::min_element(running_.begin(), running_.end(), [](const JobPointer& a, const JobPointer& b) {
                           return a->given_up < b->given_up;
                         }))->given_up;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(soonest - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
  }

  // The zygote should have ended these itself.
  void give_up_on_late() {
    const auto now = std::chrono::steady_clock::now();
    const auto late =
        std::partition(running_.begin(), running_.end(), [&](const JobPointer& job) { return job->given_up > now; });
    if (late == running_.end()) return;
    const std::vector<JobPointer> timed_out(late, running_.end());
    running_.erase(late, running_.end());
    process_died();
    for (const JobPointer& job : timed_out) job->ended.set_value(fail(ErrorCode::limit, "decoder.timeout"));
  }

  // Constant after construction.
  const DecoderOptions options_;
  const Descriptor wake_;
  std::thread keeper_;

  // Own locking.
  std::atomic<std::uint64_t> next_job_ = 1;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::deque<JobPointer> waiting_;
  bool stopping_ = false;

  // The keeper's alone.
  std::optional<DecoderProcess> process_;
  std::vector<JobPointer> running_;
};

}  // namespace

std::filesystem::path default_decoder_program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path("tutela-decoder") : self.parent_path() / "tutela-decoder";
}

Result<std::unique_ptr<Decoder>> open_decoder(const DecoderOptions& options) {
  TUTELA_CHECK(options.jobs_max >= 1 && options.jobs_max <= 8 && options.time_max.count() > 0 &&
               options.time_max <= limits::kDecoderTimeMax && options.memory_bytes_max <= limits::kDecoderMemoryBytesMax);
  if (options.pdq_kernel && !fingerprint::is_supported(*options.pdq_kernel))
    return fail(ErrorCode::unsupported, "pdq.kernel_not_supported");
  auto broker = std::make_unique<Broker>(options);
  TUTELA_TRY(broker->open());
  log::info("decoder.pdq_kernel", {{"name", log::ProgramText{to_word(options.pdq_kernel.value_or(fingerprint::best_kernel()))}}});
  return broker;
}

}  // namespace tutela::decode
