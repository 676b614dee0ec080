#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "store/store.h"

namespace tutela::store {

// How long a holder that died keeps others waiting.
inline constexpr Duration kWorkLeaseTime{15'000};

// A store for background work that only one process of a cluster may do at a time. Every write() confirms the lease inside its
// own transaction by holder and fencing number, and prolongs it: a holder that slept through its lease cannot commit. Reads are
// the store's own. Used by one thread; what it refers to outlives it.
class LeasedStore final : public Store {
 public:
  struct Lease {
    std::string name;  // of the work: "outbox", "clocks"
    // Who asks. The same holder goes on at once after a crash, so it must be one that nobody else can use at the same time.
    Bytes holder;
  };
  LeasedStore(Store& store, const Clock& clock, Lease lease);

  // Takes the lease, or prolongs it. busy, "store.leased_elsewhere" while another holds it; errors of Store::write().
  Result<> hold();
  // 0 while none is held. Grows each time the work changes hands.
  std::int64_t fencing() const { return fencing_; }

  // conflict, "store.stale_lease" when the lease went to another, or hold() was not called; otherwise as Store::write().
  Result<> write(const std::function<Result<>(Transaction&)>& body) override;
  Result<> read(const std::function<Result<>(Reader&)>& body) override { return store_.read(body); }
  Result<> wait_for_writers() override { return store_.wait_for_writers(); }
  std::int64_t wait_for_news(std::int64_t seen, std::chrono::milliseconds at_most) override {
    return store_.wait_for_news(seen, at_most);
  }
  std::string_view backend() const override { return store_.backend(); }

 private:
  Result<> confirm(Transaction& tx);

  Store& store_;
  const Clock& clock_;
  const Lease lease_;
  std::int64_t fencing_ = 0;
};

}  // namespace tutela::store
