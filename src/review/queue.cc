#include "review/queue.h"

#include <algorithm>
#include <tuple>

namespace tutela::review {
namespace {

bool is_waiting(const QueueItem& item) {
  return item.state == ItemState::matched || item.state == ItemState::queued || item.state == ItemState::needs_second;
}

auto order_of(const QueueItem& item) {
  return std::tuple(!item.is_urgent, item.is_safe, !item.is_new, item.first_seen_at, item.id);
}

void keep_earlier(std::optional<Time>& earliest, Time candidate) {
  if (!earliest || candidate < *earliest) earliest = candidate;
}

}  // namespace

bool is_before(const QueueItem& left, const QueueItem& right) { return order_of(left) < order_of(right); }

void sort_queue(std::vector<QueueItem>& items) { std::ranges::sort(items, is_before); }

std::vector<QueueItem> queue_for(const MemberId& member, std::span<const QueueItem> items) {
  std::vector<QueueItem> queue;
  for (const QueueItem& item : items) {
    const bool is_mine = item.leased_by == member;
    const bool is_open = is_mine ? is_waiting(item) || item.state == ItemState::in_review : is_waiting(item) && !item.leased_by;
    if (is_open && std::ranges::find(item.assessed_by, member) == item.assessed_by.end()) queue.push_back(item);
  }
  sort_queue(queue);
  return queue;
}

QueueCounts count_queue(std::span<const QueueItem> items, Time now) {
  QueueCounts counts;
  for (const QueueItem& item : items) {
    const bool waits = is_waiting(item);
    const bool is_in_review = item.state == ItemState::in_review;
    if (!waits && !is_in_review) continue;
    if (is_in_review) ++counts.in_review;
    if (item.due_at) {
      if (*item.due_at < now) {
        ++counts.overdue;
      } else {
        keep_earlier(counts.next_due_at, *item.due_at);
      }
    }
    if (!waits) continue;
    ++counts.waiting;
    if (item.is_urgent) ++counts.urgent;
    if (item.is_new) ++counts.is_new;
    if (item.is_safe) ++counts.safe;
    if (item.state == ItemState::needs_second) ++counts.needs_second;
    keep_earlier(counts.oldest_at, item.first_seen_at);
  }
  return counts;
}

}  // namespace tutela::review
