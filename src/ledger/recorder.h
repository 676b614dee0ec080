#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

#include "base/id.h"
#include "base/random.h"
#include "crypto/mac.h"
#include "ledger/event.h"
#include "ledger/pace.h"
#include "store/store.h"

namespace tutela::ledger {

// HMAC-SHA-256(subject key, u32 length of type ‖ type ‖ id).
SubjectPseudonym pseudonym_of(const crypto::SubjectKey& key, std::string_view subject_type, BytesView subject_id);

// With the time out of an id that is a UUIDv7.
Chain chain_of(const crypto::SubjectKey& key, std::string_view subject_type, BytesView subject_id);

// The chain of the node itself: sign-ins, mandates, epochs.
inline constexpr std::string_view kNodeSubjectType = "node";
inline constexpr std::size_t kSubjectIdBytesMax = 48;

// Puts events into the transaction that makes them true (I3). Thread-safe. Outlives nothing it refers to.
class Recorder {
 public:
  // `wake` is called after each commit that staged something; it should wake the sequencer's loop and return at once.
  Recorder(const crypto::SubjectKey& subject_key, Random& random, std::function<void()> wake);

  // Stages one entry. Two entries recorded one after the other by this process are numbered in that order. An unknown kind or a
  // malformed subject type is a bug and aborts. limit, "ledger.payload_too_large"; internal, "ledger.payload_not_canonical" (not
  // JSON with sorted keys and no white space); errors of the store.
  Result<> record(store::Transaction& tx, const Event& event);

  Pace& pace() { return pace_; }

 private:
  Uuid next_id(Time at);

  const crypto::SubjectKey& subject_key_;
  Random& random_;
  const std::function<void()> wake_;
  Pace pace_;
  std::mutex mutex_;
  Time last_time_{};           // guarded by mutex_
  std::uint16_t counter_ = 0;  // guarded by mutex_
};

}  // namespace tutela::ledger
