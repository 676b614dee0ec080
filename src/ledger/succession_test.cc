#include "ledger/succession.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "ledger/key_chain.h"
#include "ledger/test_ledger.h"

namespace tutela::ledger {
namespace {

class SuccessionTest : public testing::Test {
 protected:
  SuccessionTest() {
    SeededRandom random(7);
    for (int i = 0; i < 3; ++i) keys.push_back(crypto::KeyPair::from_seed(crypto::SigningSeed::make(random)));
  }
  Succession from(std::size_t number) const {
    return {"node.test",
            number,
            number * 2,
            keys[number - 1].public_key(),
            keys[number].public_key(),
            from_unix_ms(1'795'348'800'000)};
  }
  std::string note(std::size_t number) const { return sign_succession(from(number), {keys[number - 1], keys[number]}); }
  static std::string reason_of(std::string_view notes) {
    const auto parsed = parse_successions(notes);
    return parsed ? "accepted" : std::string(parsed.error().reason.text());
  }

  std::vector<crypto::KeyPair> keys;
};

TEST_F(SuccessionTest, AChainIsReadAsItWasWritten) {
  EXPECT_TRUE(parse_successions("").value().empty());
  const auto parsed = parse_successions(note(1) + note(2));
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(*parsed, (std::vector<Succession>{from(1), from(2)}));
  EXPECT_EQ(split_successions(note(1) + note(2)), (std::vector<std::string>{note(1), note(2)}));
}

TEST_F(SuccessionTest, EveryFlippedByteAndEveryCutIsRefused) {
  const auto text = note(1) + note(2);
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const int mask : {0x01, 0x20, 0x80}) {
      auto flipped = text;
      flipped[i] = static_cast<char>(flipped[i] ^ mask);
      EXPECT_NE(reason_of(flipped), "accepted") << "byte " << i << " mask " << mask;
    }
  for (std::size_t length = 1; length < text.size(); ++length) {
    if (length == note(1).size()) continue;
    EXPECT_NE(reason_of(text.substr(0, length)), "accepted") << length;
  }
}

TEST_F(SuccessionTest, OneSignatureIsNotEnough) {
  const auto whole = note(1);
  // The text, the blank line and the old key's line; then the same with the next key's alone.
  const auto text = whole.substr(0, whole.find("\n\n") + 2);
  const auto first = whole.substr(text.size(), whole.find('\n', text.size()) + 1 - text.size());
  const auto second = whole.substr(text.size() + first.size());
  EXPECT_EQ(reason_of(text + first), "succession.bad_signature");
  EXPECT_EQ(reason_of(text + second), "succession.bad_signature");
  EXPECT_EQ(reason_of(text + second + first), "succession.bad_signature");
  EXPECT_EQ(reason_of(text + first + first), "succession.bad_signature");
  EXPECT_EQ(reason_of(text + first + second), "accepted");
}

TEST_F(SuccessionTest, AChainWithoutItsBeginningMovedOrDoubledIsRefused) {
  EXPECT_EQ(reason_of(note(2)), "succession.broken_chain");
  EXPECT_EQ(reason_of(note(2) + note(1)), "succession.broken_chain");
  EXPECT_EQ(reason_of(note(1) + note(1)), "succession.broken_chain");
  // Back to a key that was there before.
  auto back = from(2);
  back.next_key = keys[0].public_key();
  EXPECT_EQ(reason_of(note(1) + sign_succession(back, {keys[1], keys[0]})), "succession.broken_chain");
  auto earlier = from(2);
  earlier.epoch = 2;
  EXPECT_EQ(reason_of(note(1) + sign_succession(earlier, {keys[1], keys[2]})), "succession.broken_chain");
}

TEST_F(SuccessionTest, EachEpochHasOneKey) {
  for (const auto& trusted : keys) {
    const auto chain = KeyChain::make(trusted.public_key(), parse_successions(note(1) + note(2)).value());
    ASSERT_TRUE(chain);
    EXPECT_EQ(chain->key_of({"node.test", 1}).value(), keys[0].public_key());
    EXPECT_EQ(chain->key_of({"node.test", 2}).value(), keys[1].public_key());
    EXPECT_EQ(chain->key_of({"node.test", 3}).value(), keys[1].public_key());
    EXPECT_EQ(chain->key_of({"node.test", 9}).value(), keys[2].public_key());
    EXPECT_EQ(chain->key_of({"other.test", 1}).error().reason, Reason("succession.other_node"));
    const Checkpoint checkpoint{{"node.test", 2}, 1, Hash{}};
    EXPECT_TRUE(open_checkpoint(sign_checkpoint(checkpoint, keys[1]), *chain));
    EXPECT_EQ(open_checkpoint(sign_checkpoint(checkpoint, keys[0]), *chain).error().reason, Reason("note.wrong_key"))
        << "a key that was replaced signs nothing any more";
  }
  const auto foreign = KeyChain::make(keys[2].public_key(), parse_successions(note(1)).value());
  EXPECT_EQ(foreign.error().reason, Reason("note.wrong_key"));
}

TEST_F(SuccessionTest, TwoSuccessorsOfOneKeyAreSeen) {
  auto other = from(1);
  other.next_key = keys[2].public_key();
  const auto forked = sign_succession(other, {keys[0], keys[2]});
  EXPECT_EQ(join_successions(note(1), forked).error().reason, Reason("succession.forked"));
  EXPECT_EQ(join_successions(note(1), note(1) + note(2)).value().size(), 2U);
  EXPECT_EQ(join_successions("", note(1)).value().size(), 1U);
}

TEST_F(SuccessionTest, AnExcerptOverTheChangeVerifiesWithEitherKey) {
  TestLedger ledger(7);
  const auto item = ledger.new_subject();
  ledger.add(item, "item.created", "{}");
  ledger.change_key();
  ledger.add(item, "item.viewed", "{}");
  auto excerpt = ledger.excerpt_of(item);
  for (const auto* key : {&ledger.first_key(), &ledger.key()}) {
    const auto report = verify_excerpt(encode_excerpt(excerpt), key->public_key());
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_EQ(report->successions.size(), 1U);
    EXPECT_EQ(report->entries.size(), 2U);
  }
  EXPECT_EQ(verify_excerpt(encode_excerpt(excerpt), keys[2].public_key()).error().reason, Reason("note.wrong_key"));
  excerpt.successions.clear();
  EXPECT_FALSE(verify_excerpt(encode_excerpt(excerpt), ledger.first_key().public_key()));
  EXPECT_FALSE(verify_excerpt(encode_excerpt(excerpt), ledger.key().public_key()));
  EXPECT_TRUE(verify_excerpt(encode_excerpt(excerpt), ledger.key().public_key(), ledger.successions()));
}

}  // namespace
}  // namespace tutela::ledger
