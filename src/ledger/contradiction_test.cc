#include "ledger/contradiction.h"

#include <gtest/gtest.h>

#include "ledger/test_ledger.h"

namespace tutela::ledger {
namespace {

class ContradictionTest : public testing::Test {
 protected:
  ContradictionTest() : ledger_(7), item_(ledger_.new_subject()) {
    for (int i = 0; i < 3; ++i) ledger_.add(item_, "item.viewed", "{}");
  }
  std::string excerpt() { return encode_excerpt(ledger_.excerpt_of(item_)); }
  // The excerpt that leaves out the last entries, with a statement that says so: nothing in it alone is wrong.
  std::string with_false_number(std::size_t left_out) {
    auto excerpt = ledger_.excerpt_of(item_);
    auto statement = ledger_.statement_of(item_);
    statement.entries -= left_out;
    excerpt.entries.resize(statement.entries);
    Hash previous{};
    for (const auto& entry : excerpt.entries)
      previous = leaf_hash(LeafOpening{entry.kind, item_, entry.n, previous, entry.at, entry.payload, entry.salt});
    statement.head = previous;
    excerpt.statement = ledger_.sign(statement);
    return encode_excerpt(excerpt);
  }
  std::vector<Equivocation> between(const std::string& one, const std::string& other) {
    auto found = find_contradictions(one, other, ledger_.key().public_key());
    EXPECT_TRUE(found) << to_string(found.error());
    return found.value_or(std::vector<Equivocation>());
  }

  TestLedger ledger_;
  SubjectPseudonym item_;
};

TEST_F(ContradictionTest, AFalseNumberIsProvedByAnExcerptThatShowsMore) {
  const auto lie = with_false_number(1);
  ASSERT_TRUE(verify_excerpt(lie, ledger_.key().public_key())) << "alone it is in order";
  const auto truth = excerpt();
  ASSERT_EQ(between(lie, truth).size(), 1U);
  EXPECT_EQ(between(lie, truth)[0].first, parse_excerpt(lie)->statement);
  EXPECT_EQ(between(truth, lie).size(), 1U) << "in either order";
  // And by one of a later, larger tree.
  ledger_.add(item_, "verdict.given", "{}");
  EXPECT_EQ(between(lie, excerpt()).size(), 1U);
}

TEST_F(ContradictionTest, WhatGrewOrWasCutByARestoreContradictsNothing) {
  const auto before = excerpt();
  EXPECT_TRUE(between(before, before).empty());
  ledger_.add(item_, "item.viewed", "{}");
  const auto grown = excerpt();
  EXPECT_TRUE(between(before, grown).empty());
  const auto last_known = ledger_.checkpoint_of(1);
  ledger_.lose(2);
  ledger_.open_epoch(last_known);
  ledger_.add(item_, "item.hidden", "{}");
  EXPECT_TRUE(between(grown, excerpt()).empty());
  ledger_.change_key();
  ledger_.add(item_, "item.viewed", "{}");
  EXPECT_TRUE(between(before, excerpt()).empty());
}

TEST_F(ContradictionTest, TwoRootsOfOneSizeInWhateverTheyStand) {
  auto other = ledger_.checkpoint_of(1);
  other.root[4] ^= 1;
  const auto forked = sign_checkpoint(other, ledger_.key());
  EXPECT_EQ(between(forked, ledger_.signed_checkpoint(1, other.size)).size(), 1U);
  EXPECT_EQ(between(forked, excerpt()).size(), 1U);
  EXPECT_TRUE(between(ledger_.signed_checkpoint(1, 2), excerpt()).empty());
  // Of the tree that a restore cut, the next epoch's first leaf still names the root.
  const auto last_known = ledger_.checkpoint_of(1);
  ledger_.lose(1);
  ledger_.open_epoch(last_known);
  EXPECT_EQ(between(forked, excerpt()).size(), 1U);
}

TEST_F(ContradictionTest, KnownCheckpointsAreHeldAgainstAnExcerpt) {
  const auto last = ledger_.checkpoint_of(1);
  auto other = last;
  other.root[4] ^= 1;
  const auto compare = [&](std::vector<std::string> known) {
    return compare_excerpt(excerpt(), {.key = ledger_.key().public_key(), .known = std::move(known)}).value();
  };
  EXPECT_EQ(compare({ledger_.signed_checkpoint(1, last.size)}).agreeing, 1U);
  EXPECT_EQ(compare({ledger_.signed_checkpoint(1, 2)}).of_other_size, 1U);
  EXPECT_EQ(compare({sign_checkpoint(other, ledger_.key())}).equivocations.size(), 1U);
  const auto kept = ledger_.signed_checkpoint(1, last.size);
  ledger_.lose(1);
  ledger_.open_epoch(ledger_.checkpoint_of(1));
  EXPECT_EQ(compare({kept}).epochs[0].lost.leaves, 1U) << "whatever the opening admits";
}

}  // namespace
}  // namespace tutela::ledger
