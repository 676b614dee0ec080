#include "decode/worker/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <vector>

#include "decode/worker/sandbox.h"

namespace tutela::decode {
namespace {

using media::JobEnd;
using media::JobEnding;
using media::JobStart;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int kInputSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
constexpr int kOutputSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

class Descriptor {
 public:
  explicit Descriptor(int descriptor = -1) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

struct Received {
  Bytes message;
  std::vector<Descriptor> descriptors;
};

// nullopt: the server has gone.
std::optional<Received> receive() {
  Received received;
  received.message.resize(sizeof(JobStart) + 1);
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
  iovec part{received.message.data(), received.message.size()};
  msghdr header{.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  const ssize_t length = recvmsg(kControlDescriptor, &header, MSG_CMSG_CLOEXEC);
  if (length <= 0) return std::nullopt;
  received.message.resize(static_cast<std::size_t>(length));
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = 0; at + CMSG_LEN(0) + sizeof(int) <= item->cmsg_len; at += sizeof(int)) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(item) + at, sizeof descriptor);
      received.descriptors.emplace_back(descriptor);
    }
  }
  return received;
}

template <class Message>
bool send_message(const Message& message) {
  return send(kControlDescriptor, &message, sizeof message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message);
}

bool is_sealed(const Descriptor& memory, int seals, std::uint64_t bytes) {
  struct stat facts = {};
  return fcntl(memory.get(), F_GET_SEALS) == seals && fstat(memory.get(), &facts) == 0 &&
         static_cast<std::uint64_t>(facts.st_size) == bytes;
}

// The child, from fork to end. Every step before the filter concerns only itself; the first read of `input` is in `function`.
[[noreturn]] void run_job(JobFunction function, const SyscallFilter& filter, const JobStart& job, const Descriptor& input,
                          const Descriptor& output) {
  constexpr int failed = 1;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) _exit(failed);
  const void* in = mmap(nullptr, job.input_bytes, PROT_READ, MAP_SHARED, input.get(), 0);
  void* out = mmap(nullptr, job.output_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, output.get(), 0);
  if (in == MAP_FAILED || out == MAP_FAILED) _exit(failed);
  if (close_range(0, ~0U, 0) != 0) _exit(failed);
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, nullptr) != 0 || !limit_job(job) || !filter.apply()) _exit(failed);
  function({static_cast<const std::uint8_t*>(in), job.input_bytes}, {static_cast<std::uint8_t*>(out), job.output_bytes}, job);
  _exit(0);
}

class Zygote {
 public:
  Zygote(JobFunction function, SyscallFilter job_filter, int child_signals)
      : function_(function), job_filter_(std::move(job_filter)), child_signals_(child_signals) {}

  int run() {
    for (;;) {
      pollfd watched[] = {{kControlDescriptor, POLLIN, 0}, {child_signals_, POLLIN, 0}};
      poll(watched, 2, milliseconds_to_next_deadline());
      if ((watched[1].revents & POLLIN) != 0) {
        signalfd_siginfo drained[4];
        if (read(child_signals_, drained, sizeof drained) < 0) return 1;
      }
      kill_late();
      if (!report_ended()) return 0;
      if (watched[0].revents != 0 && !take_job()) return 0;
    }
  }

 private:
  struct Child {
    pid_t process;
    std::uint64_t job;
    SteadyTime deadline;
    bool killed_late = false;
  };

  int milliseconds_to_next_deadline() const {
    int soonest = -1;
    for (const Child& child : children_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(child.deadline - std::chrono::steady_clock::now()).count();
      const int wait = child.killed_late ? 1000 : static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
      soonest = soonest < 0 ? wait : std::min(soonest, wait);
    }
    return soonest;
  }

  bool take_job() {
    const auto received = receive();
    if (!received) return false;
    const auto job = media::parse_job_start(received->message);
    if (!job) return false;  // not our server
    const bool sound = received->descriptors.size() == 2 && children_.size() < kZygoteJobsMax &&
                       is_sealed(received->descriptors[0], kInputSeals, job->input_bytes) &&
                       is_sealed(received->descriptors[1], kOutputSeals, job->output_bytes);
    const pid_t process = sound ? fork() : -1;
    if (process == 0) run_job(function_, job_filter_, *job, received->descriptors[0], received->descriptors[1]);
    if (process < 0) return send_message(JobEnd{.ending = JobEnding::refused, .job = job->job});
    children_.push_back({process, job->job, std::chrono::steady_clock::now() + std::chrono::milliseconds(job->time_ms_max)});
    return true;
  }

  void kill_late() {
    for (Child& child : children_) {
      if (child.killed_late || std::chrono::steady_clock::now() < child.deadline) continue;
      kill(child.process, SIGKILL);
      child.killed_late = true;
    }
  }

  bool report_ended() {
    int status = 0;
    for (pid_t ended = waitpid(-1, &status, WNOHANG); ended > 0; ended = waitpid(-1, &status, WNOHANG)) {
      const auto child = std::find_if(children_.begin(), children_.end(), [&](const Child& c) { return c.process == ended; });
      if (child == children_.end()) continue;
      JobEnd end{.ending = JobEnding::killed, .job = child->job};
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) end.ending = JobEnding::finished;
      if (child->killed_late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) end.ending = JobEnding::timed_out;
      children_.erase(child);
      if (!send_message(end)) return false;
    }
    return true;
  }

  JobFunction function_;
  SyscallFilter job_filter_;
  int child_signals_;
  std::vector<Child> children_;
};

}  // namespace

int run_zygote(JobFunction job) {
  constexpr int no_sandbox = 1;
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  if (sigprocmask(SIG_BLOCK, &child_ended, nullptr) != 0) return no_sandbox;
  const int child_signals = signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK);
  if (child_signals < 0 || !drop_privileges()) return no_sandbox;

  auto job_filter = SyscallFilter::for_job();
  const auto zygote_filter = SyscallFilter::for_zygote();
  if (!job_filter || !zygote_filter) return no_sandbox;
  media::Hello hello;
  hello.landlock_abi = forbid_files();
  if (!zygote_filter->apply()) return no_sandbox;
  hello.seccomp_filters = 1;
  if (!send_message(hello)) return no_sandbox;
  return Zygote(job, *std::move(job_filter), child_signals).run();
}

}  // namespace tutela::decode
