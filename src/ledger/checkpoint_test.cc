#include "ledger/checkpoint.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "ledger/key_chain.h"
#include "ledger/statement.h"

namespace tutela::ledger {
namespace {

crypto::KeyPair key_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return crypto::KeyPair::from_seed(crypto::SigningSeed::make(random));
}

// The example of golang.org/x/mod/sumdb/note: key hash and signature of a public verifier key, checked with our code.
TEST(SignedNote, VerifiesANoteMadeElsewhere) {
  const auto blob = decode_base64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").value();
  crypto::PublicKey key;
  std::copy(blob.begin() + 1, blob.end(), key.begin());
  EXPECT_EQ(encode_hex(note_key_hash("PeterNeumann", key)), "c74f20a3");
  const auto note = parse_note(
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n"
      "\n"
      "\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n");
  ASSERT_TRUE(note);
  EXPECT_TRUE(verify_note(*note, key));
}

TEST(SignedNote, OneFormOnly) {
  const auto key = key_of(1);
  const auto note = sign_note("first line\nsecond line\n", "node.test/a", key);
  ASSERT_TRUE(parse_note(note));
  EXPECT_EQ(encode_note(*parse_note(note)), note);
  const auto refused = [](const std::string& bytes) {
    const auto result = parse_note(bytes);
    return result ? "parsed" : std::string(result.error().reason.text());
  };
  EXPECT_EQ(refused(""), "note.malformed");
  EXPECT_EQ(refused(note + note), "note.malformed");
  EXPECT_EQ(refused(note + "\n"), "note.malformed");
  EXPECT_EQ(refused(note.substr(0, note.size() - 1)), "note.malformed");
  EXPECT_EQ(refused("\n" + note), "note.malformed");
  EXPECT_EQ(refused("\xC3\xA9" + note), "note.malformed");
  EXPECT_EQ(refused(note.substr(0, note.find("\xE2\x80\x94"))), "note.malformed");
  auto twice = note;  // a second signature line
  twice += note.substr(note.find("\xE2\x80\x94"));
  EXPECT_EQ(refused(twice), "note.malformed");
  EXPECT_EQ(refused(std::string(kNoteBytesMax + 1, 'a')), "note.too_large");
}

TEST(SignedNote, WrongKeyAndWrongSignatureDiffer) {
  const auto key = key_of(1);
  auto note = parse_note(sign_note("text\n", "node.test/a", key)).value();
  EXPECT_EQ(verify_note(note, key_of(2).public_key()).error().reason, Reason("note.wrong_key"));
  note.text = "test\n";
  EXPECT_EQ(verify_note(note, key.public_key()).error().reason, Reason("note.bad_signature"));
  note.text = "text\n";
  note.key_name = "node.test/b";
  EXPECT_EQ(verify_note(note, key.public_key()).error().reason, Reason("note.wrong_key"));
}

TEST(Checkpoint, ReadsWhatItWrites) {
  const auto key = key_of(3);
  const Checkpoint checkpoint{{"node.test/tutela", 12}, 1'234'567, hash_leaf(as_bytes("x"))};
  EXPECT_EQ(encode_checkpoint(checkpoint), "node.test/tutela/epoch-12\n1234567\n" + encode_base64(checkpoint.root) + "\n");
  EXPECT_EQ(parse_checkpoint(encode_checkpoint(checkpoint)).value(), checkpoint);
  EXPECT_EQ(open_checkpoint(sign_checkpoint(checkpoint, key), key.public_key()).value(), checkpoint);
  // Signed, but by a key named otherwise than the origin.
  const auto misnamed = sign_note(encode_checkpoint(checkpoint), "node.test/tutela", key);
  EXPECT_EQ(open_checkpoint(misnamed, key.public_key()).error().reason, Reason("checkpoint.malformed"));
}

TEST(Checkpoint, OneFormOnly) {
  const std::string root = encode_base64(Hash{});
  for (const auto& text : {
           "node.test/epoch-1\n7\n" + root,                    // no last newline
           "node.test/epoch-1\n7\n" + root + "\nextension\n",  // an extension line
           "node.test/epoch-1\n07\n" + root + "\n",            // a leading zero
           "node.test/epoch-1\n-7\n" + root + "\n",            // a sign
           "node.test/epoch-1\n18446744073709551616\n" + root + "\n",
           "node.test/epoch-1\n\n" + root + "\n",
           "node.test/epoch-0\n7\n" + root + "\n",
           "node.test/epoch-01\n7\n" + root + "\n",
           "node.test/epoch-\n7\n" + root + "\n",
           "/epoch-1\n7\n" + root + "\n",
           "node.test\n7\n" + root + "\n",
           "node test/epoch-1\n7\n" + root + "\n",
           "node.test/epoch-1\n7\n" + encode_base64(Bytes(31)) + "\n",
           "node.test/epoch-1\r\n7\n" + root + "\n",
       }) {
    const auto result = parse_checkpoint(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().reason, Reason("checkpoint.malformed")) << text;
  }
}

TEST(Statement, ReadsWhatItWritesAndNothingElse) {
  const Checkpoint first{{"node.test", 1}, 7, hash_leaf(as_bytes("1"))};
  const Checkpoint second{{"node.test", 2}, 3, hash_leaf(as_bytes("2"))};
  const Statement statement{"item/0190", SubjectPseudonym{1}, 4, Hash{2}, {first, second}};
  const auto text = encode_statement(statement);
  const auto parsed = parse_statement(text).value();
  EXPECT_EQ(encode_statement(parsed), text);
  EXPECT_EQ(parsed.entries, 4U);
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto cut = parse_statement(text.substr(0, length));
    if (cut) {
      EXPECT_EQ(encode_statement(*cut), text.substr(0, length));  // one epoch fewer; the signature is what forbids that
    }
  }
  const auto bad = [](Statement changed) { return !parse_statement(encode_statement(changed)); };
  EXPECT_TRUE(bad({"item/0190", {}, 0, {}, {first}}));
  EXPECT_TRUE(bad({"item/0190", {}, 1, {}, {}}));
  EXPECT_TRUE(bad({"item/0190", {}, 1, {}, {second}}));
  EXPECT_TRUE(bad({"item/0190", {}, 1, {}, {second, first}}));
  EXPECT_TRUE(bad({"item/0190", {}, 1, {}, {first, {{"other.test", 2}, 3, {}}}}));
  EXPECT_TRUE(bad({"item/0190", {}, 1, {}, {{{"node.test", 1}, 0, {}}}}));
}

TEST(OpeningPayload, ReadsWhatItWritesAndNothingElse) {
  const Checkpoint previous{{"node.test", 3}, 9, hash_leaf(as_bytes("x"))};
  const auto payload = encode_opening_payload({4, 3, previous});
  EXPECT_EQ(parse_opening_payload(payload)->previous, previous);
  EXPECT_EQ(encode_opening_payload({1, 0, std::nullopt}), R"({"epoch":1,"previous":null})");
  EXPECT_FALSE(parse_opening_payload(R"({"epoch":1,"previous":null})")->previous);
  // Epochs that were lost whole stand between the two.
  EXPECT_TRUE(encode_opening_payload({6, 3, previous}).starts_with(R"({"epoch":6,"follows":3,"previous":"node.test/epoch-3 9 )"));
  EXPECT_EQ(parse_opening_payload(encode_opening_payload({6, 3, previous}))->follows, 3U);
  for (const auto* text : {"", "{}", R"({"epoch":1})", R"({"epoch":x,"previous":null})", R"({"epoch":1,"previous":"})",
                           R"({"epoch":1,"previous":""})", R"({"epoch":1,"previous":nul})", R"(,"previous":null})",
                           R"({"epoch":0,"previous":null})", R"({"epoch":2,"follows":1,"previous":null})",
                           R"({"epoch":2,"follows":2,"previous":null})", R"({"epoch":3,"follows":01,"previous":null})"})
    EXPECT_FALSE(parse_opening_payload(text)) << text;
}

}  // namespace
}  // namespace tutela::ledger
