#include "match/list_key_set.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace tutela::match {
namespace {

TEST(ListKeySet, HoldsWhatASetHolds) {
  SeededRandom random(11);
  ListKeySet set;
  std::set<ListEntryKey> truth;
  EXPECT_FALSE(set.contains({}));
  for (int i = 0; i < 4000; ++i) {
    ListEntryKey key = random.bytes<16>();
    // Half of them crowd one place of the table, so that they have to move on.
    if (i % 2 == 0) std::fill_n(key.begin(), 8, std::uint8_t{0});
    if (i % 100 == 0) key = {};
    EXPECT_EQ(set.contains(key), truth.contains(key));
    EXPECT_EQ(set.insert(key), truth.insert(key).second) << i;
    EXPECT_TRUE(set.contains(key));
  }
  EXPECT_EQ(set.size(), truth.size());
  for (const auto& key : truth) ASSERT_TRUE(set.contains(key));
}

}  // namespace
}  // namespace tutela::match
