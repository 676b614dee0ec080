#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "ledger/cosignature.h"
#include "ledger/test_ledger.h"
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
  EXPECT_THAT(run("--help").output, HasSubstr("consistency"));
  EXPECT_THAT(run("excerpt --help").output, HasSubstr("Usage: tutela-verify excerpt [OPTIONS] EXCERPT"));
  EXPECT_EQ(run("consistency " + std::string(kVector) + " --key " + kKey).exit_code, 64) << "one file only";
}

// A node that says of an item that it has two entries, and shows three of the same tree to somebody else.
TEST_F(VerifyProgramTest, AFalseNumberOfEntriesIsProvedByTwoExcerpts) {
  ledger::TestLedger ledger(7);
  const auto item = ledger::fill_example(ledger);
  auto excerpt = ledger.excerpt_of(item);
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
    return (folder_.path() / name).string();
  };
  const auto truth = write("truth.json", ledger::encode_excerpt(excerpt));
  const auto last = ledger.signed_checkpoint(1, 6);
  auto statement = ledger.statement_of(item);
  statement.entries = 2;
  excerpt.entries.pop_back();
  ledger::Hash head{};
  for (const auto& entry : excerpt.entries)
    head = leaf_hash(ledger::LeafOpening{entry.kind, item, entry.n, head, entry.at, entry.payload, entry.salt});
  statement.head = head;
  excerpt.statement = ledger.sign(statement);
  const auto lie = write("lie.json", ledger::encode_excerpt(excerpt));
  const auto key = std::string(" --key ") + kKey;
  EXPECT_EQ(run("excerpt " + lie + key).exit_code, 0) << "alone it is in order";
  EXPECT_EQ(run("contradiction " + truth + " " + truth + key).exit_code, 0);
  const auto found = run("contradiction " + lie + " " + truth + key + " --evidence " + (folder_.path() / "kept").string());
  EXPECT_EQ(found.exit_code, 80) << found.output;
  EXPECT_THAT(found.output, HasSubstr("entry 3 of item/0190 stands at index"));
  EXPECT_THAT(found.output, HasSubstr("EQUIVOCATION"));
  // A kept checkpoint beside an excerpt.
  EXPECT_THAT(run("excerpt " + truth + key + " --known " + write("known", last)).output, HasSubstr("1 known checkpoints agree"));
  auto other = ledger.checkpoint_at(1, 6);
  other.root[0] ^= 1;
  EXPECT_EQ(run("excerpt " + truth + key + " --known " + write("forked", sign_checkpoint(other, ledger.key()))).exit_code, 80);
}

TEST_F(VerifyProgramTest, TheCommandMayBeNamed) {
  EXPECT_EQ(run("excerpt " + std::string(kVector) + " --key " + kKey).exit_code, 0);
  EXPECT_EQ(run(std::string("--key ") + kKey + " " + kVector).exit_code, 0) << "or not";
}

// Logs of 600 and more entries as a node exports them, and what may be done to them.
class VerifyLogTest : public VerifyProgramTest {
 protected:
  VerifyLogTest() : ledger_(7), item_(ledger_.new_subject()) {
    grow(599);
    key_ = " --key " + encode_base64(ledger_.key().public_key());
  }
  void grow(int count) {
    for (int i = 0; i < count; ++i) ledger_.add(item_, "item.viewed", "{}");
  }
  std::string write(const std::string& name, std::string_view content) {
    const auto path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string export_to(const std::string& name) {
    for (const auto& [path, content] : ledger_.export_files()) write(name + "/" + path, as_text(content));
    return (folder_.path() / name).string();
  }
  std::string forked(std::uint64_t size) {
    auto checkpoint = ledger_.checkpoint_at(1, size);
    checkpoint.root[3] ^= 1;
    return ledger::sign_checkpoint(checkpoint, ledger_.key());
  }
  std::string cosigned(const std::string& note) {
    const auto signed_text = ledger::cosigned_text(ledger::parse_note(note).value().text, 1'795'400'000);
    const auto signature = witness_pair_.sign(as_bytes(signed_text));
    return ledger::encode_cosigned_note({note, {ledger::cosignature_line(witness_, 1'795'400'000, signature)}});
  }

  ledger::TestLedger ledger_;
  ledger::SubjectPseudonym item_;
  std::string key_;
  SeededRandom witness_random_{3};
  crypto::KeyPair witness_pair_ = crypto::KeyPair::from_seed(crypto::SigningSeed::make(witness_random_));
  ledger::WitnessKey witness_{"witness.test/w1", witness_pair_.public_key()};
};

TEST_F(VerifyLogTest, AWholeExportIsVerifiedWithItsCut) {
  const auto known = ledger_.checkpoint_of(1);
  ledger_.lose(40);
  ledger_.open_epoch(known);
  grow(10);
  const auto folder = export_to("export");
  const auto outcome = run("export " + folder + key_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("VERIFIED: the log of node node.test/tutela, 2 epochs, recomputed from every leaf"));
  EXPECT_THAT(outcome.output, HasSubstr("CUT: a restore lost at least the last 40 leaves"));
  EXPECT_THAT(outcome.output, HasSubstr("before an independent witness first cosigned"));
  EXPECT_THAT(outcome.output, HasSubstr("outside the node"));
  const auto json = run("export " + folder + key_ + " --json");
  EXPECT_THAT(json.output, HasSubstr("\"leaves_lost\": 40"));
  std::filesystem::remove(folder_.path() / "export/epoch-1/tile/0/001");
  const auto missing = run("export " + folder + key_);
  EXPECT_EQ(missing.exit_code, 66);
  EXPECT_THAT(missing.output, HasSubstr("REFUSED"));
}

TEST_F(VerifyLogTest, TwoCheckpointsAreJoinedByTilesOrAProof) {
  const auto folder = export_to("export") + "/epoch-1";
  const auto one = write("old", ledger_.signed_checkpoint(1, 300));
  const auto other = write("new", ledger_.signed_checkpoint(1, 600));
  EXPECT_THAT(run("consistency " + one + " " + other + key_).output, HasSubstr("consistency.proof_needed"));
  const auto outcome = run("consistency " + one + " " + other + key_ + " --tiles " + folder);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("CONSISTENT: the 300 leaves of the earlier checkpoint are the first of the 600"));
  ledger::TileTree tree(600, [&](const ledger::TileId& id, std::uint64_t width) {
    return ledger::decode_tile(as_bytes(
        text_of(std::filesystem::path(folder) / "tile" / ledger::encode_tile_path({ledger::TileKind::hashes, id, width}))));
  });
  std::string lines;
  const auto proof = ledger::consistency_proof({300, 600}, tree.nodes()).value();
  for (const auto& hash : proof) lines += encode_base64(hash) + "\n";
  EXPECT_EQ(run("consistency " + other + " " + one + key_ + " --proof " + write("proof", lines)).exit_code, 0);
  EXPECT_EQ(run("consistency " + one + " " + other + key_ + " --proof " + write("bad", "x\n")).exit_code, 65);
  EXPECT_EQ(run("consistency " + one + " " + other + key_ + " --proof a --tiles b").exit_code, 64);
}

TEST_F(VerifyLogTest, EquivocationHasItsOwnExitCodeAndKeepsBothNotes) {
  const auto folder = export_to("export");
  const auto honest = ledger_.signed_checkpoint(1, 300);
  const auto one = write("one", honest);
  const auto other = write("other", forked(300));
  const auto kept = folder_.path() / "evidence";
  const auto outcome = run("consistency " + one + " " + other + key_ + " --evidence " + kept.string());
  EXPECT_EQ(outcome.exit_code, 80) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("EQUIVOCATION: two roots were signed for size 300"));
  EXPECT_THAT(outcome.output, HasSubstr(honest));
  EXPECT_THAT(outcome.output, HasSubstr(forked(300)));
  EXPECT_EQ(text_of(kept / "equivocation-1-first"), honest);
  EXPECT_EQ(text_of(kept / "equivocation-1-second"), forked(300));
  const auto joined = run("consistency " + other + " " + write("top", ledger_.signed_checkpoint(1, 600)) + key_ + " --tiles " +
                          folder + "/epoch-1 --json");
  EXPECT_EQ(joined.exit_code, 80);
  EXPECT_THAT(joined.output, HasSubstr("no proof can join them"));
  EXPECT_EQ(run("export " + folder + key_ + " --known " + one).exit_code, 0);
  EXPECT_EQ(run("export " + folder + key_ + " --known " + one + " --known " + other).exit_code, 80);
}

TEST_F(VerifyLogTest, ACheckpointIsShownWithThoseWhoCosignedIt) {
  const auto file = write("checkpoint", cosigned(ledger_.signed_checkpoint(1, 600)));
  const auto trusted = run("checkpoint " + file + key_ + " --witness " + ledger::encode_witness_key(witness_));
  EXPECT_EQ(trusted.exit_code, 0) << trusted.output;
  EXPECT_THAT(trusted.output, HasSubstr("cosigned by witness.test/w1 at 2026-"));
  EXPECT_THAT(run("checkpoint " + file + key_).output, HasSubstr("not cosigned by any witness whose key was given"));
  EXPECT_EQ(run("checkpoint " + file + key_ + " --witness nobody").exit_code, 65);
  EXPECT_EQ(run("checkpoint " + file + " --key " + kOtherKey).exit_code, 74);
}

TEST_F(VerifyLogTest, TwoSignedRootsOfOneSizeAreAContradictionAndOfTwoSizesNot) {
  const auto one = write("one", ledger_.signed_checkpoint(1, 300));
  const auto other = write("other", cosigned(forked(300)));
  const auto outcome = run("contradiction " + one + " " + other + key_);
  EXPECT_EQ(outcome.exit_code, 80) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("EQUIVOCATION: two roots were signed for size 300 of node.test/tutela/epoch-1"));
  EXPECT_THAT(outcome.output, HasSubstr(forked(300)));
  const auto json = run("contradiction " + other + " " + one + key_ + " --json");
  EXPECT_EQ(json.exit_code, 80);
  EXPECT_THAT(json.output, HasSubstr("\"contradiction\": true"));
  const auto later = write("later", ledger_.signed_checkpoint(1, 600));
  const auto none = run("contradiction " + one + " " + later + key_);
  EXPECT_EQ(none.exit_code, 0) << none.output;
  EXPECT_THAT(none.output, HasSubstr("NO CONTRADICTION"));
  EXPECT_THAT(none.output, HasSubstr("This cannot prove:"));
  // What the node did not sign convicts nobody.
  EXPECT_EQ(run("contradiction " + one + " " + other + " --key " + kOtherKey).exit_code, 74);
  auto foreign = ledger_.checkpoint_at(1, 300);
  foreign.origin.name = "other.test/tutela";
  const auto elsewhere = write("elsewhere", ledger::sign_checkpoint(foreign, ledger_.key()));
  EXPECT_THAT(run("contradiction " + one + " " + elsewhere + key_).output, HasSubstr("these two are of two nodes"));
  EXPECT_EQ(run("contradiction " + one + key_).exit_code, 64) << "one alone";
}

TEST_F(VerifyLogTest, AKnownCheckpointSaysWhoCosignedTheTreeOfAnExcerpt) {
  const auto excerpt = write("item.json", ledger::encode_excerpt(ledger_.excerpt_of(item_)));
  const auto known = " --known " + write("known", cosigned(ledger_.signed_checkpoint(1, 600)));
  const auto witness = " --witness " + ledger::encode_witness_key(witness_);
  const auto trusted = run("excerpt " + excerpt + key_ + known + witness);
  EXPECT_EQ(trusted.exit_code, 0) << trusted.output;
  EXPECT_THAT(trusted.output, HasSubstr("cosigned by witness.test/w1 at 2026-"));
  EXPECT_THAT(run("excerpt " + excerpt + key_ + known + witness + " --json").output, HasSubstr("\"known_agreeing\": 1"));
  EXPECT_EQ(run("excerpt " + excerpt + key_ + witness).exit_code, 64) << "nobody cosigns in an excerpt";
  const auto older = run("excerpt " + excerpt + key_ + witness + " --known " + write("older", ledger_.signed_checkpoint(1, 9)));
  EXPECT_EQ(older.exit_code, 0) << older.output;
  EXPECT_THAT(older.output, HasSubstr("1 known checkpoints are of another size"));
  const auto refuted = run("excerpt " + excerpt + key_ + " --known " + write("forked", forked(600)));
  EXPECT_EQ(refuted.exit_code, 80) << refuted.output;
  EXPECT_THAT(refuted.output, Not(HasSubstr("VERIFIED")));
}

}  // namespace
}  // namespace tutela
