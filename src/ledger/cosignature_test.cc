#include "ledger/cosignature.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/random.h"
#include "ledger/test_ledger.h"

namespace tutela::ledger {
namespace {

class CosignatureTest : public testing::Test {
 protected:
  CosignatureTest()
      : random_(17),
        pair_(crypto::KeyPair::from_seed(crypto::SigningSeed::make(random_))),
        witness_{"witness.test/w1", pair_.public_key()},
        ledger_(7) {
    fill_example(ledger_);
    note_ = ledger_.signed_checkpoint(1, 6);
    text_ = parse_note(note_).value().text;
  }
  SignatureLine cosign(std::int64_t seconds) {
    return cosignature_line(witness_, seconds, pair_.sign(as_bytes(cosigned_text(text_, seconds))));
  }

  SeededRandom random_;
  crypto::KeyPair pair_;
  WitnessKey witness_;
  TestLedger ledger_;
  std::string note_;
  std::string text_;
};

TEST_F(CosignatureTest, AWitnessesKeyHasOneForm) {
  const auto text = encode_witness_key(witness_);
  EXPECT_EQ(parse_witness_key(text).value(), witness_);
  auto other_name = text;
  other_name[0] = 'W';
  for (const auto& wrong : {std::string(), std::string("a+b"), other_name, text + "=", text.substr(1), "x" + text,
                            text.substr(0, text.size() - 4), std::string("witness test/w1") + text.substr(15)})
    EXPECT_EQ(parse_witness_key(wrong).error().reason, Reason("witness.bad_key")) << wrong;
  // The node's own type of key is none of a witness.
  Bytes ed25519{0x01};
  append_bytes(ed25519, witness_.key);
  EXPECT_FALSE(parse_witness_key(text.substr(0, text.rfind('+', text.find('+') + 9) + 1) + encode_base64(ed25519)));
}

TEST_F(CosignatureTest, SignsTheCheckpointAndTheTime) {
  const auto line = cosign(1'795'348'900);
  EXPECT_EQ(verify_cosignature(line, text_, witness_).value(), from_unix_ms(1'795'348'900'000));
  EXPECT_EQ(cosigned_text(text_, 5), "cosignature/v1\ntime 5\n" + text_);
  // Somebody else's line is nobody's lie.
  EXPECT_EQ(verify_cosignature(line, text_, {"witness.test/w2", witness_.key}).value(), std::nullopt);
  EXPECT_EQ(verify_cosignature(line, text_, {witness_.name, ledger_.key().public_key()}).value(), std::nullopt);
  auto later = line;
  later.signature[7] ^= 1;
  EXPECT_EQ(verify_cosignature(later, text_, witness_).error().reason, Reason("witness.bad_cosignature"));
  EXPECT_FALSE(verify_cosignature(line, "x" + text_, witness_));
  auto cut = line;
  cut.signature.pop_back();
  EXPECT_FALSE(verify_cosignature(cut, text_, witness_));
  auto far = line;
  far.signature[0] = 0xFF;
  EXPECT_FALSE(verify_cosignature(far, text_, witness_));
}

TEST_F(CosignatureTest, AreSetBelowTheNodesOwnSignature) {
  const CosignedNote cosigned{note_, {cosign(1), cosign(2)}};
  const auto text = encode_cosigned_note(cosigned);
  EXPECT_TRUE(text.starts_with(note_));
  const auto parsed = parse_cosigned_note(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->note, note_);
  ASSERT_EQ(parsed->others.size(), 2U);
  EXPECT_EQ(encode_cosigned_note(*parsed), text);
  EXPECT_EQ(parse_cosigned_note(note_).value().others.size(), 0U);
  for (const auto& wrong : {text + "\n", text.substr(0, text.size() - 1), text + "x\n", std::string("\n") + text,
                            note_ + "\n" + encode_signature_line(cosign(1))})
    EXPECT_FALSE(parse_cosigned_note(wrong));
}

TEST_F(CosignatureTest, AnAnswerIsLinesAndNothingElse) {
  const auto one = encode_signature_line(cosign(1));
  EXPECT_EQ(parse_signature_lines(one + one).value().size(), 2U);
  // The example of C2SP tlog-cosignature, whose key is not given there.
  const auto example = parse_signature_lines(
      "\xE2\x80\x94 witness.example.com/w1 "
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n");
  ASSERT_TRUE(example);
  EXPECT_EQ((*example)[0].name, "witness.example.com/w1");
  EXPECT_EQ((*example)[0].signature.size(), 72U);
  for (const auto& wrong : {std::string(), std::string("\n"), one.substr(0, one.size() - 1), one + "\n", "- " + one,
                            std::string("\xE2\x80\x94 a+b AAAAAAA=\n"), std::string("\xE2\x80\x94 w AAAA\n"),
                            std::string("\xE2\x80\x94 w A===\n"), std::string("\xE2\x80\x94  AAAAAAA=\n")})
    EXPECT_EQ(parse_signature_lines(wrong).error().reason, Reason("witness.malformed")) << wrong;
  std::string many;
  for (std::size_t i = 0; i <= limits::kCosignaturesMax; ++i) many += one;
  EXPECT_EQ(parse_signature_lines(many).error().reason, Reason("witness.too_large"));
}

TEST_F(CosignatureTest, ARequestRoundTrips) {
  const AddCheckpoint first{0, {}, note_};
  EXPECT_EQ(encode_add_checkpoint(first), "old 0\n\n" + note_);
  const AddCheckpoint later{3, {Hash{1}, Hash{2}}, note_};
  for (const auto& request : {first, later}) {
    const auto parsed = parse_add_checkpoint(encode_add_checkpoint(request));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->old_size, request.old_size);
    EXPECT_EQ(parsed->proof, request.proof);
    EXPECT_EQ(parsed->note, request.note);
  }
  for (const std::string wrong :
       {"", "old 1\n", "old\n\nx", "old 01\n\nx", "old -1\n\nx", "old 1 \n\nx", "old 1\nAA\n\nx", "new 1\n\nx"})
    EXPECT_FALSE(parse_add_checkpoint(wrong)) << wrong;
  std::string long_proof = "old 5\n";
  for (std::size_t i = 0; i <= kProofHashesMax; ++i) long_proof += encode_base64(Hash{}) + "\n";
  EXPECT_FALSE(parse_add_checkpoint(long_proof + "\n" + note_));
  EXPECT_EQ(parse_size_body("20852014\n").value(), 20852014U);
  for (const auto* wrong : {"", "1", "01\n", "1\n\n", "-1\n", "x\n"}) EXPECT_FALSE(parse_size_body(wrong)) << wrong;
}

}  // namespace
}  // namespace tutela::ledger
