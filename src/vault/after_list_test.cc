#include "vault/after_list.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "vault/durable_file.h"

namespace tutela::vault {
namespace {

namespace fs = std::filesystem;

const Time kNow = from_unix_ms(1'795'000'000'000);

crypto::KeyPair pair_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return crypto::KeyPair::from_seed(crypto::SigningSeed::make(random));
}

AfterEntry hold(AfterKind kind, const std::string& id) { return {kind, {"hold", id}, {"report", "0192"}, kNow}; }

class AfterListTest : public testing::Test {
 public:
  AfterListTest() : node(pair_of(1)), next(pair_of(2)), other(pair_of(3)) {
    std::string name = (fs::temp_directory_path() / "tutela-after-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    path = folder / "after.list";
  }
  ~AfterListTest() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

 protected:
  std::string text() const { return std::string(as_text(read_file(path, kAfterListBytesMax).value())); }
  void write(std::string_view content) const { ASSERT_TRUE(write_durably(path, as_bytes(content), IfExists::replace)); }
  void fill() {
    ASSERT_TRUE(create_after_list(path, node, kNow));
    ASSERT_TRUE(append_to_after_list(path, node, entries));
  }
  Reason refusal(std::string_view content) const {
    const auto parsed = parse_after_list(content, node.public_key());
    return parsed ? Reason("accepted") : parsed.error().reason;
  }

  const crypto::KeyPair node, next, other;
  const std::vector<AfterEntry> entries{{AfterKind::tombstone, {"class", "report-2027-03"}, {"class", "report-2027-03"}, kNow},
                                        {AfterKind::withdrawal, {"entry", "0192-a"}, {"entry", "0192-a"}, kNow},
                                        hold(AfterKind::hold_set, "h-1"),
                                        hold(AfterKind::hold_lifted, "h-1")};
  fs::path folder, path;
};

// Whoever broke off behind the write, or in it, does the same once more.
TEST_F(AfterListTest, WhatStandsAtItsEndIsNotAppendedAgain) {
  ASSERT_TRUE(create_after_list(path, node, kNow));
  const std::vector first{entries[0], entries[1]};
  ASSERT_TRUE(append_to_after_list(path, node, first));
  ASSERT_TRUE(append_to_after_list(path, node, first));
  EXPECT_EQ(read_list(path, node.public_key()).value(), first);
  ASSERT_TRUE(append_to_after_list(path, node, entries)) << "the first two of it are there";
  EXPECT_EQ(read_list(path, node.public_key()).value(), entries);
  const auto whole = text();
  ASSERT_TRUE(append_to_after_list(path, node, std::span(entries).last(1)));
  EXPECT_EQ(text(), whole);
  ASSERT_TRUE(append_to_after_list(path, node, first)) << "in the middle only: that is another line";
  EXPECT_EQ(read_list(path, node.public_key()).value().size(), 6U);
}

TEST_F(AfterListTest, ItSaysBeforeItIsFullThatItHasNoRoom) {
  EXPECT_EQ(check_after_list_has_room(path, 1).error().reason, Reason("after_list.missing"));
  fill();
  EXPECT_TRUE(check_after_list_has_room(path, 1'000));
  fs::resize_file(path, kAfterListBytesMax - kAfterListReserveBytes - 1'000 * kAfterLineBytesMax);
  EXPECT_TRUE(check_after_list_has_room(path, 1'000));
  EXPECT_EQ(check_after_list_has_room(path, 1'001).error().reason, Reason("after_list.full"));
}

TEST_F(AfterListTest, WhatWasAppendedIsRead) {
  fill();
  EXPECT_EQ(read_list(path, node.public_key()).value(), entries);
  ASSERT_TRUE(append_to_after_list(path, node, std::vector{hold(AfterKind::hold_set, "h-2")}));
  const auto content = read_after_list(path, node.public_key()).value();
  EXPECT_EQ(content.entries.size(), 5U);
  EXPECT_EQ(content.lines, 6U);
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(AfterListTest, CreatingAgainKeepsIt) {
  fill();
  ASSERT_TRUE(create_after_list(path, node, kNow));
  EXPECT_EQ(read_list(path, node.public_key()).value().size(), 4U);
  EXPECT_EQ(create_after_list(path, other, kNow).error().reason, Reason("after_list.of_another_node"));
}

TEST_F(AfterListTest, EveryCutIsRefusedButWholeLinesAtTheEnd) {
  fill();
  const auto whole = text();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const bool is_line = size > 0 && whole[size - 1] == '\n';
    const auto parsed = parse_after_list(std::string_view(whole).substr(0, size), node.public_key());
    ASSERT_EQ(parsed.has_value(), is_line) << size;
  }
}

TEST_F(AfterListTest, EveryChangedByteIsRefused) {
  fill();
  const auto whole = text();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto changed = whole;
    changed[at] = changed[at] == '0' ? '1' : '0';
    ASSERT_FALSE(parse_after_list(changed, node.public_key())) << at;
  }
}

TEST_F(AfterListTest, AMissingRepeatedOrMovedLineIsRefused) {
  fill();
  const auto whole = text();
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < whole.size(); start = whole.find('\n', start) + 1)
    lines.push_back(whole.substr(start, whole.find('\n', start) + 1 - start));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(refusal(lines[0] + lines[2] + lines[3] + lines[4]), Reason("after_list.broken_chain"));
  EXPECT_EQ(refusal(lines[0] + lines[1] + lines[1]), Reason("after_list.broken_chain"));
  EXPECT_EQ(refusal(lines[0] + lines[2] + lines[1]), Reason("after_list.broken_chain"));
  EXPECT_EQ(refusal(lines[1] + lines[2]), Reason("after_list.malformed"));
  EXPECT_EQ(refusal(lines[0] + lines[0]), Reason("after_list.broken_chain"));
}

TEST_F(AfterListTest, AnotherNodesListIsRefused) {
  ASSERT_TRUE(create_after_list(path, other, kNow));
  ASSERT_TRUE(append_to_after_list(path, other, entries));
  EXPECT_EQ(read_list(path, node.public_key()).error().reason, Reason("after_list.wrong_key"));
  EXPECT_EQ(append_to_after_list(path, node, entries).error().reason, Reason("after_list.wrong_key"));
  EXPECT_EQ(read_list(folder / "none", node.public_key()).error().reason, Reason("after_list.missing"));
}

TEST_F(AfterListTest, ALineOfAnotherKeyIsRefused) {
  fill();
  // The forger holds the whole list and signs a line of its own that continues it: as in a list that the forger opened.
  const auto genuine = text();
  const auto content = read_after_list(path, node.public_key()).value();
  ASSERT_TRUE(append_to_after_list(path, node, std::vector{hold(AfterKind::hold_set, "h-9")}));
  auto last = text().substr(genuine.size());
  const auto space = last.rfind(' ');
  const auto forged =
      last.substr(0, space + 1) + encode_base64(other.sign(as_bytes(std::string_view(last).substr(0, space)))) + "\n";
  EXPECT_EQ(refusal(genuine + forged), Reason("after_list.bad_signature"));
  EXPECT_EQ(content.last_key, node.public_key());
}

// Who holds the list re-signs the chain from the second line on with a key of his own: as long as no signature of the node stands
// behind it, in its first reign or its last, nobody may take it for the node's.
TEST_F(AfterListTest, ACopyThatAnotherKeySignedAnewIsRefusedInEveryReign) {
  ASSERT_TRUE(create_after_list(path, other, kNow));
  ASSERT_TRUE(append_to_after_list(path, other, entries));
  const auto by_other = text();
  fs::remove(path);
  ASSERT_TRUE(create_after_list(path, node, kNow));
  const auto first_line = text();
  const auto said = [](const std::string& line) { return line.substr(0, line.rfind(' ', line.rfind(' ') - 1)); };
  crypto::Sha256 previous = crypto::sha256(as_bytes(std::string_view(first_line).substr(0, first_line.size() - 1)));
  std::string forged = first_line;
  for (std::size_t start = by_other.find('\n') + 1; start < by_other.size(); start = by_other.find('\n', start) + 1) {
    const auto part = said(by_other.substr(start, by_other.find('\n', start) - start)) + " " + encode_hex(previous);
    const auto line = part + " " + encode_base64(other.sign(as_bytes(part)));
    previous = crypto::sha256(as_bytes(line));
    forged += line + "\n";
  }
  EXPECT_EQ(refusal(forged), Reason("after_list.bad_signature"));
  // A hand-over of the node's own behind the forged lines is refused to be written, and one that another signs is none.
  write(forged);
  EXPECT_EQ(hand_over_after_list(path, node, next, kNow).error().reason, Reason("after_list.wrong_key"));
  ASSERT_TRUE(hand_over_after_list(path, other, next, kNow));
  EXPECT_EQ(read_list(path, node.public_key()).error().reason, Reason("after_list.bad_signature"));
  EXPECT_EQ(read_list(path, next.public_key()).error().reason, Reason("after_list.bad_signature"));
}

TEST_F(AfterListTest, ALineThatACrashCutIsDroppedByTheNextWriter) {
  fill();
  const auto genuine = text();
  write(genuine + "tutela-after-v1 6 2026-");
  EXPECT_EQ(read_list(path, node.public_key()).error().reason, Reason("after_list.cut"));
  ASSERT_TRUE(append_to_after_list(path, node, std::vector{hold(AfterKind::hold_set, "h-2")}));
  EXPECT_TRUE(text().starts_with(genuine));
  EXPECT_EQ(read_list(path, node.public_key()).value().size(), 5U);
}

TEST_F(AfterListTest, ANewKeyTakesOverAndBothRead) {
  fill();
  ASSERT_TRUE(hand_over_after_list(path, node, next, kNow));
  EXPECT_EQ(append_to_after_list(path, node, entries).error().reason, Reason("after_list.wrong_key"));
  ASSERT_TRUE(append_to_after_list(path, next, std::vector{hold(AfterKind::hold_set, "h-2")}));
  EXPECT_EQ(read_list(path, node.public_key()).value().size(), 5U);
  EXPECT_EQ(read_list(path, next.public_key()).value().size(), 5U);
  EXPECT_EQ(read_list(path, other.public_key()).error().reason, Reason("after_list.wrong_key"));
}

TEST_F(AfterListTest, AHandOverThatTheNewKeyDidNotTakeIsRefused) {
  // Otherwise anybody could put lines before a line that names this node's key.
  ASSERT_TRUE(create_after_list(path, other, kNow));
  ASSERT_TRUE(append_to_after_list(path, other, entries));
  ASSERT_TRUE(hand_over_after_list(path, other, node, kNow));
  auto forged = text();
  forged.pop_back();
  forged.resize(forged.rfind('\n') + 1);
  EXPECT_EQ(refusal(forged), Reason("after_list.cut"));
  EXPECT_EQ(parse_after_list(forged, node.public_key(), ListEnd::as_a_crash_left).error().reason, Reason("after_list.wrong_key"));
}

// Wherever a crash cut the two lines of a hand-over: the node goes on from the whole lines, and the hand-over is completed.
TEST_F(AfterListTest, WhatACrashLeftBehindTheLastWholeLineIsLeftOut) {
  ASSERT_TRUE(create_after_list(path, node, kNow));
  ASSERT_TRUE(append_to_after_list(path, node, entries));
  const auto before = text();
  ASSERT_TRUE(hand_over_after_list(path, node, next, kNow));
  const auto whole = text();
  const auto lines = read_after_list(path, node.public_key()).value().lines - 2;
  for (auto size = before.size(); size < whole.size(); ++size) {
    const auto cut = whole.substr(0, size);
    const auto content = parse_after_list(cut, node.public_key(), ListEnd::as_a_crash_left);
    ASSERT_TRUE(content) << size;
    EXPECT_EQ(content->lines, lines);
    EXPECT_EQ(content->entries, entries);
    EXPECT_EQ(content->last_key, node.public_key());
    EXPECT_EQ(parse_after_list(cut, next.public_key(), ListEnd::as_a_crash_left).error().reason, Reason("after_list.wrong_key"));
    write(cut);
    ASSERT_TRUE(hand_over_after_list(path, node, next, kNow));
    EXPECT_EQ(text(), whole);
  }
  EXPECT_EQ(parse_after_list(whole, next.public_key(), ListEnd::as_a_crash_left).value().last_key, next.public_key());
  EXPECT_EQ(parse_after_list("half a line", node.public_key(), ListEnd::as_a_crash_left).error().reason,
            Reason("after_list.cut"));
}

}  // namespace
}  // namespace tutela::vault
