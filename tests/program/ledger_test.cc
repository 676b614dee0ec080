#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "program/program.h"

namespace tutela::test {
namespace {

using testing::HasSubstr;

class LedgerProgram : public testing::Test {
 public:
  LedgerProgram() {
    const auto made = program_.run(
        {"init", "--data", at("node"), "--name", "node.test", "--kind", "hotline", "--country", "DE", "--demo", "--json"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    key_ = made.json()["public_key"].get<std::string>();
  }

 protected:
  std::string at(const std::string& name) const { return program_.path(name).string(); }
  Program::Ran ledger(const std::string& verb, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"ledger", verb, "--data", at("node"), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return program_.run(words);
  }
  struct Verified {
    int exit_code;
    std::string out;
  };
  Verified verify(const std::string& arguments) {
    const auto out = at("verified");
    const int status =
        std::system((TUTELA_BINARY_DIR "/tutela-verify " + arguments + " --key " + key_ + " > '" + out + "' 2>&1").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(out)};
  }

  Program program_;
  std::string key_;
};

TEST_F(LedgerProgram, WhatItExportsAnOutsiderVerifies) {
  const auto before = ledger("checkpoint");
  ASSERT_EQ(before.exit_code, 0) << before.err;
  write_text(at("known"), before.json()["checkpoint"].get<std::string>());
  EXPECT_EQ(verify("checkpoint " + at("known")).exit_code, 0);

  ASSERT_EQ(program_.run({"member", "add", "--data", at("node"), "--login", "anna", "--roles", "analyst", "--json"}).exit_code,
            0);
  const auto exported = ledger("export", {"--folder", at("export")});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(exported.json()["epochs"], 1);
  const auto verified = verify("export " + at("export") + " --known " + at("known"));
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
  EXPECT_THAT(verified.out, HasSubstr("1 known checkpoints agree"));
  EXPECT_EQ(text_of(at("export/epoch-1/tile/entries/000.p/") + exported.json()["leaves"].dump()).find("member"),
            std::string::npos)
      << "commitments only";
  EXPECT_EQ(ledger("export", {"--folder", at("export")}).exit_code, 73) << "never over something else";

  const auto excerpt = ledger("excerpt", {"--subject", "node/", "--file", at("node.json")});
  ASSERT_EQ(excerpt.exit_code, 0) << excerpt.err;
  EXPECT_EQ(verify("excerpt " + at("node.json")).exit_code, 0);
  EXPECT_EQ(ledger("excerpt", {"--subject", "item/00"}).exit_code, 66);
  EXPECT_EQ(ledger("excerpt", {"--subject", "item"}).exit_code, 65);
}

TEST_F(LedgerProgram, WithoutWitnessOrAuthorityItSaysSo) {
  EXPECT_EQ(ledger("cosign").exit_code, 66);
  EXPECT_THAT(ledger("cosign").err, HasSubstr("ledger.no_witness"));
  EXPECT_THAT(ledger("stamp").err, HasSubstr("time_stamp.no_authority"));
  EXPECT_EQ(ledger("checkpoint", {"--cosigned"}).exit_code, 66);
  EXPECT_EQ(ledger("checkpoint", {"--epoch", "2"}).exit_code, 66);
}

}  // namespace
}  // namespace tutela::test
