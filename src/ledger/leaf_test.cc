#include "ledger/leaf.h"

#include <gtest/gtest.h>

#include <set>

#include "ledger/event_kinds.h"

namespace tutela::ledger {
namespace {

TEST(Leaf, EveryFieldIsCommittedTo) {
  const LeafOpening base{"item.viewed", SubjectPseudonym{1}, 2, Hash{3}, from_unix_ms(4), "{}", Salt{5}};
  std::set<Hash> hashes{leaf_hash(base)};
  const auto changed = [&](auto change) {
    auto other = base;
    change(other);
    EXPECT_TRUE(hashes.insert(leaf_hash(other)).second);
  };
  changed([](LeafOpening& leaf) { leaf.kind = "item.viewex"; });
  changed([](LeafOpening& leaf) { leaf.subject[31] = 1; });
  changed([](LeafOpening& leaf) { leaf.n = 3; });
  changed([](LeafOpening& leaf) { leaf.previous[31] = 1; });
  changed([](LeafOpening& leaf) { leaf.at += Duration{1}; });
  changed([](LeafOpening& leaf) { leaf.payload = "{ }"; });
  changed([](LeafOpening& leaf) { leaf.salt[31] = 1; });
  EXPECT_EQ(encode_leaf(base)[0], 0x01);
}

TEST(EventKinds, AreDistinctDottedWordsWithAMeaning) {
  std::set<std::string_view> words;
  for (const auto& kind : kEventKinds) {
    EXPECT_TRUE(words.insert(kind.word).second) << kind.word;
    EXPECT_EQ(std::count(kind.word.begin(), kind.word.end(), '.'), 1) << kind.word;
    EXPECT_LE(kind.word.size(), 40U);
    EXPECT_FALSE(kind.meaning.empty());
    EXPECT_TRUE(is_event_kind(kind.word));
  }
  EXPECT_FALSE(is_event_kind("item"));
  EXPECT_FALSE(is_event_kind(""));
}

}  // namespace
}  // namespace tutela::ledger
