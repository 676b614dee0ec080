#include "decode/decoder_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "base/log.h"

namespace tutela::decode {
namespace {

constexpr int kControlDescriptor = 3;
constexpr std::chrono::milliseconds kHelloTimeout{10'000};
constexpr std::size_t kLoaderOutputBytesMax = 64 * 1024;

// Starts `command` with nothing of ours: null standard streams, an empty environment plus `environment`, default signals, and
// only `passed` (as descriptor `as`) left open. -1 where it cannot be started.
pid_t spawn(const std::vector<std::string>& command, const char* environment, const Descriptor& passed, int as) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&files) != 0) return -1;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&files);
    return -1;
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  pid_t process = -1;
  bool ready = true;
  for (const int standard : {0, 1, 2})
    ready = ready && (standard == as || posix_spawn_file_actions_addopen(&files, standard, "/dev/null", O_RDWR, 0) == 0);
  ready = ready && posix_spawn_file_actions_adddup2(&files, passed.get(), as) == 0 &&
          posix_spawn_file_actions_addclosefrom_np(&files, kControlDescriptor + 1) == 0 &&
          posix_spawnattr_setsigmask(&attributes, &none) == 0 && posix_spawnattr_setsigdefault(&attributes, &all) == 0 &&
          posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0;
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  char* const variables[] = {const_cast<char*>(environment), nullptr};
  if (ready && posix_spawn(&process, command[0].c_str(), &files, &attributes, arguments.data(), variables) != 0) process = -1;
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return process;
}

void wait_for(pid_t process) {
  while (waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// The shared libraries the program loads, asked of its own loader (what ldd does): the only files the sandbox gets besides the
// program.
std::vector<std::string> libraries_of(const std::string& program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  const Descriptor read_end(ends[0]);
  pid_t process = -1;
  {
    const Descriptor write_end(ends[1]);
    process = spawn({program}, "LD_TRACE_LOADED_OBJECTS=1", write_end, STDOUT_FILENO);
  }
  if (process < 0) return {};
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t length = read(read_end.get(), part.data(), part.size());
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0 || text.size() > kLoaderOutputBytesMax) break;
    text.append(part.data(), static_cast<std::size_t>(length));
  }
  kill(process, SIGKILL);
  wait_for(process);

  // "\tlibz.so.1 => /lib/…/libz.so.1 (0x…)" or "\t/lib64/ld-linux-x86-64.so.2 (0x…)"
  std::vector<std::string> paths;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t line_end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, line_end - begin);
    begin = line_end + 1;
    const std::size_t path = line.find('/');
    const std::size_t path_end = line.rfind(" (");
    if (path != std::string::npos && path_end != std::string::npos && path < path_end)
      paths.push_back(line.substr(path, path_end - path));
  }
  return paths;
}

std::vector<std::string> bubblewrap_command(const DecoderOptions& options, bool user_namespace) {
  constexpr const char* inside = "/decoder";
  std::vector<std::string> command = {options.bubblewrap, "--unshare-all", "--die-with-parent",
                                      "--new-session",    "--cap-drop",    "ALL"};
  const auto add = [&](std::initializer_list<std::string> arguments) { command.insert(command.end(), arguments); };
  if (user_namespace) add({"--unshare-user", "--uid", "65534", "--gid", "65534"});
  for (const std::string& library : libraries_of(options.program)) add({"--ro-bind", library, library});
  add({"--ro-bind", options.program, inside, "--remount-ro", "/", "--chdir", "/", "--", inside});
  return command;
}

}  // namespace

Result<DecoderProcess> DecoderProcess::start_command(const std::vector<std::string>& command) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(ErrorCode::unavailable, "decoder.cannot_start");
  Descriptor ours(ends[0]);
  pid_t process = -1;
  {
    const Descriptor theirs(ends[1]);
    process = spawn(command, nullptr, theirs, kControlDescriptor);
  }
  if (process < 0) return fail(ErrorCode::unavailable, "decoder.cannot_start");
  DecoderProcess started(process, std::move(ours));
  pollfd watched{started.control(), POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&watched, 1, static_cast<int>(kHelloTimeout.count()));
  } while (ready < 0 && errno == EINTR);
  Bytes message(sizeof(media::Hello) + 1);
  const ssize_t length = ready > 0 ? recv(started.control(), message.data(), message.size(), MSG_DONTWAIT) : -1;
  if (length <= 0) return fail(ErrorCode::unavailable, "decoder.cannot_start");
  TUTELA_ASSIGN(started.hello_, media::parse_hello(BytesView(message).first(static_cast<std::size_t>(length))));
  return started;
}

Result<DecoderProcess> DecoderProcess::start(const DecoderOptions& options) {
  if (access(options.program.c_str(), X_OK) != 0) return fail(ErrorCode::unavailable, "decoder.cannot_start", "no program");
  // First with a user namespace, which makes the decoder nobody; root inside a container may not be given one, and can do
  // without.
  auto started = start_command(bubblewrap_command(options, true));
  if (!started && geteuid() == 0) started = start_command(bubblewrap_command(options, false));
  if (started && started->hello_.seccomp_filters == 0) return fail(ErrorCode::unavailable, "decoder.no_sandbox", "no seccomp");
  if (started) {
    started->sandboxed_ = true;
  } else if (options.sandbox == SandboxPolicy::unsandboxed_allowed) {
    log::error("decoder.unsandboxed");
    started = start_command({options.program});
  } else {
    return fail(ErrorCode::unavailable, "decoder.no_sandbox", "bubblewrap did not start the decoder");
  }
  if (!started) return started;
  if (started->hello_.landlock_abi == 0) log::warning("decoder.no_landlock");
  log::info("decoder.started", {{"landlock_abi", static_cast<std::int64_t>(started->hello_.landlock_abi)},
                                {"sandboxed", static_cast<std::int64_t>(started->sandboxed_)}});
  return started;
}

DecoderProcess::DecoderProcess(DecoderProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      control_(std::move(other.control_)),
      hello_(other.hello_),
      sandboxed_(other.sandboxed_) {}

DecoderProcess& DecoderProcess::operator=(DecoderProcess&& other) noexcept {
  std::swap(process_, other.process_);
  std::swap(control_, other.control_);
  std::swap(hello_, other.hello_);
  std::swap(sandboxed_, other.sandboxed_);
  return *this;
}

DecoderProcess::~DecoderProcess() { end(); }

// bubblewrap dies by the signal and takes its namespaces with it, and the kernel whatever runs in them.
void DecoderProcess::end() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  wait_for(process_);
  process_ = -1;
}

bool DecoderProcess::send(const media::JobStart& job, const Descriptor& input, const Descriptor& output) {
  const int descriptors[2] = {input.get(), output.get()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptors)] = {};
  media::JobStart message = job;
  iovec part{&message, sizeof message};
  msghdr header{.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  cmsghdr* item = CMSG_FIRSTHDR(&header);
  item->cmsg_level = SOL_SOCKET;
  item->cmsg_type = SCM_RIGHTS;
  item->cmsg_len = CMSG_LEN(sizeof descriptors);
  std::memcpy(CMSG_DATA(item), descriptors, sizeof descriptors);
  return sendmsg(control_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(sizeof message);
}

Result<std::optional<media::JobEnd>> DecoderProcess::receive() {
  // recv without a control buffer: descriptors that a hostile decoder sends are dropped by the kernel.
  std::array<std::uint8_t, sizeof(media::JobEnd) + 1> message;
  const ssize_t length = recv(control_.get(), message.data(), message.size(), MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (length <= 0) return fail(ErrorCode::unavailable, "decoder.died");
  TUTELA_ASSIGN(const media::JobEnd end, media::parse_job_end(BytesView(message).first(static_cast<std::size_t>(length))));
  return end;
}

}  // namespace tutela::decode
