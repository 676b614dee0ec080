#include "model/classification.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace tutela {
namespace {

TEST(Classification, EveryWordReadsBackAndIsItsOwn) {
  std::set<std::string_view> words;
  for (const auto act : kActs) {
    EXPECT_EQ(parse_act(to_word(act)).value(), act);
    EXPECT_TRUE(words.insert(to_word(act)).second);
  }
  words.clear();
  for (const auto band : kAgeBands) {
    EXPECT_EQ(parse_age_band(to_word(band)).value(), band);
    EXPECT_TRUE(words.insert(to_word(band)).second);
  }
}

TEST(Classification, RefusesOtherWords) {
  for (const char* bad : {"", "A", "a ", "A1", "d", "illegal"}) {
    ASSERT_FALSE(parse_act(bad)) << bad;
    EXPECT_EQ(parse_act(bad).error().reason, Reason("classification.unknown_act"));
  }
  for (const char* bad : {"", "child", "Adult", "prepubescent "}) EXPECT_FALSE(parse_age_band(bad)) << bad;
}

TEST(Classification, OnlyTheThreeCategoriesOfAChildAreActionable) {
  for (const auto act : kActs)
    for (const auto band : kAgeBands) {
      const bool letter = act == Act::a || act == Act::b || act == Act::c;
      EXPECT_EQ(is_actionable(act), letter);
      EXPECT_EQ(is_actionable({act, band}), letter && band != AgeBand::adult) << to_word(act) << to_word(band);
    }
}

// The whole derived table, written out: a change of a label must be a change of this test.
TEST(Classification, DerivedLabelsAreExactlyThese) {
  const std::map<std::pair<Act, AgeBand>, std::pair<std::string_view, Baseline>> expected{
      {{Act::a, AgeBand::infant_toddler}, {"A1", Baseline::candidate}},
      {{Act::b, AgeBand::infant_toddler}, {"A1", Baseline::candidate}},
      {{Act::c, AgeBand::infant_toddler}, {"A2", Baseline::needs_check}},
      {{Act::a, AgeBand::prepubescent}, {"A1", Baseline::candidate}},
      {{Act::b, AgeBand::prepubescent}, {"A1", Baseline::candidate}},
      {{Act::c, AgeBand::prepubescent}, {"A2", Baseline::needs_check}},
      {{Act::a, AgeBand::pubescent}, {"B1", Baseline::no}},
      {{Act::b, AgeBand::pubescent}, {"B1", Baseline::no}},
      {{Act::c, AgeBand::pubescent}, {"B2", Baseline::no}},
      {{Act::a, AgeBand::unknown}, {"", Baseline::needs_check}},
      {{Act::b, AgeBand::unknown}, {"", Baseline::needs_check}},
      {{Act::c, AgeBand::unknown}, {"", Baseline::needs_check}}};
  for (const auto act : kActs)
    for (const auto band : kAgeBands) {
      const auto found = expected.find({act, band});
      const auto label = industry_classification({act, band});
      EXPECT_EQ(label.value_or(""), found == expected.end() ? "" : found->second.first) << to_word(act) << ' ' << to_word(band);
      EXPECT_EQ(baseline({act, band}), found == expected.end() ? Baseline::no : found->second.second)
          << to_word(act) << ' ' << to_word(band);
    }
}

}  // namespace
}  // namespace tutela
