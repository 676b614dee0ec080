#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// What waits to leave the node. A row is written in the transaction that decided it, never sent directly (I6).
namespace tutela::filing {

struct OutboxRow {
  OutboxId id;
  std::string kind;  // referral, supplement, notice
  Bytes subject_id;
  std::string destination;  // authority name, or "smtp"
  std::string idempotency_key;
  std::string state;  // waiting, done, given_up
  std::int64_t attempts = 0;
  Time next_at;
  std::optional<std::string> last_reason;
  Bytes wrapped_key;
  Bytes sealed_payload;
  Time created_at;
  std::int64_t version = 1;
};

// conflict, "store.duplicate_key" when the idempotency key was used before.
Result<> insert_outbox(store::Transaction& tx, const OutboxRow& row);
// Waiting and due, oldest first.
Result<std::vector<OutboxRow>> due_outbox(store::Reader& reader, Time now, std::int64_t count_max);
struct OutboxCounts {
  std::int64_t waiting = 0;
  std::optional<Time> oldest_at;  // when the oldest of them was written
};
Result<OutboxCounts> count_outbox(store::Reader& reader);
Result<std::optional<OutboxRow>> find_outbox_by_key(store::Reader& reader, const std::string& idempotency_key);
// Writes state, attempts, next_at and last_reason on the version the row was read with.
Result<> update_outbox(store::Transaction& tx, const OutboxRow& row);

}  // namespace tutela::filing
