#include "law/assessment.h"

#include <gtest/gtest.h>

namespace tutela::law {
namespace {

Country country(std::string_view code) { return *Country::parse(code); }

class Assessment : public ::testing::Test {
 protected:
  JurisdictionTable table_ = *built_in_table();
  const Classification clear_{Act::a, AgeBand::prepubescent};
};

TEST_F(Assessment, AUnitedStatesPlatformMustTellTheClearingHouse) {
  const auto view = evaluate(table_, clear_, {country("US"), std::nullopt, country("US")}, OrganisationKind::platform);
  EXPECT_TRUE(view.unknown_where.empty());
  ASSERT_EQ(view.must_tell.size(), 1U);
  EXPECT_EQ(view.must_tell[0].row, "US/cybertipline");
  EXPECT_EQ(view.must_tell[0].kind, AuthorityKind::clearing_house);
  EXPECT_FALSE(view.must_tell[0].deadline_is_law);
  ASSERT_EQ(view.illegal_where.size(), 2U);
  EXPECT_EQ(view.illegal_where[0].role, CountryRole::hosting);
}

TEST_F(Assessment, AHotlineMayButNeedNot) {
  const auto view = evaluate(table_, clear_, {country("DE"), std::nullopt, country("DE")}, OrganisationKind::hotline);
  EXPECT_TRUE(view.must_tell.empty());
  ASSERT_FALSE(view.may_tell.empty());
  for (const auto& tell : view.may_tell) EXPECT_FALSE(tell.is_duty);
}

TEST_F(Assessment, AForeignDutyNeverBindsUs) {
  const auto view = evaluate(table_, clear_, {country("US"), std::nullopt, country("DE")}, OrganisationKind::platform);
  for (const auto& tell : view.must_tell) EXPECT_EQ(tell.country, country("DE"));
  bool from_abroad = false;
  for (const auto& tell : view.may_tell) {
    EXPECT_NE(tell.row, "US/cybertipline");
    from_abroad = from_abroad || tell.row == "US/cybertipline_from_abroad";
  }
  EXPECT_TRUE(from_abroad);
}

TEST_F(Assessment, WhatNobodyToldUsIsUnknown) {
  const auto view = evaluate(table_, clear_, {std::nullopt, std::nullopt, country("DE")}, OrganisationKind::hotline);
  ASSERT_EQ(view.unknown_where.size(), 1U);
  EXPECT_EQ(view.unknown_where[0].why, WhyUnknown::no_country);
  EXPECT_EQ(view.unknown_where[0].role, CountryRole::hosting);
}

TEST_F(Assessment, ACountryWithoutRowsIsUnknown) {
  const auto view = evaluate(table_, clear_, {country("IS"), country("PE"), country("DE")}, OrganisationKind::hotline);
  ASSERT_EQ(view.unknown_where.size(), 2U);
  for (const auto& unknown : view.unknown_where) EXPECT_EQ(unknown.why, WhyUnknown::no_rows);
}

TEST_F(Assessment, AnAgeNobodyCouldTellIsNotCovered) {
  const auto view =
      evaluate(table_, {Act::a, AgeBand::unknown}, {country("GB"), std::nullopt, country("GB")}, OrganisationKind::hotline);
  EXPECT_TRUE(view.illegal_where.empty());
  ASSERT_EQ(view.unknown_where.size(), 2U);
  EXPECT_EQ(view.unknown_where[0].why, WhyUnknown::not_covered);
}

// Every pair of act and age band in every country: dismissed ones ask nothing, the others are illegal there or unknown there.
TEST_F(Assessment, EveryPairHasAnAnswerInEveryCountry) {
  for (const auto& [code, jurisdiction] : table_.all())
    for (const auto act : kActs)
      for (const auto band : kAgeBands) {
        const auto view = evaluate(table_, {act, band}, {code, std::nullopt, code}, OrganisationKind::platform);
        const bool dismissed = act == Act::not_illegal || act == Act::out_of_remit || band == AgeBand::adult;
        EXPECT_EQ(view.illegal_where.size() + view.unknown_where.size(), dismissed ? 0U : 2U)
            << code.text() << to_word(act) << to_word(band);
        if (is_actionable(act) &&
            (band == AgeBand::infant_toddler || band == AgeBand::prepubescent || band == AgeBand::pubescent)) {
          EXPECT_EQ(view.illegal_where.size(), 2U) << code.text() << to_word(act) << to_word(band);
        }
      }
}

TEST_F(Assessment, AConcernWithoutACountryIsUnknown) {
  EXPECT_EQ(
      evaluate_concern(table_, {std::nullopt, std::nullopt, country("DE")}, OrganisationKind::platform).unknown_where.size(), 1U);
  const auto view = evaluate_concern(table_, {std::nullopt, country("DE"), country("DE")}, OrganisationKind::platform);
  EXPECT_TRUE(view.unknown_where.empty());
  EXPECT_TRUE(view.illegal_where.empty());
  ASSERT_EQ(view.must_tell.size(), 1U);
  EXPECT_EQ(view.must_tell[0].row, "DE/bka_hosting_service");
}

TEST_F(Assessment, RetentionComesFromTheRowOfOurKind) {
  const auto keep = retention_after_filing(table_, country("US"), OrganisationKind::platform);
  ASSERT_TRUE(keep);
  EXPECT_EQ(keep->keep, std::chrono::days(365));
  EXPECT_EQ(keep->row, "US/preservation");
  EXPECT_FALSE(retention_after_filing(table_, country("US"), OrganisationKind::hotline));
  EXPECT_FALSE(retention_after_filing(table_, country("IS"), OrganisationKind::platform));
}

}  // namespace
}  // namespace tutela::law
