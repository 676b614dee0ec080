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
    const auto made = program_.run({"init", "--data", program_.path("node"), "--name", "node.test", "--kind", "hotline",
                                    "--country", "DE", "--demo", "--json"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    key_ = made.json()["public_key"].get<std::string>();
  }

 protected:
  Program::Ran ledger(const std::string& verb, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"ledger", verb, "--data", program_.path("node"), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return program_.run(words);
  }
  struct Verified {
    int exit_code;
    std::string out;
  };
  Verified verify(const std::string& arguments) {
    const auto out = program_.path("verified");
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
  write_text(program_.path("known"), before.json()["checkpoint"].get<std::string>());
  EXPECT_EQ(verify("checkpoint " + program_.path("known")).exit_code, 0);

  ASSERT_EQ(program_.run({"member", "add", "--data", program_.path("node"), "--login", "anna", "--roles", "analyst", "--json"})
                .exit_code,
            0);
  const auto exported = ledger("export", {"--folder", program_.path("export")});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(exported.json()["epochs"], 1);
  const auto verified = verify("export " + program_.path("export") + " --known " + program_.path("known"));
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
  EXPECT_THAT(verified.out, HasSubstr("1 known checkpoints agree"));
  EXPECT_EQ(text_of(program_.path("export/epoch-1/tile/entries/000.p/") + exported.json()["leaves"].dump()).find("member"),
            std::string::npos)
      << "commitments only";
  EXPECT_EQ(ledger("export", {"--folder", program_.path("export")}).exit_code, 73) << "never over something else";

  const auto excerpt = ledger("excerpt", {"--subject", "node/", "--file", program_.path("node.json")});
  ASSERT_EQ(excerpt.exit_code, 0) << excerpt.err;
  EXPECT_EQ(verify("excerpt " + program_.path("node.json")).exit_code, 0);
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
