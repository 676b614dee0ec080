#include "ledger/excerpt.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "ledger/test_ledger.h"

namespace tutela::ledger {
namespace {

std::string reason_of(const Result<ExcerptReport>& result) {
  return result ? "verified" : std::string(result.error().reason.text());
}

class ExcerptTest : public testing::Test {
 protected:
  ExcerptTest() : ledger(7), item(fill_example(ledger)), excerpt(ledger.excerpt_of(item)) {}

  std::string verify() const { return reason_of(verify_excerpt(encode_excerpt(excerpt), ledger.key().public_key())); }

  TestLedger ledger;
  SubjectPseudonym item;
  Excerpt excerpt;
};

TEST_F(ExcerptTest, AGenuineOneIsVerifiedAndReported) {
  const auto report = verify_excerpt(encode_excerpt(excerpt), ledger.key().public_key());
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->node, "node.test/tutela");
  EXPECT_EQ(report->about, "item/0190");
  ASSERT_EQ(report->epochs.size(), 1U);
  EXPECT_EQ(report->epochs[0].checkpoint.size, 6U);
  EXPECT_EQ(report->epochs[0].lost.leaves, 0U);
  ASSERT_EQ(report->entries.size(), 3U);
  EXPECT_EQ(report->entries[1].kind, "item.viewed");
  EXPECT_EQ(report->entries[2].index, 5U);
}

TEST_F(ExcerptTest, WhatIsParsedIsWrittenTheSame) {
  const auto text = encode_excerpt(excerpt);
  EXPECT_EQ(encode_excerpt(parse_excerpt(text).value()), text);
}

TEST_F(ExcerptTest, EveryFlippedByteIsRefused) {
  const auto text = encode_excerpt(excerpt);
  for (std::size_t i = 0; i < text.size(); ++i) {
    // The lowest bit, the bit between capital and small letters, and the highest.
    for (const int mask : {0x01, 0x20, 0x80}) {
      auto flipped = text;
      flipped[i] = static_cast<char>(flipped[i] ^ mask);
      ASSERT_NE(reason_of(verify_excerpt(flipped, ledger.key().public_key())), "verified") << "byte " << i << " mask " << mask;
    }
  }
}

TEST_F(ExcerptTest, EveryCutAndEveryAdditionIsRefused) {
  const auto text = encode_excerpt(excerpt);
  for (std::size_t length = 0; length < text.size(); ++length)
    ASSERT_EQ(reason_of(verify_excerpt(text.substr(0, length), ledger.key().public_key())), "excerpt.malformed") << length;
  for (const auto* more : {"\n", " ", "x", "{}"})
    EXPECT_EQ(reason_of(verify_excerpt(text + more, ledger.key().public_key())), "excerpt.malformed");
}

TEST_F(ExcerptTest, AMissingEntry) {
  excerpt.entries.erase(excerpt.entries.begin() + 1);
  EXPECT_EQ(verify(), "excerpt.missing_entry");
}

TEST_F(ExcerptTest, AMissingFirstEntry) {
  excerpt.entries.erase(excerpt.entries.begin());
  EXPECT_EQ(verify(), "excerpt.missing_entry");
}

TEST_F(ExcerptTest, AMissingEntryWithTheOthersRenumbered) {
  excerpt.entries.erase(excerpt.entries.begin() + 1);
  excerpt.entries[1].n = 2;
  EXPECT_EQ(verify(), "excerpt.cut_off");
}

TEST_F(ExcerptTest, ADoubledEntry) {
  excerpt.entries.insert(excerpt.entries.begin() + 1, excerpt.entries[1]);
  EXPECT_EQ(verify(), "excerpt.missing_entry");
}

TEST_F(ExcerptTest, ReorderedEntries) {
  std::swap(excerpt.entries[0], excerpt.entries[2]);
  EXPECT_EQ(verify(), "excerpt.reordered");
  std::swap(excerpt.entries[0].n, excerpt.entries[2].n);
  EXPECT_EQ(verify(), "excerpt.bad_entry");
}

TEST_F(ExcerptTest, ACutTail) {
  excerpt.entries.pop_back();
  EXPECT_EQ(verify(), "excerpt.cut_off");
}

TEST_F(ExcerptTest, AnEntryTooMany) {
  auto more = excerpt.entries.back();
  more.n = 4;
  excerpt.entries.push_back(more);
  EXPECT_EQ(verify(), "excerpt.surplus_entry");
}

TEST_F(ExcerptTest, AnEntryOfAnotherSubject) {
  const auto other = ledger.excerpt_of([&] {
    const auto subject = ledger.new_subject();
    for (int i = 0; i < 3; ++i) ledger.add(subject, "item.viewed", "{}");
    return subject;
  }());
  excerpt = ledger.excerpt_of(item);
  excerpt.entries[1] = other.entries[1];
  EXPECT_EQ(verify(), "excerpt.bad_entry");
}

TEST_F(ExcerptTest, ChangedFieldsOfAnEntry) {
  const auto genuine = excerpt;
  const auto changed = [&](auto change) {
    excerpt = genuine;
    change(excerpt.entries[1]);
    return verify();
  };
  EXPECT_EQ(changed([](ExcerptEntry& entry) { entry.kind = "item.claimed"; }), "excerpt.bad_entry");
  EXPECT_EQ(changed([](ExcerptEntry& entry) { entry.payload = "{}"; }), "excerpt.bad_entry");
  EXPECT_EQ(changed([](ExcerptEntry& entry) { entry.at += Duration{1}; }), "excerpt.bad_entry");
  EXPECT_EQ(changed([](ExcerptEntry& entry) { entry.salt[0] ^= 1; }), "excerpt.bad_entry");
  EXPECT_EQ(changed([](ExcerptEntry& entry) { entry.index += 1; }), "excerpt.bad_entry");
  EXPECT_EQ(changed([](ExcerptEntry& entry) { entry.epoch = 2; }), "excerpt.bad_entry");
  EXPECT_EQ(changed([](ExcerptEntry& entry) { entry.epoch = 0; }), "excerpt.bad_entry");
  EXPECT_EQ(changed([](ExcerptEntry& entry) { entry.proof.pop_back(); }), "excerpt.bad_entry");
  EXPECT_EQ(changed([](ExcerptEntry&) {}), "verified");
}

TEST_F(ExcerptTest, ASwappedCheckpoint) {
  // Genuine and of the same log, but older: another than the one the statement was made about.
  excerpt.epochs[0].checkpoint = sign_checkpoint(ledger.checkpoint_at(1, 5), ledger.key());
  EXPECT_EQ(verify(), "excerpt.checkpoint_swapped");
}

TEST_F(ExcerptTest, ACheckpointOfAnotherKey) {
  TestLedger stranger(8);
  excerpt.epochs[0].checkpoint = sign_checkpoint(ledger.checkpoint_of(1), stranger.key());
  EXPECT_EQ(verify(), "note.wrong_key");
  EXPECT_EQ(reason_of(verify_excerpt(encode_excerpt(ledger.excerpt_of(item)), stranger.key().public_key())), "note.wrong_key");
}

TEST_F(ExcerptTest, ASwappedStatement) {
  // The statement of an earlier moment, genuine, with the entries of then: the checkpoint shown is not its.
  const auto earlier = excerpt;
  ledger.add(item, "item.action", R"({"action":"block"})");
  excerpt = ledger.excerpt_of(item);
  excerpt.statement = earlier.statement;
  EXPECT_EQ(verify(), "excerpt.checkpoint_swapped");
}

TEST_F(ExcerptTest, AStatementOfFewerEntriesIsCaughtByTheEntriesShown) {
  auto statement = ledger.statement_of(item);
  statement.entries = 2;
  excerpt.statement = ledger.sign(statement);
  EXPECT_EQ(verify(), "excerpt.surplus_entry");
}

TEST_F(ExcerptTest, AStatementWithAnotherHead) {
  auto statement = ledger.statement_of(item);
  statement.head[0] ^= 1;
  excerpt.statement = ledger.sign(statement);
  EXPECT_EQ(verify(), "excerpt.wrong_head");
}

TEST_F(ExcerptTest, EpochsAreFollowedAndTheCutIsReported) {
  const auto last_known = ledger.checkpoint_of(1);
  ledger.lose(2);  // the other item's second entry and this item's verdict
  ledger.open_epoch(last_known);
  ledger.add(item, "verdict.given", R"({"act":"b1","again":true})");
  excerpt = ledger.excerpt_of(item);
  const auto report = verify_excerpt(encode_excerpt(excerpt), ledger.key().public_key());
  ASSERT_TRUE(report) << to_string(report.error());
  ASSERT_EQ(report->epochs.size(), 2U);
  EXPECT_EQ(report->epochs[0].lost.leaves, 2U);
  EXPECT_EQ(report->epochs[1].lost.leaves, 0U);
  ASSERT_EQ(report->entries.size(), 3U);
  EXPECT_EQ(report->entries[2].epoch, 2U);

  const auto genuine = excerpt;
  excerpt.epochs.pop_back();
  EXPECT_EQ(verify(), "excerpt.bad_epoch");
  excerpt = genuine;
  std::swap(excerpt.epochs[0].opening, excerpt.epochs[1].opening);
  EXPECT_EQ(verify(), "excerpt.bad_epoch");
  excerpt = genuine;
  std::swap(excerpt.epochs[0].checkpoint, excerpt.epochs[1].checkpoint);
  EXPECT_EQ(verify(), "excerpt.checkpoint_swapped");
}

TEST_F(ExcerptTest, AnEpochThatKnowsLessThanIsShownIsRefused) {
  ledger.open_epoch(ledger.checkpoint_at(1, 3));
  excerpt = ledger.excerpt_of(item);
  EXPECT_EQ(verify(), "excerpt.bad_epoch");
}

TEST_F(ExcerptTest, AnEpochAfterAForkIsRefused) {
  auto other = ledger.checkpoint_of(1);
  other.root[0] ^= 1;
  ledger.open_epoch(other);
  excerpt = ledger.excerpt_of(item);
  EXPECT_EQ(verify(), "excerpt.bad_epoch");
}

TEST_F(ExcerptTest, ASecondEpochMustNameTheFirst) {
  ledger.open_epoch(std::nullopt);
  excerpt = ledger.excerpt_of(item);
  EXPECT_EQ(verify(), "excerpt.bad_epoch");
}

TEST_F(ExcerptTest, StringsWithQuotesAndUnicodeSurvive) {
  ledger.add(item, "item.action", R"({"note":"say \"no\"\\ \u000a žluť"})");
  excerpt = ledger.excerpt_of(item);
  const auto report = verify_excerpt(encode_excerpt(excerpt), ledger.key().public_key());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->entries.back().payload, R"({"note":"say \"no\"\\ \u000a žluť"})");
}

TEST_F(ExcerptTest, TooLargeIsALimit) {
  const auto result = parse_excerpt(std::string((std::size_t{64} << 20) + 1, ' '));
  EXPECT_EQ(result.error().code, ErrorCode::limit);
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The vector that other implementations can run, and the numbers that the specification prints.
TEST_F(ExcerptTest, TheSpecificationsExample) {
  const auto text = encode_excerpt(excerpt);
  const auto vector = file_text(TUTELA_SOURCE_DIR "/spec/vectors/ledger-excerpt.json");
  if (vector != text) std::ofstream(TUTELA_BINARY_DIR "/ledger-excerpt.json", std::ios::binary) << text;
  EXPECT_EQ(vector, text) << "what this code writes stands in the build folder";
  const auto specification = file_text(TUTELA_SOURCE_DIR "/spec/ledger.md");
  const auto& entry = excerpt.entries[0];
  const LeafOpening opening{entry.kind, item, 1, Hash{}, entry.at, entry.payload, entry.salt};
  const auto printed = [&](const std::string& value) { EXPECT_NE(specification.find(value), std::string::npos) << value; };
  printed(encode_hex(item));
  printed(encode_hex(entry.salt));
  printed(std::to_string(to_unix_ms(entry.at)));
  printed(entry.payload);
  printed(encode_hex(encode_leaf(opening)));
  printed(encode_hex(leaf_hash(opening)));
  printed(encode_hex(ledger.checkpoint_of(1).root));
  printed(excerpt.epochs[0].checkpoint);
  printed(excerpt.statement);
  printed(encode_base64(ledger.key().public_key()));
}

}  // namespace
}  // namespace tutela::ledger
