// The real zygote and sandbox around a job that a hostile picture has taken over. Its input is the order it gets; anything else
// is decoded honestly.
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string_view>

#include "decode/worker/decode_picture.h"
#include "decode/worker/zygote.h"

namespace {

using tutela::BytesView;
using tutela::media::JobResult;
using tutela::media::JobStatus;

void answer(std::span<std::uint8_t> output, const JobResult& result) { std::memcpy(output.data(), &result, sizeof result); }

// System calls that a job has no business with. Each must end the process before it returns; the answer that follows would betray
// it.
struct Escape {
  std::string_view order;
  long (*attempt)();
};
const Escape kEscapes[] = {
    {"open", [] { return syscall(SYS_openat, -100, "/etc/passwd", 0, 0); }},
    {"socket", [] { return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }},
    {"fork", [] { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    {"vfork", [] { return syscall(SYS_clone3, nullptr, 0); }},
    {"exec", [] { return syscall(SYS_execve, "/decoder", nullptr, nullptr); }},
    {"ptrace", [] { return syscall(SYS_ptrace, PTRACE_ATTACH, 2, nullptr, nullptr); }},
    {"kill", [] { return syscall(SYS_kill, 2, SIGKILL); }},
    {"write_process", [] { return syscall(SYS_process_vm_writev, 2, nullptr, 0, nullptr, 0, 0); }},
    {"truncate", [] { return syscall(SYS_ftruncate, 4, 0); }},
    {"write", [] { return syscall(SYS_pwrite64, 5, "x", 1, 0); }},
    {"control", [] { return syscall(SYS_sendto, 3, "x", 1, 0, nullptr, 0); }},
    {"memory_file", [] { return syscall(SYS_memfd_create, "x", 0); }},
    {"map_file", [] { return syscall(SYS_mmap, nullptr, 4096, PROT_READ, MAP_SHARED, 4, 0); }},
    {"map_code", [] { return syscall(SYS_mmap, nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
    {"unshare", [] { return syscall(SYS_unshare, 0x10000000); }},
    {"limits", [] { return syscall(SYS_prlimit64, 0, 0, nullptr, nullptr); }},
    {"io_uring", [] { return syscall(425, 1, nullptr); }},
};

void run(BytesView input, std::span<std::uint8_t> output, const tutela::media::JobStart& job) {
  const std::string_view order = tutela::as_text(input);
  for (const Escape& escape : kEscapes) {
    if (order != escape.order) continue;
    escape.attempt();
    return answer(output, {.status = JobStatus::damaged});  // it was allowed to try
  }
  if (order == "hang") {
    for (volatile unsigned i = 0;;) i = i + 1;
  }
  if (order == "crash") {
    volatile int* nowhere = nullptr;
    *nowhere = 1;
  }
  if (order == "silent") return;
  if (order == "garbage") {
    std::memset(output.data(), 0xFF, output.size());
    return;
  }
  if (order == "huge_preview") {
    return answer(output, {.status = JobStatus::decoded,
                           .width = 30'000,
                           .height = 2'000,
                           .preview_width = 30'000,
                           .preview_height = 2'000,
                           .format = 1});
  }
  if (order == "alter_input") {  // sealed, so the mapping can never become writable
    const auto page = reinterpret_cast<std::uintptr_t>(input.data()) & ~std::uintptr_t{4095};
    const bool refused = syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_WRITE) != 0;
    return answer(output, {.status = refused ? JobStatus::unsupported_format : JobStatus::damaged});
  }
  if (order.starts_with("slow")) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
    while (std::chrono::steady_clock::now() < end) {
    }
    input = input.subspan(4);
  }
  tutela::decode::answer_job(input, output, job);
}

}  // namespace

int main() { return tutela::decode::run_zygote(run); }
