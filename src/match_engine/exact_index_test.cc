#include "match_engine/exact_index.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::match_engine {
namespace {

std::set<std::size_t> rows_of(const ExactView& view, BytesView value) {
  std::set<std::size_t> rows;
  view.find(value, [&](std::size_t row) { EXPECT_TRUE(rows.insert(row).second) << "row twice"; });
  return rows;
}

// As the engine merges them.
void merge_all(ExactIndex& index) {
  for (auto next = next_merge(index.view().ranges(), index.size()); next; next = next_merge(index.view().ranges(), index.size()))
    index.replace(ExactIndex::build(index.view().values(), *next));
}

TEST(ExactIndex, EmptyHoldsNothing) {
  const ExactIndex index(16);
  EXPECT_TRUE(rows_of(index.view(), Bytes(16, 0)).empty());
}

TEST(ExactIndex, FindsEveryRowOfAValueAndNoOther) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SeededRandom random(seed);
    ExactIndex index(20);
    std::vector<Bytes> values;
    const auto draw = [&] {
      Bytes value(20, 0);
      value[seed] = static_cast<std::uint8_t>(random.next() % 256);
      value[10] = static_cast<std::uint8_t>(random.next() % 256);
      value[19] = static_cast<std::uint8_t>(random.next() % 4);
      return value;
    };
    for (int count = 0; count < 60'000; ++count) {
      values.push_back(draw());
      if (count < 1'000) {
        index.append_unindexed(values.back());
        if (count == 999) index.replace(ExactIndex::build(index.view().values(), {0, 1'000}));
      } else {
        ASSERT_EQ(index.append(values.back()), static_cast<std::size_t>(count));
      }
      if (random.next() % 20'000 == 0) merge_all(index);
    }
    for (int question = 0; question < 200; ++question) {
      const Bytes asked = draw();
      std::set<std::size_t> expected;
      for (std::size_t row = 0; row < values.size(); ++row)
        if (values[row] == asked) expected.insert(row);
      ASSERT_EQ(rows_of(index.view(), asked), expected) << "seed " << seed;
    }
  }
}

TEST(ExactIndex, AViewSeesWhatWasThereWhenItWasTaken) {
  ExactIndex index(16);
  const Bytes value(16, 7);
  index.append(value);
  const ExactView before = index.view();
  index.append(value);
  EXPECT_EQ(rows_of(before, value), (std::set<std::size_t>{0}));
  EXPECT_EQ(rows_of(index.view(), value), (std::set<std::size_t>{0, 1}));
}

// A million equal values cost their own chain, not a million steps each.
TEST(ExactIndex, ManyEqualValues) {
  ExactIndex index(16);
  const Bytes value(16, 1);
  for (int count = 0; count < 1'000'000; ++count) index.append_unindexed(value);
  index.append_unindexed(Bytes(16, 2));
  index.replace(ExactIndex::build(index.view().values(), {0, index.size()}));
  EXPECT_EQ(rows_of(index.view(), value).size(), 1'000'000U);
  EXPECT_EQ(rows_of(index.view(), Bytes(16, 2)), (std::set<std::size_t>{1'000'000}));
}

}  // namespace
}  // namespace tutela::match_engine
