#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "support/temp_folder.h"

namespace tutela {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kVector = TUTELA_SOURCE_DIR "/spec/vectors/ledger-excerpt.json";
constexpr const char* kKey = "WSI/zm7jZFVjnA3ipCitiRbPDmDB1+pd3AjzlKdbu8I=";
constexpr const char* kOtherKey = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";

struct Outcome {
  int exit_code;
  std::string output;  // standard output and error
};

Outcome run(const std::string& arguments) {
  const std::string command = std::string(TUTELA_VERIFY) + " " + arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

class VerifyProgramTest : public testing::Test {
 protected:
  std::string changed_copy(const std::string& from, const std::string& to) {
    std::ifstream file(kVector, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    const auto path = folder_.path() / "changed.json";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  test::TempFolder folder_;
};

TEST_F(VerifyProgramTest, SaysWhatIsProvedAndWhatIsNot) {
  const auto outcome = run(std::string(kVector) + " --key " + kKey);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("VERIFIED: the 3 entries that node node.test/tutela signed for about item/0190"));
  EXPECT_THAT(outcome.output, HasSubstr("verdict.given"));
  EXPECT_THAT(outcome.output, HasSubstr("This cannot prove:"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("CUT")));
}

TEST_F(VerifyProgramTest, TakesTheKeyFromAFile) {
  const auto path = folder_.path() / "node.pub";
  std::ofstream(path) << kKey << "\n";
  EXPECT_EQ(run(std::string(kVector) + " --key " + path.string()).exit_code, 0);
}

TEST_F(VerifyProgramTest, SpeaksJson) {
  const auto outcome = run(std::string(kVector) + " --json --key " + kKey);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("\"verified\": true"));
  EXPECT_THAT(outcome.output, HasSubstr("\"not_proved\""));
  const auto refused = run(changed_copy("item.viewed", "item.viewex") + " --json --key " + kKey);
  EXPECT_EQ(refused.output, "{\"verified\":false,\"reason\":\"excerpt.bad_entry\",\"place\":\"entry 2\"}\n");
}

TEST_F(VerifyProgramTest, RefusesWithAReasonAndAnExitCode) {
  const auto changed = run(changed_copy("item.viewed", "item.viewex") + " --key " + kKey);
  EXPECT_EQ(changed.exit_code, 74);
  EXPECT_THAT(changed.output, HasSubstr("REFUSED: corrupt excerpt.bad_entry (entry 2)"));
  EXPECT_THAT(changed.output, HasSubstr("this entry was changed"));
  EXPECT_EQ(run(changed_copy("\n],\n", "\n] ,\n") + " --key " + kKey).exit_code, 65);
  const auto wrong_key = run(std::string(kVector) + " --key " + kOtherKey);
  EXPECT_EQ(wrong_key.exit_code, 74);
  EXPECT_THAT(wrong_key.output, HasSubstr("note.wrong_key"));
  EXPECT_THAT(run(std::string(kVector) + " --key nonsense").output, HasSubstr("verify.bad_key"));
  EXPECT_EQ(run("/nowhere.json --key " + std::string(kKey)).exit_code, 66);
}

// EX_USAGE, apart from the refusals of an excerpt.
TEST_F(VerifyProgramTest, AWrongUseOfTheProgramIsNoVerdictOnTheExcerpt) {
  EXPECT_EQ(run("").exit_code, 64);
  EXPECT_EQ(run(kVector).exit_code, 64) << "no key";
  EXPECT_EQ(run("--help").exit_code, 0);
  EXPECT_THAT(run("--help").output, HasSubstr("Usage: tutela-verify [OPTIONS] EXCERPT"));
}

}  // namespace
}  // namespace tutela
