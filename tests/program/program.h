#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/temp_folder.h"

namespace tutela::test {

std::string text_of(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

// Runs the built program in a folder of its own.
class Program {
 public:
  struct Ran {
    int exit_code;  // minus the signal that ended it
    std::string out;
    std::string err;

    // Of a command with --json that prints one object.
    nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
  };

  Ran run(const std::vector<std::string>& words, const std::string& input = {}) const;
  // Ended with SIGKILL so many milliseconds after it began. True if it was still running.
  bool run_killed(const std::vector<std::string>& words, int after_ms) const;

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

 private:
  pid_t spawn(const std::vector<std::string>& words) const;
  TempFolder folder_;
};

}  // namespace tutela::test
