#include "app/key_secret.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "crypto/secret.h"

extern char** environ;

namespace tutela::app {
namespace {

using Secret = Sensitive<std::string>;

constexpr std::size_t kCommandBytesMax = 256;
constexpr std::chrono::seconds kCommandTime{30};

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
};

std::unexpected<Error> no_passphrase() { return fail(ErrorCode::denied, "keys.no_passphrase"); }
std::unexpected<Error> command_failed(const char* why) { return fail(ErrorCode::unavailable, "keys.command_failed", why); }

// Everything up to the first line feed or the end; nothing when that is too long or cannot be read.
std::optional<std::string> read_line(int descriptor, std::size_t bytes_max) {
  std::string line;
  for (;;) {
    char next = 0;
    const auto got = ::read(descriptor, &next, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 || line.size() > bytes_max) return std::nullopt;
    if (got == 0 || next == '\n') return line;
    line += next;
  }
}

Result<std::optional<Secret>> from_descriptor(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  int number = -1;
  const char* end = text + std::strlen(text);
  const auto parsed = std::from_chars(text, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < 0) return no_passphrase();
  auto line = read_line(number, crypto::kPassphraseBytesMax);
  if (number > STDERR_FILENO) ::close(number);
  if (!line) return no_passphrase();
  return std::optional(Secret(*std::move(line)));
}

Result<std::optional<Secret>> from_credential() {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) return std::nullopt;
  const Descriptor file(::open((std::string(folder) + "/tutela-passphrase").c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return std::nullopt;
  auto line = read_line(file.get(), crypto::kPassphraseBytesMax);
  if (!line) return no_passphrase();
  return std::optional(Secret(*std::move(line)));
}

// Typed without being shown.
Result<Secret> from_terminal(std::string_view question) {
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  termios before{};
  if (terminal.get() < 0 || ::tcgetattr(terminal.get(), &before) != 0) return no_passphrase();
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (::tcsetattr(terminal.get(), TCSAFLUSH, &silent) != 0) return no_passphrase();
  const bool asked = ::write(terminal.get(), question.data(), question.size()) > 0;
  auto line = read_line(terminal.get(), crypto::kPassphraseBytesMax);
  ::tcsetattr(terminal.get(), TCSAFLUSH, &before);
  const bool ended = ::write(terminal.get(), "\n", 1) > 0;
  if (!asked || !ended || !line) return no_passphrase();
  return Secret(*std::move(line));
}

// What it prints until it closes its output; nothing after `kCommandTime` or beyond `kCommandBytesMax`.
std::optional<std::string> read_output(int descriptor) {
  const auto until = std::chrono::steady_clock::now() + kCommandTime;
  std::string output;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd waiting{descriptor, POLLIN, 0};
    if (left <= 0) return std::nullopt;
    const int ready = ::poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    std::array<char, kCommandBytesMax + 1> buffer;
    const auto got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0) return std::nullopt;
    output.append(buffer.data(), static_cast<std::size_t>(got));
    crypto::wipe({reinterpret_cast<std::uint8_t*>(buffer.data()), buffer.size()});
    if (output.size() > kCommandBytesMax) return std::nullopt;
    if (got == 0) return output;
  }
}

Result<Secret> from_command(const std::vector<std::string>& command) {
  if (command.empty()) return fail(ErrorCode::invalid, "config.bad_value", "keys.command");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return command_failed("pipe");
  const Descriptor output(ends[0]);
  Descriptor input(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDOUT_FILENO);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int started = ::posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  input.close();
  if (started != 0) return command_failed("start");
  auto said = read_output(output.get());
  if (!said) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return command_failed("wait");
  if (!said) return command_failed("output");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return command_failed("exit");
  return Secret(*std::move(said));
}

}  // namespace

vault::AskSecret ask_key_secret(const Config& config) {
  return [command = config.keys.command](vault::SealKind kind) -> Result<Secret> {
    if (kind == vault::SealKind::command) return from_command(command);
    TUTELA_ASSIGN(auto given, from_descriptor("TUTELA_PASSPHRASE_FD"));
    if (given) return *std::move(given);
    TUTELA_ASSIGN(auto credential, from_credential());
    if (credential) return *std::move(credential);
    return from_terminal("Passphrase of the key folder: ");
  };
}

vault::AskSecret ask_new_key_secret(const Config& config) {
  return [command = config.keys.command](vault::SealKind kind) -> Result<Secret> {
    if (kind == vault::SealKind::command) return from_command(command);
    TUTELA_ASSIGN(auto given, from_descriptor("TUTELA_NEW_PASSPHRASE_FD"));
    if (given) return *std::move(given);
    TUTELA_ASSIGN(auto once, from_terminal("New passphrase of the key folder, at least 12 characters: "));
    TUTELA_ASSIGN(const auto again, from_terminal("The same again: "));
    if (!(once == again)) return fail(ErrorCode::denied, "keys.passphrases_differ");
    return once;
  };
}

}  // namespace tutela::app
