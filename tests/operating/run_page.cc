#include "operating/run_page.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "program/program.h"

namespace tutela::test {
namespace {

PageRun run_script(std::vector<std::string> words, const std::filesystem::path& folder,
                   const std::map<std::string, std::string>& variables) {
  words.insert(words.begin(), TUTELA_SOURCE_DIR "/tests/operating/run_page.sh");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string output = folder / ".output";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    const std::string path = std::string(TUTELA_BINARY_DIR) + ":" + std::getenv("PATH");
    ::setenv("PATH", path.c_str(), 1);
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text_of(output)};
}

}  // namespace

int PageRun::counted(const std::string& what) const {
  const auto last = output.rfind('\n', output.size() - 2) + 1;
  const auto end = output.find(" " + what, last);
  if (exit_code != 0 || output.empty() || end == std::string::npos) return -1;
  return std::atoi(output.c_str() + output.rfind(' ', end - 1));
}

PageRun run_page(const std::filesystem::path& page, const std::filesystem::path& folder, const std::vector<std::string>& words,
                 const std::map<std::string, std::string>& variables) {
  std::vector<std::string> all{page.string()};
  all.insert(all.end(), words.begin(), words.end());
  return run_script(std::move(all), folder, variables);
}

PageRun read_page(const std::filesystem::path& page) {
  const TempFolder folder;
  return run_script({"--only-read", page.string()}, folder.path(), {});
}

}  // namespace tutela::test
