#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "ledger/time_stamp_authority.h"
#include "ledger/witness_server.h"
#include "program/program.h"

namespace tutela::test {
namespace {

using testing::HasSubstr;
using testing::Not;

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
  // Something that is signed.
  void go_on(const std::string& node, const std::string& login) {
    const auto added = program_.run({"member", "add", "--data", at(node), "--login", login, "--roles", "analyst", "--json"});
    EXPECT_EQ(added.exit_code, 0) << added.err;
  }
  void back_up(const std::string& node, const std::string& backup) {
    const auto taken = program_.run({"backup", at(backup), "--data", at(node), "--json"});
    EXPECT_EQ(taken.exit_code, 0) << taken.err;
  }
  // With keys and list of the first node, as somebody has them who knows of no later one. The epoch that it opened.
  std::uint64_t restore(const std::string& backup, const std::string& node, std::vector<std::string> more = {}) {
    std::vector<std::string> words{
        "restore", at(backup), "--data", at(node), "--keys", at("node/keys"), "--since-list", at("node/after.list"), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto restored = program_.run(words);
    EXPECT_EQ(restored.exit_code, 0) << restored.err;
    restored_ = restored.json();
    return restored_["epoch"].get<std::uint64_t>();
  }
  // Into files of these names: its newest checkpoint, and its log.
  std::string checkpoint_of(const std::string& node, const std::string& file, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"ledger", "checkpoint", "--data", at(node), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto shown = program_.run(words);
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    auto note = shown.json()["checkpoint"].get<std::string>();
    write_text(at(file), note);
    return note;
  }
  void export_of(const std::string& node, const std::string& folder) {
    std::filesystem::remove_all(at(folder));
    const auto exported = program_.run({"ledger", "export", "--data", at(node), "--folder", at(folder), "--json"});
    EXPECT_EQ(exported.exit_code, 0) << exported.err;
  }

  struct Verified {
    int exit_code;
    std::string out;
    nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
  };
  Verified verify(const std::string& arguments) {
    const auto out = at("verified");
    const int status =
        std::system((TUTELA_BINARY_DIR "/tutela-verify " + arguments + " --key " + key_ + " > '" + out + "' 2>&1").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(out)};
  }

  Program program_;
  std::string key_;
  nlohmann::json restored_;
};

// With a witness and a time-stamp authority of their own beside the programs.
class WitnessedLedger : public LedgerProgram {
 public:
  WitnessedLedger() {
    const auto file = program_.path("node") / "tutela.toml";
    auto settings = text_of(file);
    const auto set = [&](const std::string& key, const std::string& from, const std::string& to) {
      const auto at = settings.find(key + " = " + from);
      ASSERT_NE(at, std::string::npos) << key;
      settings.replace(at, (key + " = " + from).size(), key + " = " + to);
    };
    set("witnesses", "[]", "[\"" + line::encode_witness(witness_.witness()) + "\"]");
    set("time_stamp_url", "\"\"", "\"" + authority_.url() + "\"");
    set("time_stamp_roots", "\"\"", "\"" + authority_.roots_file().string() + "\"");
    write_text(file, settings);
  }

 protected:
  std::uint64_t cosigned(const std::string& node) {
    const auto asked = program_.run({"ledger", "cosign", "--data", at(node), "--json"});
    EXPECT_EQ(asked.exit_code, 0) << asked.out << asked.err;
    return asked.json()["size"].get<std::uint64_t>();
  }
  void stamped(const std::string& node) {
    const auto asked = program_.run({"ledger", "stamp", "--data", at(node), "--json"});
    EXPECT_EQ(asked.exit_code, 0) << asked.out << asked.err;
  }
  crypto::PublicKey public_key() const {
    crypto::PublicKey key{};
    std::ranges::copy(decode_base64(key_).value(), key.begin());
    return key;
  }

  WitnessServer witness_{{"witness.test/w1", "node.test", public_key(), at("witness"), 5}};
  TimeStampAuthority authority_{at("authority")};
};

TEST_F(WitnessedLedger, WhatARestoreCutOffIsReportedToTheLeaf) {
  go_on("node", "anna");
  stamped("node");
  const auto kept = cosigned("node");
  back_up("node", "backup");
  go_on("node", "bruno");
  go_on("node", "carl");
  const auto known = cosigned("node");
  ASSERT_GT(known, kept);
  EXPECT_THAT(checkpoint_of("node", "known", {"--cosigned"}), HasSubstr("— witness.test/w1 "));

  // The machine is gone. The operator asks the witness, or whoever kept what it had cosigned.
  const auto epoch = restore("backup", "again", {"--last-known", at("known")});
  EXPECT_EQ(restored_["entries_lost"], known - kept);
  go_on("again", "dora");
  stamped("again");
  const auto of_again = cosigned("again");
  export_of("again", "export");

  const auto trusted = "export " + at("export") + " --witness " + ledger::encode_witness_key(witness_.witness().key) +
                       " --time-stamp-roots " + authority_.roots_file().string();
  const auto cut = fmt::format("CUT: a restore lost at least the last {} leaves of this epoch, index {} to {}\n", known - kept,
                               kept, known - 1);
  for (const auto& more : {std::string(), " --known " + at("known")}) {
    const auto said = verify(trusted + more);
    EXPECT_EQ(said.exit_code, 0) << said.out;
    EXPECT_THAT(said.out, HasSubstr(cut));
    const auto report = verify(trusted + more + " --json").json();
    ASSERT_EQ(report["epochs"].size(), 2U) << report;
    const auto& first = report["epochs"][0];
    const auto& second = report["epochs"][1];
    EXPECT_EQ(first["origin"], "node.test/epoch-1");
    EXPECT_EQ(first["size"], kept);
    EXPECT_EQ(first["leaves_lost"], known - kept);
    EXPECT_EQ(first["epochs_lost"].size(), 0U);
    EXPECT_EQ(second["origin"], "node.test/epoch-" + std::to_string(epoch));
    EXPECT_EQ(second["size"], of_again);
    EXPECT_EQ(second["leaves_lost"], 0);
    for (const auto& one : {first, second}) {
      EXPECT_TRUE(one.contains("stamped_at")) << one;
      ASSERT_FALSE(one["witnesses"].empty()) << one;
      EXPECT_EQ(one["witnesses"][0]["witness"], "witness.test/w1");
    }
  }

  // Who was not asked is contradicted by what he kept: a restore that says nothing of the cut is found out all the same.
  restore("backup", "silent");
  export_of("silent", "silence");
  EXPECT_THAT(verify("export " + at("silence")).out, Not(HasSubstr("CUT")));
  const auto found_out = verify("export " + at("silence") + " --known " + at("known"));
  EXPECT_EQ(found_out.exit_code, 0) << found_out.out;
  EXPECT_THAT(found_out.out, HasSubstr(cut));
}

// The number of an epoch never stands for two trees (ADR 20).
class RestoredTwice : public LedgerProgram {
 public:
  RestoredTwice() {
    go_on("node", "anna");
    back_up("node", "first");
    go_on("node", "bruno");
  }

 protected:
  // Whatever two nodes show, checkpoints, excerpts or exports: nothing of it contradicts the other.
  void expect_no_contradiction(const std::string& one, const std::string& other) {
    for (const auto& node : {one, other}) {
      checkpoint_of(node, node + ".checkpoint");
      const auto excerpt =
          program_.run({"ledger", "excerpt", "--data", at(node), "--subject", "node/", "--file", at(node + ".json"), "--json"});
      EXPECT_EQ(excerpt.exit_code, 0) << excerpt.err;
      export_of(node, node + ".export");
    }
    for (const auto* ending : {".checkpoint", ".json"}) {
      const auto compared = verify("contradiction " + at(one + ending) + " " + at(other + ending));
      EXPECT_EQ(compared.exit_code, 0) << compared.out;
    }
  }
  // That log and excerpt of `later` say of the epoch that it was lost whole, to whoever knows a checkpoint of it, or to anybody.
  void expect_lost(const std::string& later, std::uint64_t epoch, const std::string& known) {
    for (const auto& shown : {"export " + at(later + ".export"), "excerpt " + at(later + ".json")}) {
      const auto verified = verify(shown + known + " --json");
      EXPECT_EQ(verified.exit_code, 0) << verified.out;
      const auto lost = verified.json()["epochs"][0]["epochs_lost"];
      ASSERT_EQ(lost.size(), 1U) << verified.out;
      EXPECT_EQ(lost[0]["epoch"], epoch);
      EXPECT_GT(lost[0]["leaves"], 0);
    }
    EXPECT_THAT(verify("export " + at(later + ".export") + known).out,
                HasSubstr("CUT: a restore lost epoch " + std::to_string(epoch) + ", which followed this one"));
  }
};

TEST_F(RestoredTwice, OneBackupGivesTwoNodesThatDoNotContradictEachOther) {
  std::map<std::uint64_t, std::string> nodes{{restore("first", "one"), "one"}, {restore("first", "other"), "other"}};
  ASSERT_EQ(nodes.size(), 2U) << "one number for two trees";
  go_on("one", "carl");
  go_on("other", "dora");
  expect_no_contradiction("one", "other");
  const auto& [earlier_epoch, earlier] = *nodes.begin();
  const auto& [later_epoch, later] = *nodes.rbegin();
  expect_lost(later, earlier_epoch, " --known " + at(earlier + ".checkpoint"));
  // Of the later one the earlier knows nothing, and says no more than that.
  const auto older = verify("export " + at(earlier + ".export") + " --known " + at(later + ".checkpoint"));
  EXPECT_EQ(older.exit_code, 65) << older.out;
  EXPECT_THAT(older.out, HasSubstr("export.older_than_known"));
}

TEST_F(RestoredTwice, AnOlderBackupAfterAnEpochThatWasLostOpensAnother) {
  const auto lost = restore("first", "lost");
  go_on("lost", "carl");
  back_up("lost", "second");
  // Nobody kept anything of it.
  const auto unaware = restore("first", "unaware");
  EXPECT_NE(unaware, lost);
  go_on("unaware", "dora");
  expect_no_contradiction("lost", "unaware");
  // Who kept its checkpoint hands it in, and then the log says itself what was lost.
  const auto aware = restore("first", "aware", {"--last-known", at("lost.checkpoint")});
  EXPECT_GT(aware, lost);
  go_on("aware", "emil");
  expect_no_contradiction("lost", "aware");
  expect_lost("aware", lost, "");
  // And so does a node of the lost one's own backup.
  const auto again = restore("second", "again");
  EXPECT_GT(again, lost);
  go_on("again", "emil");
  expect_no_contradiction("lost", "again");
  const auto whole = verify("export " + at("again.export") + " --known " + at("lost.checkpoint"));
  EXPECT_EQ(whole.exit_code, 0) << whole.out;
  EXPECT_THAT(whole.out, HasSubstr("3 epochs"));
}

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
