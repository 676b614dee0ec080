#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/ids.h"
#include "review/item_state.h"

namespace tutela::review {

struct QueueItem {
  ItemId id;
  ItemState state = ItemState::queued;
  bool is_urgent = false;
  bool is_new = false;
  bool is_safe = false;
  Time first_seen_at;
  std::optional<Time> due_at;
  std::optional<MemberId> leased_by;  // live leases only
  std::vector<MemberId> assessed_by;
};

// Urgent first; then what matches a `safe` bank last; new above known; oldest first; ties by id. The same on every replica (I11).
bool is_before(const QueueItem& left, const QueueItem& right);
void sort_queue(std::vector<QueueItem>& items);

// What this member can work on now, in order: what waits, and what the member holds the lease of; nothing that the member
// assessed before.
std::vector<QueueItem> queue_for(const MemberId& member, std::span<const QueueItem> items);

struct QueueCounts {
  std::int64_t waiting = 0;  // matched, queued, needs_second
  std::int64_t urgent = 0;   // of these
  std::int64_t is_new = 0;
  std::int64_t needs_second = 0;
  std::int64_t safe = 0;
  std::int64_t in_review = 0;
  std::int64_t overdue = 0;       // due_at has passed, waiting or in review
  std::optional<Time> oldest_at;  // first_seen_at of the oldest that is waiting
  std::optional<Time> next_due_at;
};
QueueCounts count_queue(std::span<const QueueItem> items, Time now);

}  // namespace tutela::review
