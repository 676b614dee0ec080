#include "review/exposure.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "review/testing.h"
#include "review/verdict.h"

namespace tutela::review {
namespace {

using namespace testing;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const MemberId kAna = numbered<MemberId>(1);
const MemberId kBen = numbered<MemberId>(2);

ExposureRow exposure(std::int64_t used_seconds = 0, std::int64_t weight = 0) {
  return {.member_id = kAna, .shift_start = shift_start(kNow), .seconds = used_seconds, .weight = weight};
}

NewView new_view(ViewMode mode = ViewMode::full, std::optional<Act> suspected = std::nullopt) {
  return {.id = numbered<ViewId>(1),
          .item = numbered<ItemId>(1),
          .member = kAna,
          .location = mode == ViewMode::address ? std::optional(numbered<LocationId>(1)) : std::nullopt,
          .mode = mode,
          .suspected = suspected};
}

ViewAccount opened(ViewMode mode = ViewMode::full, const ExposureRow& used = exposure()) {
  return open_view(new_view(mode), used, kNow).value();
}

template <class T>
std::string_view reason_of(const Result<T>& result) {
  return result ? "fine" : result.error().reason.text();
}

TEST(Shift, BeginsEveryEightHoursUnlessToldOtherwise) {
  const Time midnight = Time{hours{24 * 20'000}};
  EXPECT_EQ(shift_start(midnight), midnight);
  EXPECT_EQ(shift_start(midnight + hours{8} - milliseconds{1}), midnight);
  EXPECT_EQ(shift_start(midnight + hours{8}), midnight + hours{8});
  ExposureRules rules;
  rules.shift = hours{24};
  rules.shift_begins_at = hours{6};
  EXPECT_EQ(shift_start(midnight + hours{6}, rules), midnight + hours{6});
  EXPECT_EQ(shift_start(midnight + hours{5}, rules), midnight - hours{18});
  EXPECT_EQ(shift_start(Time{} - hours{1}), Time{} - hours{8});
}

TEST(Weight, CountsModeAndSeverityAndTheUnknownAsTheWorst) {
  EXPECT_EQ(view_weight(ViewMode::blurred, Act::c), 1);
  EXPECT_EQ(view_weight(ViewMode::grey, Act::b), 4);
  EXPECT_EQ(view_weight(ViewMode::full, Act::a), 12);
  EXPECT_EQ(view_weight(ViewMode::address, Act::not_illegal), 4);
  for (const ViewMode mode : kViewModes) {
    for (const Act act : kActs) EXPECT_LE(view_weight(mode, act), view_weight(mode, std::nullopt));
    EXPECT_EQ(view_weight(mode, std::nullopt), view_weight(mode, Act::a));
  }
}

TEST(OpenView, ChargesItsPointsBeforeAnythingLeaves) {
  const auto account = opened(ViewMode::grey, exposure(10, 20));
  EXPECT_EQ(account.exposure.weight, 26);
  EXPECT_EQ(account.exposure.seconds, 10);
  EXPECT_EQ(account.view.mode, "grey");
  EXPECT_EQ(account.view.opened_at, kNow);
  EXPECT_EQ(account.view.closed_at, std::nullopt);
}

TEST(OpenView, StopsHardWhenTheBudgetIsSpent) {
  const ExposureRules rules;
  EXPECT_EQ(reason_of(open_view(new_view(), exposure(rules.seconds_max - 1, 0), kNow)), "fine");
  EXPECT_EQ(reason_of(open_view(new_view(), exposure(rules.seconds_max, 0), kNow)), "exposure.budget_spent");
  EXPECT_EQ(reason_of(open_view(new_view(), exposure(0, rules.weight_max - 12), kNow)), "fine");
  EXPECT_EQ(reason_of(open_view(new_view(), exposure(0, rules.weight_max - 11), kNow)), "exposure.budget_spent");
  EXPECT_EQ(reason_of(open_view(new_view(ViewMode::blurred, Act::c), exposure(0, rules.weight_max - 1), kNow)), "fine");
  EXPECT_EQ(open_view(new_view(), exposure(rules.seconds_max, 0), kNow).error().code, ErrorCode::limit);
  EXPECT_EQ(exposure_left(exposure(rules.seconds_max + 5, 0)).seconds, 0);
}

TEST(OpenView, AnAddressNamesItsLocationAndAPictureNone) {
  NewView without = new_view(ViewMode::address);
  without.location = std::nullopt;
  EXPECT_EQ(reason_of(open_view(without, exposure(), kNow)), "view.location");
  NewView with = new_view(ViewMode::full);
  with.location = numbered<LocationId>(1);
  EXPECT_EQ(reason_of(open_view(with, exposure(), kNow)), "view.location");
}

TEST(Beat, CountsTheServersSeconds) {
  auto account = opened();
  account = beat_view(account.view, account.exposure, kAna, kNow + milliseconds{4900}).value();
  EXPECT_EQ(account.view.seconds, 5);
  EXPECT_EQ(account.exposure.seconds, 5);
  account = beat_view(account.view, account.exposure, kAna, kNow + milliseconds{10'100}).value();
  EXPECT_EQ(account.exposure.seconds, 11);
  account = close_view(account.view, account.exposure, kAna, 0, kNow + milliseconds{10'900}).value();
  EXPECT_EQ(account.exposure.seconds, 11);
  EXPECT_EQ(account.view.closed_at, kNow + milliseconds{10'900});
}

TEST(Beat, MoreBeatsCostNoMoreAndNoLess) {
  for (const std::int64_t every_ms : {1, 70, 999, 1000, 5000, 15'000}) {
    auto account = opened();
    for (std::int64_t at = every_ms; at < 30'000; at += every_ms)
      account = beat_view(account.view, account.exposure, kAna, kNow + milliseconds{at}).value();
    account = close_view(account.view, account.exposure, kAna, 0, kNow + seconds{30}).value();
    EXPECT_EQ(account.exposure.seconds, 30) << every_ms;
    EXPECT_EQ(account.view.seconds, 30) << every_ms;
  }
}

TEST(Beat, SilenceClosesAndIsChargedInFull) {
  const auto account = opened();
  EXPECT_FALSE(is_lost(account.view, kNow + seconds{15}));
  EXPECT_TRUE(is_lost(account.view, kNow + seconds{15} + milliseconds{1}));
  const auto late = beat_view(account.view, account.exposure, kAna, kNow + hours{3}).value();
  EXPECT_TRUE(late.must_stop);
  EXPECT_EQ(late.exposure.seconds, 15);
  EXPECT_EQ(late.view.closed_at, kNow + seconds{15});
  const auto lapsed = lapse_view(account.view, account.exposure, kNow + hours{3});
  EXPECT_EQ(lapsed.exposure.seconds, late.exposure.seconds);
  EXPECT_EQ(lapsed.view.closed_at, late.view.closed_at);
  const auto closed_late = close_view(account.view, account.exposure, kAna, 0, kNow + hours{3}).value();
  EXPECT_EQ(closed_late.exposure.seconds, 15);
  EXPECT_EQ(lapse_view(account.view, account.exposure, kNow + seconds{15}).view.closed_at, std::nullopt) << "not lost yet";
}

TEST(Beat, StopsAtTheLastSecond) {
  const ExposureRules rules;
  auto account = opened(ViewMode::full, exposure(rules.seconds_max - 5));
  account = beat_view(account.view, account.exposure, kAna, kNow + seconds{4}).value();
  EXPECT_FALSE(account.must_stop);
  account = beat_view(account.view, account.exposure, kAna, kNow + seconds{5}).value();
  EXPECT_TRUE(account.must_stop);
  EXPECT_TRUE(account.view.closed_at);
  EXPECT_EQ(reason_of(beat_view(account.view, account.exposure, kAna, kNow + seconds{6})), "view.closed");
}

TEST(Beat, AClockSetBackGivesNothingBack) {
  auto account = opened();
  account = beat_view(account.view, account.exposure, kAna, kNow + seconds{10}).value();
  account = beat_view(account.view, account.exposure, kAna, kNow - hours{1}).value();
  EXPECT_EQ(account.exposure.seconds, 10);
  EXPECT_EQ(account.view.last_beat_at, kNow + seconds{10});
}

TEST(Beat, IsOnesOwnAndOfAPicture) {
  const auto account = opened();
  EXPECT_EQ(reason_of(beat_view(account.view, account.exposure, kBen, kNow)), "view.unknown");
  EXPECT_EQ(reason_of(close_view(account.view, account.exposure, kBen, 0, kNow)), "view.unknown");
  EXPECT_EQ(reason_of(check_picture(account.view, kBen, kNow)), "view.unknown");
  const auto address = opened(ViewMode::address);
  EXPECT_EQ(reason_of(beat_view(address.view, address.exposure, kAna, kNow)), "view.no_picture");
  EXPECT_EQ(reason_of(check_picture(address.view, kAna, kNow)), "view.no_picture");
}

TEST(CloseView, AgainChangesNothing) {
  const auto account = opened();
  const auto once = close_view(account.view, account.exposure, kAna, 0, kNow + seconds{3}).value();
  const auto twice = close_view(once.view, once.exposure, kAna, 0, kNow + seconds{9}).value();
  EXPECT_EQ(twice.exposure.seconds, 3);
  EXPECT_EQ(twice.view.closed_at, once.view.closed_at);
}

TEST(CloseView, TakesDeclaredSecondsForAnAddressAlsoBeyondTheBudget) {
  const ExposureRules rules;
  const auto account = opened(ViewMode::address, exposure(rules.seconds_max - 10));
  EXPECT_FALSE(is_lost(account.view, kNow + hours{5})) << "an address waits for what its member declares";
  const auto closed = close_view(account.view, account.exposure, kAna, 90, kNow + hours{1}).value();
  EXPECT_EQ(closed.view.seconds, 90);
  EXPECT_EQ(closed.exposure.seconds, rules.seconds_max + 80);
  EXPECT_EQ(reason_of(may_view(closed.exposure, 1)), "exposure.budget_spent");
  EXPECT_EQ(reason_of(close_view(account.view, account.exposure, kAna, -1, kNow)), "view.declared_seconds");
  EXPECT_EQ(reason_of(close_view(account.view, account.exposure, kAna, kDeclaredSecondsMax + 1, kNow)), "view.declared_seconds");
  const auto picture = opened();
  EXPECT_EQ(reason_of(close_view(picture.view, picture.exposure, kAna, 1, kNow)), "view.declared_seconds");
}

TEST(Picture, LeavesOnlyWhileTheViewIsOpen) {
  const auto account = opened(ViewMode::grey);
  EXPECT_EQ(check_picture(account.view, kAna, kNow), ViewMode::grey);
  EXPECT_EQ(reason_of(check_picture(account.view, kAna, kNow + seconds{16})), "view.closed");
  const auto closed = close_view(account.view, account.exposure, kAna, 0, kNow + seconds{1}).value();
  EXPECT_EQ(reason_of(check_picture(closed.view, kAna, kNow + seconds{1})), "view.closed");
}

TEST(Declared, SecondsAreCountedOnce) {
  ViewRow address = view_row(numbered<ViewId>(1), "address");
  address.seconds = 40;
  ViewRow picture = view_row(numbered<ViewId>(2), "full");
  picture.seconds = 100;
  EXPECT_EQ(uncounted_seconds(60, std::vector{address, picture}), 20);
  EXPECT_EQ(uncounted_seconds(30, std::vector{address}), 0);
  EXPECT_EQ(uncounted_seconds(30, {}), 30);
  EXPECT_EQ(declare_seconds(exposure(5), 20).seconds, 25);
}

// Whatever a page sends and whenever, exposure never shrinks, a view never costs less than was looked at while it was open, and
// never more than the time it was open plus one lost beat.
TEST(Exposure, HoldsUnderAnyOrderOfBeats) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    auto account = opened();
    Time now = kNow;
    Time latest = kNow;
    std::int64_t before = 0;
    while (!account.view.closed_at) {
      now += milliseconds{static_cast<std::int64_t>(random.next() % 20'000) - 2000};
      latest = std::max(latest, now);
      const auto next = random.next() % 8 == 0 ? close_view(account.view, account.exposure, kAna, 0, now)
                                               : beat_view(account.view, account.exposure, kAna, now);
      ASSERT_TRUE(next) << "seed " << seed;
      account = *next;
      ASSERT_GE(account.exposure.seconds, before) << "seed " << seed;
      before = account.exposure.seconds;
      ASSERT_EQ(account.view.seconds, account.exposure.seconds) << "seed " << seed;
    }
    const Duration open = *account.view.closed_at - kNow;
    EXPECT_GE(account.view.seconds * 1000, open.count()) << "seed " << seed;
    EXPECT_LT(account.view.seconds * 1000, open.count() + 1000) << "seed " << seed;
    EXPECT_LE(*account.view.closed_at, latest + seconds{15}) << "seed " << seed;
  }
}

TEST(ViewMode, WordsRoundTrip) {
  for (const ViewMode mode : kViewModes) EXPECT_EQ(*parse_view_mode(to_word(mode)), mode);
  EXPECT_EQ(parse_view_mode("colour").error().reason, Reason("view.unknown_mode"));
}

}  // namespace
}  // namespace tutela::review
