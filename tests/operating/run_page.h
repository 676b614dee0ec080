#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

// A page of docs/operating, read and run by run_page.sh, which says what counts as a block.
namespace tutela::test {

struct PageRun {
  int exit_code;  // 3: the page has a block that cannot be run
  std::string output;

  // What the last line counts; -1 where there is no such line.
  int commands() const { return counted("commands"); }
  int settings() const { return counted("settings"); }
  int by_hand() const { return counted("by hand"); }

 private:
  int counted(const std::string& what) const;
};

// In `folder`, where `tutela` is this build's. `words` are replaced in the page's blocks, `variables` set for its commands.
PageRun run_page(const std::filesystem::path& page, const std::filesystem::path& folder,
                 const std::vector<std::string>& words = {}, const std::map<std::string, std::string>& variables = {});

// Counts the page's blocks and runs none of them.
PageRun read_page(const std::filesystem::path& page);

}  // namespace tutela::test
