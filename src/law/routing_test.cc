#include "law/routing.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::law {
namespace {

Country country(std::string_view code) { return *Country::parse(code); }

class Routing : public ::testing::Test {
 protected:
  LegalView view(std::optional<Country> hosting, std::string_view node, OrganisationKind kind, Classification classification) {
    return evaluate(table_, classification, {hosting, std::nullopt, country(node)}, kind);
  }
  static WhyMember why(const Route& route) {
    EXPECT_TRUE(std::holds_alternative<MemberMustDecide>(route));
    return std::get<MemberMustDecide>(route).why;
  }

  JurisdictionTable table_ = *built_in_table();
  const Classification clear_{Act::a, AgeBand::prepubescent};
  const Time now_ = from_unix_ms(1'790'000'000'000);
  const AdoptedAuthority german_police_{"police-de", country("DE"), AuthorityKind::police};
  const AdoptedAuthority clearing_house_{"clearing-us", country("US"), AuthorityKind::clearing_house};
};

TEST_F(Routing, HomeDutyGoesToTheHomeAuthority) {
  const std::array adopted{german_police_, clearing_house_};
  const auto route = law::route(view(country("DE"), "DE", OrganisationKind::platform, clear_), adopted, now_);
  ASSERT_TRUE(std::holds_alternative<ToAuthority>(route));
  const auto& to = std::get<ToAuthority>(route);
  EXPECT_EQ(to.authority, "police-de");
  EXPECT_EQ(to.row, "DE/bka_hosting_service");
  EXPECT_EQ(to.due, now_ + std::chrono::hours(24));
  EXPECT_FALSE(to.deadline_is_law);
}

TEST_F(Routing, AHotlineAtHomeGoesToTheAuthorityThatARowNames) {
  const std::array adopted{german_police_};
  const auto route = law::route(view(country("DE"), "DE", OrganisationKind::hotline, clear_), adopted, now_);
  ASSERT_TRUE(std::holds_alternative<ToAuthority>(route));
  EXPECT_EQ(std::get<ToAuthority>(route).row, "DE/bka_hotline");
}

TEST_F(Routing, UnknownCountryWaitsForAMemberWithAClock) {
  const std::array adopted{german_police_, clearing_house_};
  for (const auto& hosting : {std::optional<Country>{}, std::optional<Country>{country("IS")}}) {
    const auto route = law::route(view(hosting, "DE", OrganisationKind::hotline, clear_), adopted, now_);
    EXPECT_EQ(why(route), WhyMember::unknown_country);
    const auto& task = std::get<MemberMustDecide>(route);
    EXPECT_EQ(task.due, now_ + kRoutingClock);
    EXPECT_EQ(task.suggested, std::vector<std::string>{"police-de"});
  }
}

TEST_F(Routing, AbroadOnlyWhereARowTakesItAndTheChannelIsOfItsKind) {
  const auto from_germany = view(country("US"), "DE", OrganisationKind::hotline, clear_);
  const auto at = [&](std::vector<AdoptedAuthority> adopted) { return law::route(from_germany, adopted, now_); };
  EXPECT_TRUE(std::holds_alternative<ToAuthority>(at({clearing_house_})));
  EXPECT_EQ(why(at({})), WhyMember::no_adopted_authority);
  EXPECT_EQ(why(at({german_police_})), WhyMember::no_adopted_authority);
  EXPECT_EQ(why(at({{"police-us", country("US"), AuthorityKind::police}})), WhyMember::no_adopted_authority);
  EXPECT_EQ(why(at({{"unknown-us", country("US"), std::nullopt}})), WhyMember::no_adopted_authority);
  EXPECT_EQ(why(at({clearing_house_, {"other-us", country("US"), AuthorityKind::clearing_house}})),
            WhyMember::several_authorities);
  // No Australian row takes anything from abroad.
  const std::array australia{AdoptedAuthority{"police-au", country("AU"), AuthorityKind::police}};
  EXPECT_EQ(why(law::route(view(country("AU"), "DE", OrganisationKind::hotline, clear_), australia, now_)),
            WhyMember::abroad_not_foreseen);
}

TEST_F(Routing, ASoleChannelOfUnknownKindIsGoodEnoughAtHome) {
  const std::array adopted{AdoptedAuthority{"some-de", country("DE"), std::nullopt}};
  EXPECT_TRUE(std::holds_alternative<ToAuthority>(
      law::route(view(country("DE"), "DE", OrganisationKind::platform, clear_), adopted, now_)));
}

TEST_F(Routing, DependsAndUnknownLawAndNothingIllegalGoToAMember) {
  const std::array adopted{german_police_};
  EXPECT_EQ(why(law::route(view(country("DE"), "DE", OrganisationKind::platform, {Act::c, AgeBand::pubescent}), adopted, now_)),
            WhyMember::depends);
  EXPECT_EQ(why(law::route(view(country("DE"), "DE", OrganisationKind::platform, {Act::a, AgeBand::unknown}), adopted, now_)),
            WhyMember::unknown_law);
  EXPECT_EQ(
      why(law::route(view(country("DE"), "DE", OrganisationKind::platform, {Act::not_illegal, AgeBand::unknown}), adopted, now_)),
      WhyMember::not_illegal);
}

TEST_F(Routing, AConcernGoesToThePersonsCountryOrToAMember) {
  const std::array adopted{german_police_};
  const auto concern = [&](std::optional<Country> person, std::string_view node) {
    return law::route(evaluate_concern(table_, {std::nullopt, person, country(node)}, OrganisationKind::hotline), adopted, now_);
  };
  EXPECT_TRUE(std::holds_alternative<ToAuthority>(concern(country("DE"), "DE")));
  EXPECT_EQ(why(concern(std::nullopt, "DE")), WhyMember::unknown_country);
  EXPECT_EQ(why(concern(country("DE"), "US")), WhyMember::abroad_not_foreseen);
}

TEST_F(Routing, TheTaskIsDueWithTheShortestDuty) {
  auto short_duty = view(std::nullopt, "DE", OrganisationKind::platform, clear_);
  ASSERT_FALSE(short_duty.must_tell.empty());
  short_duty.must_tell[0].deadline = std::chrono::hours(1);
  EXPECT_EQ(std::get<MemberMustDecide>(law::route(short_duty, {}, now_)).due, now_ + std::chrono::hours(1));
}

// Over random facts: an automatic route is never to a country without an adopted authority, and never abroad unless a row says
// so.
TEST_F(Routing, NeverAutomaticallyAbroadWithoutARow) {
  const std::uint64_t seed = 77;
  RecordProperty("seed", std::to_string(seed));
  SeededRandom random(seed);
  const std::array codes{"DE", "US", "GB", "AU", "CA", "IS"};
  const auto pick = [&]() { return country(codes[random.next() % codes.size()]); };
  int automatic = 0;
  for (int round = 0; round < 5'000; ++round) {
    const Classification classification{kActs[random.next() % kActs.size()], kAgeBands[random.next() % kAgeBands.size()]};
    Countries countries{std::nullopt, std::nullopt, pick()};
    if (random.next() % 4 != 0) countries.hosting = pick();
    if (random.next() % 2 != 0) countries.uploader = pick();
    std::vector<AdoptedAuthority> adopted;
    for (std::uint64_t i = random.next() % 4; i > 0; --i) {
      std::optional<AuthorityKind> kind;
      if (random.next() % 3 != 0) kind = static_cast<AuthorityKind>(random.next() % 4);
      adopted.push_back({"authority-" + std::to_string(i), pick(), kind});
    }
    const auto kind = kOrganisationKinds[random.next() % kOrganisationKinds.size()];
    const auto view =
        random.next() % 2 == 0 ? evaluate(table_, classification, countries, kind) : evaluate_concern(table_, countries, kind);
    const auto route = law::route(view, adopted, now_);
    const auto* to = std::get_if<ToAuthority>(&route);
    if (to == nullptr) continue;
    ++automatic;
    EXPECT_TRUE(view.unknown_where.empty());
    EXPECT_GT(to->due, now_);
    bool is_adopted = false;
    for (const auto& authority : adopted)
      is_adopted = is_adopted || (authority.name == to->authority && authority.country == to->country);
    EXPECT_TRUE(is_adopted);
    if (to->country == countries.node) continue;
    bool allowed = false;
    for (const auto& row : table_.find(to->country)->tell)
      allowed = allowed || (row.reference == to->row && row.takes_from_abroad);
    EXPECT_TRUE(allowed) << to->row;
  }
  EXPECT_GT(automatic, 20);
}

}  // namespace
}  // namespace tutela::law
