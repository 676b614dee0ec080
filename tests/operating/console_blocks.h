#pragma once

#include <filesystem>
#include <string>
#include <vector>

// The command blocks of a page: what stands between ```console and ```, a command on every line that begins with "$ ". A line
// that ends in a backslash goes on with the next. Other lines show output and are not compared.
namespace tutela::test {

struct Command {
  std::string text;
  int line;  // of the page, from 1
};
std::vector<Command> commands_of(const std::filesystem::path& page);

// Runs the page's commands one after the other with bash in `folder`, where `tutela` is this build's. Each must end with 0: a
// failed one fails the running test with the page's line and what was printed, and the rest is not run. Returns how many ran.
int run_page(const std::filesystem::path& page, const std::filesystem::path& folder);

}  // namespace tutela::test
