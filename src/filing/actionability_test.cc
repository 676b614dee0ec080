#include "filing/actionability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "filing/sample_messages.h"

namespace tutela::filing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ItemSubject& item_of(ReferralMessage& message) { return std::get<ItemSubject>(message.subject); }

TEST(Actionability, AWholeItemLacksNothing) { EXPECT_THAT(missing_for_action(sample::item()), IsEmpty()); }
TEST(Actionability, AWholeConcernLacksNothing) { EXPECT_THAT(missing_for_action(sample::concern()), IsEmpty()); }

TEST(Actionability, NamesWhatAnItemLacks) {
  auto message = sample::item();
  item_of(message).classification = {Act::indicative, AgeBand::unknown};
  message.law.clear();
  item_of(message).addresses.clear();
  EXPECT_THAT(missing_for_action(message), ElementsAre(Missing::actionable_verdict, Missing::law_row));
  item_of(message).fingerprints.clear();
  EXPECT_THAT(missing_for_action(message),
              ElementsAre(Missing::location_or_fingerprint, Missing::actionable_verdict, Missing::law_row));
}

TEST(Actionability, AnAddressGrowsStaleAfterAWeek) {
  auto message = sample::item();
  for (auto& address : item_of(message).addresses) address.seen_at = message.sent_at - std::chrono::days(7);
  EXPECT_THAT(missing_for_action(message), IsEmpty());
  for (auto& address : item_of(message).addresses) address.seen_at -= Duration{1};
  EXPECT_THAT(missing_for_action(message), ElementsAre(Missing::recent_sighting));
}

TEST(Actionability, NamesWhatAConcernLacks) {
  auto message = sample::concern();
  std::get<ConcernSubject>(message.subject).statement = Sensitive(std::string(" \n"));
  message.persons.erase(message.persons.begin());
  message.indicators.clear();
  EXPECT_THAT(missing_for_action(message), ElementsAre(Missing::child_described, Missing::statement, Missing::suspect_indicator));
  message.persons.clear();
  EXPECT_THAT(missing_for_action(message),
              ElementsAre(Missing::person_or_indicator, Missing::child_described, Missing::statement));
}

TEST(Actionability, OnlyAnUrgentConcernMustDescribeTheChild) {
  auto message = sample::concern();
  message.persons[0].description = Sensitive(std::string());
  EXPECT_THAT(missing_for_action(message), ElementsAre(Missing::child_described));
  message.urgent = false;
  EXPECT_THAT(missing_for_action(message), IsEmpty());
}

TEST(Actionability, AnotherPersonsIdentifierDoesNotFindTheSuspect) {
  auto message = sample::concern();
  message.indicators.pop_back();
  message.indicators[0].person = 0;
  EXPECT_THAT(missing_for_action(message), ElementsAre(Missing::suspect_indicator));
}

}  // namespace
}  // namespace tutela::filing
