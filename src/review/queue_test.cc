#include "review/queue.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "review/testing.h"

namespace tutela::review {
namespace {

using namespace testing;
using std::chrono::hours;
using ::testing::ElementsAre;

const MemberId kAna = numbered<MemberId>(1);
const MemberId kBen = numbered<MemberId>(2);

QueueItem item(std::uint8_t number, ItemState state = ItemState::queued) {
  return {.id = numbered<ItemId>(number), .state = state, .is_new = true, .first_seen_at = kNow};
}

std::vector<ItemId> ids_of(const std::vector<QueueItem>& items) {
  std::vector<ItemId> ids;
  for (const QueueItem& each : items) ids.push_back(each.id);
  return ids;
}

TEST(Queue, UrgentThenNotSafeThenNewThenOldest) {
  QueueItem urgent_known = item(5);
  urgent_known.is_urgent = true;
  urgent_known.is_new = false;
  urgent_known.first_seen_at = kNow + hours{9};
  QueueItem known = item(1);
  known.is_new = false;
  known.first_seen_at = kNow - hours{9};
  QueueItem older = item(4);
  older.first_seen_at = kNow - hours{1};
  QueueItem safe = item(2);
  safe.is_safe = true;
  safe.first_seen_at = kNow - hours{99};
  std::vector<QueueItem> items = {safe, known, item(3), older, urgent_known, item(0)};
  const auto expected = ElementsAre(numbered<ItemId>(5), numbered<ItemId>(4), numbered<ItemId>(0), numbered<ItemId>(3),
                                    numbered<ItemId>(1), numbered<ItemId>(2));
  std::ranges::sort(items, {}, &QueueItem::id);
  do {
    auto sorted = items;
    sort_queue(sorted);
    ASSERT_THAT(ids_of(sorted), expected);
  } while (std::ranges::next_permutation(items, {}, &QueueItem::id).found);
}

TEST(Queue, ASafeMatchHidesNothing) {
  QueueItem safe = item(1);
  safe.is_safe = true;
  EXPECT_EQ(queue_for(kAna, std::vector{safe}).size(), 1U);
  safe.is_urgent = true;
  std::vector<QueueItem> items = {item(2), safe};
  sort_queue(items);
  EXPECT_EQ(items.front().id, safe.id) << "urgent comes first, whatever else is known";
}

TEST(Queue, HoldsWhatThisMemberCanTake) {
  for (const ItemState state : kItemStates) {
    const bool waits = state == ItemState::matched || state == ItemState::queued || state == ItemState::needs_second;
    EXPECT_EQ(queue_for(kAna, std::vector{item(1, state)}).size(), waits ? 1U : 0U) << to_word(state);
  }
  QueueItem leased = item(1, ItemState::in_review);
  leased.leased_by = kBen;
  EXPECT_TRUE(queue_for(kAna, std::vector{leased}).empty());
  EXPECT_EQ(queue_for(kBen, std::vector{leased}).size(), 1U) << "one's own lease stays in sight";
  leased.state = ItemState::queued;
  EXPECT_TRUE(queue_for(kAna, std::vector{leased}).empty());
}

TEST(Queue, NobodyIsGivenWhatTheyAssessed) {
  QueueItem assessed = item(1, ItemState::needs_second);
  assessed.assessed_by = {kAna};
  EXPECT_TRUE(queue_for(kAna, std::vector{assessed}).empty());
  EXPECT_EQ(queue_for(kBen, std::vector{assessed}).size(), 1U);
}

TEST(QueueCounts, SayHowManyHowOldAndWhatIsLate) {
  QueueItem urgent = item(1);
  urgent.is_urgent = true;
  urgent.first_seen_at = kNow - hours{5};
  urgent.due_at = kNow - hours{1};
  QueueItem second = item(2, ItemState::needs_second);
  second.is_new = false;
  second.due_at = kNow + hours{3};
  QueueItem reviewed = item(3, ItemState::in_review);
  reviewed.first_seen_at = kNow - hours{50};
  reviewed.due_at = kNow + hours{2};
  QueueItem safe = item(4, ItemState::matched);
  safe.is_safe = true;
  QueueItem done = item(5, ItemState::final);
  done.first_seen_at = kNow - hours{500};
  done.due_at = kNow - hours{400};
  const auto counts = count_queue(std::vector{urgent, second, reviewed, safe, done}, kNow);
  EXPECT_EQ(counts.waiting, 3);
  EXPECT_EQ(counts.urgent, 1);
  EXPECT_EQ(counts.is_new, 2);
  EXPECT_EQ(counts.needs_second, 1);
  EXPECT_EQ(counts.safe, 1);
  EXPECT_EQ(counts.in_review, 1);
  EXPECT_EQ(counts.overdue, 1);
  EXPECT_EQ(counts.oldest_at, kNow - hours{5});
  EXPECT_EQ(counts.next_due_at, kNow + hours{2});
  EXPECT_EQ(count_queue({}, kNow).oldest_at, std::nullopt);
}

}  // namespace
}  // namespace tutela::review
