#include "review/lease.h"

#include <gmock/gmock.h>

#include "review/testing.h"

namespace tutela::review {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using std::chrono::minutes;

const MemberId kAna = numbered<MemberId>(1);
const MemberId kBen = numbered<MemberId>(2);

LeaseClaim claim_by(const MemberId& member, int held = 0) {
  return {.item = numbered<ItemId>(1), .member = member, .held_by_member = held};
}

template <class T>
std::string_view reason_of(const Result<T>& result) {
  return result ? "granted" : result.error().reason.text();
}

TEST(Lease, IsClaimedForAWhile) {
  const auto lease = claim_lease(std::nullopt, claim_by(kAna), kNow);
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->member_id, kAna);
  EXPECT_EQ(lease->claimed_at, kNow);
  EXPECT_EQ(lease->until, kNow + minutes{15});
  EXPECT_TRUE(is_live(*lease, kNow + minutes{15} - milliseconds{1}));
  EXPECT_FALSE(is_live(*lease, kNow + minutes{15}));
}

TEST(Lease, IsNeverStolenWhileLive) {
  const auto lease = claim_lease(std::nullopt, claim_by(kAna), kNow);
  EXPECT_EQ(reason_of(claim_lease(*lease, claim_by(kBen), kNow + minutes{15} - milliseconds{1})), "lease.taken");
  EXPECT_EQ(reason_of(extend_lease(*lease, kBen, kNow)), "lease.taken");
  EXPECT_EQ(reason_of(check_lease(*lease, kBen, kNow)), "lease.taken");
}

TEST(Lease, IsTakenOverOnceExpiredOnTheVersionThatWasRead) {
  LeaseRow expired = *claim_lease(std::nullopt, claim_by(kAna), kNow);
  expired.version = 7;
  const auto taken = claim_lease(expired, claim_by(kBen), kNow + minutes{15});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->member_id, kBen);
  EXPECT_EQ(taken->claimed_at, kNow + minutes{15});
  EXPECT_EQ(taken->version, 7) << "the write names the row it replaces";
}

TEST(Lease, ClaimingOnesOwnAgainChangesNothing) {
  const auto lease = claim_lease(std::nullopt, claim_by(kAna), kNow);
  const auto again = claim_lease(*lease, claim_by(kAna, 3), kNow + minutes{5});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->until, lease->until);
}

TEST(Lease, OneMemberHoldsAFewOnly) {
  EXPECT_EQ(reason_of(claim_lease(std::nullopt, claim_by(kAna, 2), kNow)), "granted");
  EXPECT_EQ(reason_of(claim_lease(std::nullopt, claim_by(kAna, 3), kNow)), "lease.too_many");
  EXPECT_EQ(claim_lease(std::nullopt, claim_by(kAna, 3), kNow).error().code, ErrorCode::limit);
}

TEST(Lease, IsExtendedUpToItsLengthAndNoFurther) {
  LeaseRow lease = *claim_lease(std::nullopt, claim_by(kAna), kNow);
  Time now = kNow;
  int extensions = 0;
  while (true) {
    now += minutes{9};
    const auto extended = extend_lease(lease, kAna, now);
    if (!extended) {
      EXPECT_EQ(extended.error().reason, Reason("lease.too_long"));
      break;
    }
    EXPECT_GE(extended->until, lease.until);
    EXPECT_EQ(extended->claimed_at, kNow);
    lease = *extended;
    ++extensions;
    ASSERT_LT(extensions, 10);
  }
  EXPECT_EQ(lease.until, kNow + minutes{60});
  EXPECT_EQ(extensions, 5);
}

TEST(Lease, ExtendingAtOnceLosesNothing) {
  const LeaseRow lease = *claim_lease(std::nullopt, claim_by(kAna), kNow);
  EXPECT_EQ(extend_lease(lease, kAna, kNow)->until, lease.until);
  // A clock set back does not shorten it, either.
  EXPECT_EQ(extend_lease(lease, kAna, kNow - minutes{5})->until, lease.until);
}

TEST(Lease, NothingIsDoneWithoutALiveOne) {
  const LeaseRow lease = *claim_lease(std::nullopt, claim_by(kAna), kNow);
  EXPECT_EQ(reason_of(check_lease(lease, kAna, kNow)), "granted");
  EXPECT_EQ(reason_of(check_lease(std::nullopt, kAna, kNow)), "lease.none");
  EXPECT_EQ(reason_of(check_lease(lease, kAna, lease.until)), "lease.expired");
  EXPECT_EQ(reason_of(extend_lease(lease, kAna, lease.until)), "lease.expired");
  EXPECT_EQ(reason_of(check_lease(lease, kBen, lease.until)), "lease.none");
}

}  // namespace
}  // namespace tutela::review
