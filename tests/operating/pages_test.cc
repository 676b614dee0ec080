#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <set>

#include "base/bytes.h"
#include "operating/run_page.h"
#include "program/program.h"
#include "support/postgres_server.h"

// The pages of docs/operating. Those that need a Debian with systemd of its own are run in one: tests/package/operated.sh.
namespace tutela::test {
namespace {

using testing::HasSubstr;

const std::filesystem::path kPages = std::filesystem::path(TUTELA_SOURCE_DIR) / "docs" / "operating";

class RunPage : public testing::Test {
 protected:
  PageRun run(const std::string& text, const std::vector<std::string>& words = {}) {
    write_text(folder_.path() / "page.md", text);
    return run_page(folder_.path() / "page.md", folder_.path(), words);
  }
  std::string made() const { return text_of(folder_.path() / "made"); }
  TempFolder folder_;
};

TEST_F(RunPage, RunsWhatABlockShows) {
  const auto ran = run(
      "# Page\n\n* item\n\n    of a list\n\n```console\n$ echo one >made\noutput\n$ echo \"it's\" \\\n    WORD >>made\n```\n\n"
      "```console by hand: it would fail\n$ false\n```\n",
      {"WORD=two"});
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_EQ(made(), "one\nit's two\n");
  EXPECT_EQ(ran.commands(), 2);
  EXPECT_EQ(ran.by_hand(), 1);
}

TEST_F(RunPage, EndsWithTheFirstCommandThatFails) {
  const auto ran = run("```console\n$ echo one >made\n$ (exit 4)\n$ echo two >made\n```\n");
  EXPECT_EQ(ran.exit_code, 4);
  EXPECT_THAT(ran.output, HasSubstr("page.md:3: ended with 4"));
  EXPECT_EQ(made(), "one\n");
}

TEST_F(RunPage, PutsSettingsIntoTheirSection) {
  std::filesystem::create_directory(folder_.path() / "node");
  write_text(folder_.path() / "node" / "tutela.toml", "top = 1\n[one]\nkey = 1\n\n[two]\nkey = 2\nother = 2\n");
  const auto ran = run("```toml node\n[two]\nkey = [\"a\", \"b\"]\n\n[three]\nkey = 3\n```\n");
  EXPECT_EQ(ran.settings(), 2) << ran.output;
  EXPECT_EQ(text_of(folder_.path() / "node" / "tutela.toml"),
            "top = 1\n[one]\nkey = 1\n\n[two]\nkey = [\"a\", \"b\"]\nother = 2\n\n[three]\nkey = 3\n");
}

TEST_F(RunPage, RefusesABlockThatItCouldNotRun) {
  for (const auto* block : {"    $ false\n", "```\n$ false\n```\n", "```sh\nfalse\n```\n", "```console\nfalse\n```\n",
                            "```console by hand:\n$ false\n```\n", "```console by hand: why\n```\n", "```console\n$ false\n",
                            "```console\n$ false \\\n```\n", "```toml node\nkey\n```\n"}) {
    const auto ran = run("# Page\n\n```console\n$ echo one >made\n```\n\n" + std::string(block));
    EXPECT_EQ(ran.exit_code, 3) << block << ran.output;
    EXPECT_EQ(made(), "") << "something was run beside " << block;
  }
}

// The page names that a test runs, and how many blocks each leaves to somebody's hand.
TEST(AllPages, AreRun) {
  const std::map<std::string, int> here{{"back-up.md", 0}, {"restore.md", 0}, {"keys.md", 0}, {"store.md", 1}};
  const std::map<std::string, int> in_a_debian{
      {"install.md", 1}, {"harden.md", 0}, {"upgrade.md", 0}, {"upgrade-older.md", 0}, {"remove.md", 0}};
  const auto script = text_of(std::filesystem::path(TUTELA_SOURCE_DIR) / "tests" / "package" / "operated.sh");
  for (const auto& [page, by_hand] : in_a_debian) EXPECT_THAT(script, HasSubstr("follow " + page));
  auto all = here;
  all.insert(in_a_debian.begin(), in_a_debian.end());
  std::set<std::string> pages;
  for (const auto& entry : std::filesystem::directory_iterator(kPages)) pages.insert(entry.path().filename());
  for (const auto& page : pages) {
    ASSERT_TRUE(all.contains(page)) << page << " is run by no test";
    const auto read = read_page(kPages / page);
    EXPECT_GT(read.commands(), 0) << read.output;
    EXPECT_EQ(read.by_hand(), all[page]) << page;
  }
  EXPECT_EQ(pages.size(), all.size());
}

// A node in `node`, where the pages have it.
class OperatingPages : public testing::Test {
 public:
  OperatingPages() {
    const auto made = program_.run({"init", "--data", program_.path("node").string(), "--name", "node.test", "--kind", "hotline",
                                    "--country", "DE", "--demo"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
  }

 protected:
  void follow(const std::string& page, const std::vector<std::string>& words = {},
              const std::map<std::string, std::string>& variables = {}) {
    const auto ran = run_page(kPages / page, program_.folder(), words, variables);
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
  }
  void expect_a_node(const std::string& name) {
    const auto added =
        program_.run({"member", "add", "--data", program_.path(name).string(), "--login", "one", "--roles", "analyst"});
    EXPECT_EQ(added.exit_code, 0) << name << ": " << added.err;
  }
  static std::string new_database() {
    const auto conninfo = PostgresServer::shared().create_database();
    // The program gives up root, and must reach the server's socket all the same.
    std::filesystem::permissions(socket_of(conninfo), std::filesystem::perms::others_exec, std::filesystem::perm_options::add);
    return conninfo;
  }
  static std::string socket_of(const std::string& conninfo) { return conninfo.substr(5, conninfo.find(' ') - 5); }

  Program program_;
};

// One after the other, as somebody does who tries them: the second begins with what the first left.
TEST_F(OperatingPages, BackUpAndRestore) {
  follow("back-up.md");
  follow("restore.md", {"postgresql:///tutela_again=" + new_database()});
  expect_a_node("node-again");
  expect_a_node("node-on-server");
}

// At the terminal a passphrase is typed; in the page a file holds it. The command of the page prints a key of this test.
TEST_F(OperatingPages, Keys) {
  write_text(program_.path("passphrase"), "a long passphrase\n");
  write_text(program_.path("next-passphrase"), "another passphrase\n");
  const auto command = program_.path("print-key");
  write_text(command, "#!/bin/sh\necho " + encode_base64(Bytes(32, 5)) + "\n");
  ::chmod(command.c_str(), 0755);
  follow("keys.md", {"/usr/local/bin/print-tutela-key=" + command.string()});
  const auto status = program_.run({"keys", "status", "--data", program_.path("node").string(), "--json"}).json();
  EXPECT_EQ(status["sealed_with"], "command");
  EXPECT_EQ(status["signing_changes"], 1);
  expect_a_node("node");
}

TEST_F(OperatingPages, Store) {
  const auto conninfo = new_database();
  follow("store.md", {"postgresql:///tutela=" + conninfo}, {{"PGHOST", socket_of(conninfo)}, {"PGUSER", "tutela"}});
  expect_a_node("node");
}

}  // namespace
}  // namespace tutela::test
