#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "base/bytes.h"
#include "program/program.h"

// docs/operating/keys.md, done with the program.
namespace tutela::test {
namespace {

class KeyProgram : public testing::Test {
 public:
  KeyProgram() {
    const auto made = program_.run(
        {"init", "--data", node(), "--name", "node.test", "--kind", "hotline", "--country", "DE", "--demo", "--json"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    // Both are read from standard input here, one a line.
    ::setenv("TUTELA_PASSPHRASE_FD", "0", 1);
    ::setenv("TUTELA_NEW_PASSPHRASE_FD", "0", 1);
  }
  ~KeyProgram() override {
    ::unsetenv("TUTELA_PASSPHRASE_FD");
    ::unsetenv("TUTELA_NEW_PASSPHRASE_FD");
  }

 protected:
  std::string node() const { return program_.path("node"); }
  Program::Ran keys(const std::string& verb, std::vector<std::string> more, const std::string& input = {}) {
    std::vector<std::string> words = {"keys", verb, "--data", node(), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return program_.run(words, input);
  }
  Program::Ran list(const std::string& input = {}) {
    return program_.run({"retention", "list", "--data", node(), "--json"}, input);
  }
  Program program_;
};

TEST_F(KeyProgram, APassphraseIsSetAskedForChangedAndTakenAway) {
  EXPECT_EQ(keys("status", {}).json()["sealed_with"], "none");
  const auto sealed = keys("seal", {"--with", "passphrase"}, "a long passphrase\n");
  ASSERT_EQ(sealed.exit_code, 0) << sealed.err;
  EXPECT_EQ(sealed.json()["sealed_with"], "passphrase");
  EXPECT_EQ(sealed.json()["readable_files"], 0);
  EXPECT_EQ(list("a long passphrase\n").exit_code, 0);
  const auto wrong = list("some other passphrase\n");
  EXPECT_NE(wrong.exit_code, 0);
  EXPECT_NE(wrong.err.find("keys.wrong_secret"), std::string::npos) << wrong.err;
  EXPECT_NE(wrong.err.find("docs/operating/keys.md"), std::string::npos) << "says what to do";
  EXPECT_EQ(wrong.err.find("some other"), std::string::npos) << "and not what was typed";
  const auto changed = keys("seal", {"--with", "passphrase"}, "a long passphrase\nanother passphrase\n");
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_NE(list("a long passphrase\n").exit_code, 0);
  EXPECT_EQ(list("another passphrase\n").exit_code, 0);
  EXPECT_NE(keys("seal", {"--with", "none"}, "a long passphrase\n").exit_code, 0);
  ASSERT_EQ(keys("seal", {"--with", "none"}, "another passphrase\n").exit_code, 0);
  EXPECT_EQ(list().exit_code, 0);
}

TEST_F(KeyProgram, ACommandsOutputOpensTheFolder) {
  const auto command = program_.path("print-key");
  const auto write = [&](const std::string& script) {
    write_text(command, "#!/bin/sh\n" + script + "\n");
    ::chmod(command.c_str(), 0755);
  };
  auto settings = text_of(program_.path("node") / "tutela.toml");
  const std::string none = "command = []";
  ASSERT_NE(settings.find(none), std::string::npos);
  settings.replace(settings.find(none), none.size(), "command = [\"" + command.string() + "\"]");
  write_text(program_.path("node") / "tutela.toml", settings);
  write("echo " + encode_base64(Bytes(32, 5)));
  const auto sealed = keys("seal", {"--with", "command"});
  ASSERT_EQ(sealed.exit_code, 0) << sealed.err;
  EXPECT_EQ(list().exit_code, 0);
  for (const std::string& script :
       {"echo " + encode_base64(Bytes(32, 6)), std::string("exit 1"), std::string("yes"), std::string("echo short")}) {
    write(script);
    EXPECT_NE(list().exit_code, 0) << script;
  }
  write("echo " + encode_base64(Bytes(32, 5)) + "; exit 3");
  EXPECT_NE(list().err.find("keys.command_failed"), std::string::npos);
  write("echo " + encode_base64(Bytes(32, 5)));
  EXPECT_EQ(list().exit_code, 0);
}

TEST_F(KeyProgram, RetentionRunsWithoutAServer) {
  const auto ran = program_.run({"retention", "run", "--data", node(), "--json"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.json()["destroyed"], 0);
  EXPECT_EQ(ran.json()["quiet_hours_left"], 72) << "a new node waits";
  EXPECT_TRUE(std::filesystem::exists(program_.path("node") / "after.list"));
}

}  // namespace
}  // namespace tutela::test
