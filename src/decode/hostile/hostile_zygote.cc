// A decoder that is hostile as a whole: it takes no restriction upon itself, so what holds is bubblewrap, the seals and the
// server's checks. It reports the escapes that worked in the answer's "make".
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "media/decoder_wire.h"

namespace {

using namespace tutela::media;

constexpr int kControl = 3;

// `host_process` and `host_port` are a process and a listening loopback port outside.
std::string escapes(pid_t host_process, std::uint16_t host_port) {
  std::string worked;
  const auto attempt = [&](const char* name, bool success) {
    if (success) worked += std::string(name) + " ";
  };
  attempt("passwd", open("/etc/passwd", O_RDONLY) >= 0);
  attempt("proc", open("/proc/self/status", O_RDONLY) >= 0);
  attempt("create", open("/file", O_CREAT | O_WRONLY, 0600) >= 0);
  attempt("tmp", open("/tmp/file", O_CREAT | O_WRONLY, 0600) >= 0);
  attempt("change_library", open("/decoder", O_WRONLY) >= 0);
  attempt("run", access("/bin/sh", X_OK) == 0);
  attempt("mount", mount("none", "/", "tmpfs", 0, nullptr) == 0);
  attempt("host_processes", kill(host_process, 0) == 0 || errno == EPERM);
  attempt("root", getuid() == 0 || setuid(0) == 0);
  sockaddr_in loopback{.sin_family = AF_INET, .sin_port = htons(host_port)};
  loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int tcp = socket(AF_INET, SOCK_STREAM, 0);
  attempt("network", tcp >= 0 && connect(tcp, reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) == 0);
  return worked;
}

std::string unseal(int input, int output) {
  std::string worked;
  const auto attempt = [&](const char* name, bool success) {
    if (success) worked += std::string(name) + " ";
  };
  attempt("shrink_output", ftruncate(output, 0) == 0);
  attempt("grow_output", ftruncate(output, 1 << 20) == 0);
  attempt("shrink_input", ftruncate(input, 0) == 0);
  attempt("write_input", pwrite(input, "x", 1, 0) == 1);
  attempt("seal_output", fcntl(output, F_ADD_SEALS, F_SEAL_WRITE) == 0);
  return worked;
}

template <class Message>
void send_message(const Message& message) {
  if (send(kControl, &message, sizeof message, MSG_NOSIGNAL) < 0) _exit(0);
}

void answer(int output, const std::string& made) {
  JobResult result{.status = JobStatus::decoded, .width = 10, .height = 10, .format = 1, .pdq_kernel = 1};
  std::copy_n(made.begin(), std::min(made.size(), result.make.size() - 1), result.make.begin());
  if (pwrite(output, &result, sizeof result, 0) < 0) _exit(1);
}

}  // namespace

int main() {
  send_message(Hello{.seccomp_filters = 1});
  for (;;) {
    JobStart job;
    alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
    iovec part{&job, sizeof job};
    msghdr header{.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(kControl, &header, 0) <= 0) return 0;
    int descriptors[2];
    std::memcpy(descriptors, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof descriptors);
    std::string order(job.input_bytes, '\0');
    if (pread(descriptors[0], order.data(), order.size(), 0) < 0) return 1;

    int process = 0;
    int port = 0;
    if (sscanf(order.c_str(), "escape %d %d", &process, &port) == 2)
      answer(descriptors[1], escapes(process, static_cast<std::uint16_t>(port)));
    if (order == "unseal") answer(descriptors[1], unseal(descriptors[0], descriptors[1]));
    if (order == "die") return 1;
    if (order == "mute") continue;
    if (order == "flood") {
      for (int i = 0; i < 1000; ++i) send_message(job);
    }
    if (order == "wrong_job") {
      send_message(JobEnd{.job = job.job + 1});
      continue;
    }
    if (order == "twice") {
      answer(descriptors[1], "");
      send_message(JobEnd{.job = job.job});
    }
    send_message(JobEnd{.job = job.job});
    // The descriptors stay open: a later write to the memory of a job that was answered must change nothing.
    if (order == "late") {
      usleep(50'000);
      answer(descriptors[1], "late");
    }
  }
}
