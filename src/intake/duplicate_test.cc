#include "intake/duplicate.h"

#include <gmock/gmock.h>

namespace tutela::intake {
namespace {

const ItemId kFirst = ItemId::from_bytes(Bytes(16, 1)).value();
const ItemId kSecond = ItemId::from_bytes(Bytes(16, 2)).value();

// "d1 a2 new completes2": links by digest and address, and what else is done.
std::string decide(const KnownContent& known) {
  const auto decision = decide_duplicate(known);
  std::string text;
  const auto number = [](const ItemId& item) { return item == kFirst ? "1" : "2"; };
  for (const ItemLink& link : decision.links)
    text += std::string(link.reason == LinkReason::same_digest ? "d" : "a") + number(link.item) + " ";
  if (decision.creates_item) text += "new ";
  if (decision.completes) text += std::string("completes") + number(*decision.completes) + " ";
  return text;
}

TEST(Duplicate, NothingKnownIsANewItem) {
  EXPECT_EQ(decide({}), "new ");
  EXPECT_EQ(decide({.has_digest = true}), "new ");
}

TEST(Duplicate, SameBytesAreTheSameItemWhereverTheyStand) {
  EXPECT_EQ(decide({.by_digest = kFirst, .has_digest = true}), "d1 ");
  EXPECT_EQ(decide({.by_digest = kFirst, .by_address = kFirst, .has_digest = true, .address_item_has_digest = true}), "d1 ");
  EXPECT_EQ(decide({.by_digest = kFirst, .by_address = kSecond, .has_digest = true, .address_item_has_digest = true}), "d1 a2 ");
  EXPECT_EQ(decide({.by_digest = kFirst, .by_address = kSecond, .has_digest = true}), "d1 a2 ");
}

TEST(Duplicate, TheSameAddressWithoutBytesIsTheSameItem) {
  EXPECT_EQ(decide({.by_address = kSecond}), "a2 ");
  EXPECT_EQ(decide({.by_address = kSecond, .address_item_has_digest = true}), "a2 ");
}

TEST(Duplicate, NewBytesAtAKnownAddressCompleteItOrAreNew) {
  EXPECT_EQ(decide({.by_address = kSecond, .has_digest = true}), "a2 completes2 ");
  EXPECT_EQ(decide({.by_address = kSecond, .has_digest = true, .address_item_has_digest = true}), "a2 new ");
}

// Whatever is known: a report is linked to something old or makes something new, and no item is linked twice.
TEST(Duplicate, NothingIsLostAndNothingDoubled) {
  for (unsigned bits = 0; bits < 32; ++bits) {
    KnownContent known;
    known.has_digest = (bits & 1U) != 0;
    if ((bits & 2U) != 0 && known.has_digest) known.by_digest = kFirst;
    if ((bits & 4U) != 0) known.by_address = (bits & 8U) != 0 ? kFirst : kSecond;
    known.address_item_has_digest = (bits & 16U) != 0;
    const auto decision = decide_duplicate(known);
    EXPECT_TRUE(decision.creates_item || !decision.links.empty()) << bits;
    EXPECT_FALSE(decision.creates_item && decision.completes) << bits;
    EXPECT_FALSE(known.by_digest && decision.creates_item) << bits;
    if (decision.links.size() == 2) {
      EXPECT_NE(decision.links[0].item, decision.links[1].item) << bits;
    }
  }
}

TEST(LinkReason, WordsRoundTrip) {
  for (const LinkReason reason : {LinkReason::same_digest, LinkReason::same_address})
    EXPECT_EQ(*parse_link_reason(to_word(reason)), reason);
  EXPECT_EQ(parse_link_reason("").error().reason, Reason("report.unknown_link_reason"));
}

}  // namespace
}  // namespace tutela::intake
