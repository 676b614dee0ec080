#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdlib>

#include "line/reports.h"
#include "upkeep/refusal.h"

// A node that a program of before ledger.head and the last schema steps made and ran (older_node/README.md).
namespace tutela::test {
namespace {

using testing::HasSubstr;

class OlderNode : public testing::Test {
 public:
  OlderNode() {
    const std::string command = "tar -xJf " TUTELA_SOURCE_DIR "/tests/upkeep/older_node/node.tar.xz --no-same-owner -C ";
    EXPECT_EQ(std::system((command + program_.folder().string()).c_str()), 0);
    facts_ = nlohmann::json::parse(text_of(program_.path("facts.json")));
  }

 protected:
  app::DataFolder node() const { return {program_.path("node")}; }
  std::string at(const std::string& name) const { return program_.path(name).string(); }
  std::string fact(const char* name) const { return facts_.at(name).get<std::string>(); }
  Program::Ran run(std::vector<std::string> words, const std::string& folder = "node") const {
    words.insert(words.end(), {"--data", at(folder), "--json"});
    return program_.run(words);
  }
  void upgrade() {
    const auto migrated = run({"store", "migrate", "--first-files"});
    ASSERT_EQ(migrated.exit_code, 0) << migrated.err;
    EXPECT_EQ(migrated.json()["from"], 7);
    EXPECT_GE(migrated.json()["to"].get<int>(), 11);
  }
  // By the program that stands alone, with the key that was known then.
  void expect_verified(const std::string& arguments) const {
    const int status = std::system(
        (TUTELA_BINARY_DIR "/tutela-verify " + arguments + " --key '" + fact("public_key") + "' >'" + at("verified") + "' 2>&1")
            .c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << arguments << ": " << text_of(program_.path("verified"));
  }

  Program program_;
  nlohmann::json facts_;
};

TEST_F(OlderNode, WithoutTheOperatorsWordNothingOfItIsChanged) {
  const auto before = files_of(node().root);
  for (const auto& words : {std::vector<std::string>{"store", "migrate"}, {"serve"}}) {
    auto all = words;
    all.insert(all.end(), {"--data", at("node")});
    const auto refused = program_.run(all);
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_THAT(refused.err, HasSubstr("--first-files")) << all[0];
  }
  EXPECT_EQ(files_of(node().root), before);
}

TEST_F(OlderNode, AfterTheUpgradeNothingIsDamagedAndWhatWasHandedOutHolds) {
  upgrade();
  const auto checked = run({"store", "check"});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  expect_no_damage(node());
  {
    const auto opened = must(app::Node::open(node(), app::DecoderUse::none));
    const auto state = must(line::state_for_receipt(opened->context(), must(intake::Receipt::parse(fact("receipt")))));
    EXPECT_EQ(state.word, intake::ReporterWord::being_checked);
    must(line::sign_in(opened->context(), "analyst", Sensitive<std::string>(fact("analyst_password"))));
  }
  // What a person kept of the ledger then, what the ledger says today, and that the one is the beginning of the other.
  expect_verified("excerpt " + at("excerpt.json"));
  ASSERT_EQ(run({"ledger", "excerpt", "--subject", "report/" + fact("report"), "--file", at("excerpt-today.json")}).exit_code, 0);
  expect_verified("excerpt " + at("excerpt-today.json"));
  ASSERT_EQ(run({"ledger", "export", "--folder", at("export")}).exit_code, 0);
  const auto kept = nlohmann::json::parse(text_of(program_.path("excerpt.json")));
  write_text(program_.path("checkpoint"), kept["epochs"][0]["checkpoint"].get<std::string>());
  expect_verified("export " + at("export") + " --known " + at("checkpoint"));
}

TEST_F(OlderNode, AfterTheUpgradeItIsBackedUpAndRestored) {
  upgrade();
  const auto taken = run({"backup", at("backup")});
  ASSERT_EQ(taken.exit_code, 0) << taken.err;
  const auto restored = run({"restore", at("backup"), "--keys", at("node/keys"), "--since-list", at("node/after.list"),
                             "--last-known", at("node/ledger.head")},
                            "again");
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_EQ(restored.json()["entries_lost"], 0);
  expect_no_damage({program_.path("again")});
}

}  // namespace
}  // namespace tutela::test
