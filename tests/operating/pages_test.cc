#include <gtest/gtest.h>

#include "operating/console_blocks.h"
#include "program/program.h"

namespace tutela::test {
namespace {

const std::filesystem::path kPages = std::filesystem::path(TUTELA_SOURCE_DIR) / "docs" / "operating";

TEST(ConsoleBlocks, AreWhatTheyShow) {
  const TempFolder folder;
  write_text(
      folder.path() / "page.md",
      "# Page\n\n    $ false\n\n```console\n$ echo one > made\noutput\n$ echo two \\\n    >> made\n```\n\n```\n$ false\n```\n");
  const auto commands = commands_of(folder.path() / "page.md");
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].line, 6);
  EXPECT_EQ(run_page(folder.path() / "page.md", folder.path()), 2);
  EXPECT_EQ(text_of(folder.path() / "made"), "one\ntwo\n");
}

// One after the other, as somebody does who tries them: the second begins with what the first left.
TEST(OperatingPages, BackUpAndRestore) {
  const Program program;
  const auto made = program.run(
      {"init", "--data", program.path("node").string(), "--name", "node.test", "--kind", "hotline", "--country", "DE", "--demo"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(run_page(kPages / "back-up.md", program.folder()), 5);
  EXPECT_EQ(run_page(kPages / "restore.md", program.folder()), 2);
  EXPECT_EQ(program.run({"member", "add", "--data", program.path("node-again").string(), "--login", "one", "--roles", "analyst"})
                .exit_code,
            0)
      << "it is a node again";
}

}  // namespace
}  // namespace tutela::test
