#include "program/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace tutela::test {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

pid_t Program::spawn(const std::vector<std::string>& words) const {
  std::vector<std::string> all{TUTELA_BINARY_DIR "/tutela"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (auto& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string input = path(".input");
  const std::string out = path(".out");
  const std::string err = path(".err");
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::setpgid(0, 0);  // what it starts ends with it
  ::dup2(::open(input.c_str(), O_RDONLY | O_CREAT, 0600), STDIN_FILENO);
  ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

Program::Ran Program::run(const std::vector<std::string>& words, const std::string& input) const {
  write_text(path(".input"), input);
  int status = 0;
  ::waitpid(spawn(words), &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text_of(path(".out")), text_of(path(".err"))};
}

bool Program::run_killed(const std::vector<std::string>& words, int after_ms) const {
  write_text(path(".input"), "");
  const pid_t pid = spawn(words);
  ::usleep(static_cast<useconds_t>(after_ms) * 1000);
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status);
}

}  // namespace tutela::test
