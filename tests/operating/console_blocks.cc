#include "operating/console_blocks.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "program/program.h"

namespace tutela::test {
namespace {

int run_bash(const std::string& text, const std::filesystem::path& folder) {
  const std::string output = folder / ".output";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    const std::string path = std::string(TUTELA_BINARY_DIR) + ":" + std::getenv("PATH");
    ::setenv("PATH", path.c_str(), 1);
    ::execl("/bin/bash", "bash", "-euo", "pipefail", "-c", text.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

std::vector<Command> commands_of(const std::filesystem::path& page) {
  std::vector<Command> commands;
  std::ifstream file(page);
  bool inside = false;
  bool goes_on = false;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("```")) {
      inside = !inside && line == "```console";
      goes_on = false;
    } else if (inside && goes_on) {
      commands.back().text += "\n" + line;
      goes_on = line.ends_with('\\');
    } else if (inside && line.starts_with("$ ")) {
      commands.push_back({line.substr(2), number});
      goes_on = line.ends_with('\\');
    }
  }
  return commands;
}

int run_page(const std::filesystem::path& page, const std::filesystem::path& folder) {
  int ran = 0;
  for (const auto& command : commands_of(page)) {
    const int exit_code = run_bash(command.text, folder);
    EXPECT_EQ(exit_code, 0) << page.filename() << ":" << command.line << ": " << command.text << "\n"
                            << text_of(folder / ".output");
    if (exit_code != 0) return ran;
    ++ran;
  }
  return ran;
}

}  // namespace tutela::test
