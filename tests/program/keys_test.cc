#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
  // The next signing key is sealed as the one before.
  const auto changed = keys("change-signing", {});
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_EQ(list().exit_code, 0);
  EXPECT_EQ(keys("status", {}).json()["readable_files"], 0);
}

TEST_F(KeyProgram, RetentionRunsWithoutAServer) {
  const auto ran = program_.run({"retention", "run", "--data", node(), "--json"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.json()["destroyed"], 0);
  EXPECT_EQ(ran.json()["quiet_hours_left"], 72) << "a new node waits";
  EXPECT_TRUE(std::filesystem::exists(program_.path("node") / "after.list"));
}

// A node whose signing key is changed.
class SigningKeyProgram : public testing::Test {
 public:
  SigningKeyProgram() {
    const auto made = program_.run(
        {"init", "--data", at("node"), "--name", "node.test", "--kind", "hotline", "--country", "DE", "--demo", "--json"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    old_key_ = made.json()["public_key"].get<std::string>();
    add_member("anna");
  }

 protected:
  std::string at(const std::string& name) const { return program_.path(name).string(); }
  Program::Ran ran(std::vector<std::string> words, const std::string& folder = "node") {
    words.insert(words.end(), {"--data", at(folder), "--json"});
    return program_.run(words);
  }
  void add_member(const std::string& login, const std::string& folder = "node") {
    const auto added = ran({"member", "add", "--login", login, "--roles", "analyst"}, folder);
    EXPECT_EQ(added.exit_code, 0) << added.err;
  }
  std::string change() {
    const auto changed = ran({"keys", "change-signing"});
    EXPECT_EQ(changed.exit_code, 0) << changed.err;
    return changed.exit_code == 0 ? changed.json()["public_key"].get<std::string>() : std::string();
  }
  void expect_sound(const std::string& folder = "node") {
    const auto looked = ran({"doctor", "--deep"}, folder);
    EXPECT_EQ(looked.exit_code, 0) << looked.out << looked.err;
    EXPECT_EQ(looked.json()["damages"], 0) << looked.out;
  }
  struct Verified {
    int exit_code;
    std::string out;
  };
  Verified verify(const std::string& arguments, const std::string& key) {
    const auto out = at("verified");
    const int status =
        std::system((TUTELA_BINARY_DIR "/tutela-verify " + arguments + " --key " + key + " > '" + out + "' 2>&1").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(out)};
  }

  Program program_;
  std::string old_key_;
};

TEST_F(SigningKeyProgram, AfterAChangeEitherKeyVerifiesEverything) {
  const auto next_key = change();
  EXPECT_NE(next_key, old_key_);
  EXPECT_EQ(ran({"keys", "status"}).json()["signing_changes"], 1);
  EXPECT_FALSE(std::filesystem::exists(at("node/keys/signing-next.key")));
  add_member("bruno");
  expect_sound();
  ASSERT_EQ(ran({"ledger", "excerpt", "--subject", "node/", "--file", at("node.excerpt")}).exit_code, 0);
  const auto exported = ran({"ledger", "export", "--folder", at("export")});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(exported.json()["epochs"], 2);
  for (const auto& key : {old_key_, next_key})
    for (const auto& what : {"excerpt " + at("node.excerpt"), "export " + at("export")}) {
      const auto verified = verify(what, key);
      EXPECT_EQ(verified.exit_code, 0) << verified.out;
      EXPECT_THAT(verified.out, testing::HasSubstr("KEY CHANGED"));
      EXPECT_THAT(verified.out, testing::HasSubstr(next_key));
    }
  EXPECT_THAT(verify("excerpt " + at("node.excerpt"), encode_base64(Bytes(32, 9))).out, testing::HasSubstr("note.wrong_key"));

  // And once more.
  change();
  add_member("carl");
  expect_sound();
  ASSERT_EQ(ran({"ledger", "export", "--folder", at("export 2")}).exit_code, 0);
  EXPECT_EQ(verify("export '" + at("export 2") + "'", old_key_).exit_code, 0);
}

TEST_F(SigningKeyProgram, AForgedSuccessionOrOneWithOneSignatureIsRefused) {
  const auto next_key = change();
  ASSERT_EQ(ran({"ledger", "export", "--folder", at("export")}).exit_code, 0);
  const auto whole = text_of(at("export/successions"));
  ASSERT_FALSE(whole.empty());
  const auto refused = [&](const std::string& text) {
    write_text(at("export/successions"), text);
    const auto verified = verify("export " + at("export"), old_key_);
    EXPECT_NE(verified.exit_code, 0) << verified.out;
    return verified.out;
  };
  EXPECT_THAT(refused(whole.substr(0, whole.rfind("\xe2\x80\x94"))), testing::HasSubstr("succession.bad_signature"));
  auto forged = whole;
  const auto epoch = forged.find("epoch 2");
  ASSERT_NE(epoch, std::string::npos);
  forged[epoch + 6] = '3';
  EXPECT_THAT(refused(forged), testing::HasSubstr("succession.bad_signature"));
  // Nor does the node itself start on it.
  write_text(at("node/keys/successions"), forged);
  EXPECT_THAT(ran({"retention", "list"}).err, testing::HasSubstr("succession.bad_signature"));
}

TEST_F(SigningKeyProgram, ABackupFromBeforeIsRestoredWithTodaysKeys) {
  ASSERT_EQ(ran({"backup", at("backup")}).exit_code, 0);
  std::filesystem::copy(at("node/keys"), at("old keys"), std::filesystem::copy_options::recursive);
  const auto next_key = change();
  add_member("bruno");
  const auto newest = ran({"ledger", "checkpoint"});
  ASSERT_EQ(newest.exit_code, 0) << newest.err;
  write_text(at("known"), newest.json()["checkpoint"].get<std::string>());
  const auto restore = [&](const std::string& keys) {
    return ran({"restore", at("backup"), "--keys", at(keys), "--since-list", at("node/after.list"), "--last-known", at("known")},
               "again");
  };
  const auto older = restore("old keys");
  EXPECT_NE(older.exit_code, 0);
  EXPECT_THAT(older.err, testing::HasSubstr("restore.older_keys"));
  const auto restored = restore("node/keys");
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  add_member("carl", "again");
  expect_sound("again");
  ASSERT_EQ(ran({"ledger", "export", "--folder", at("export")}, "again").exit_code, 0);
  for (const auto& key : {old_key_, next_key}) {
    const auto verified = verify("export " + at("export") + " --known " + at("known"), key);
    EXPECT_EQ(verified.exit_code, 0) << verified.out;
    EXPECT_THAT(verified.out, testing::HasSubstr("CUT"));
  }
}

}  // namespace
}  // namespace tutela::test
