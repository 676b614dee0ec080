#include "store/leased_store.h"

namespace tutela::store {

LeasedStore::LeasedStore(Store& store, const Clock& clock, Lease lease)
    : store_(store), clock_(clock), lease_(std::move(lease)) {}

Result<> LeasedStore::hold() {
  if (fencing_ != 0) {
    const auto prolonged = write([](Transaction&) -> Result<> { return {}; });
    if (prolonged || prolonged.error().reason != Reason("store.stale_lease")) return prolonged;
  }
  std::int64_t fencing = 0;
  TUTELA_TRY(store_.write([&](Transaction& tx) -> Result<> {
    const Time now = clock_.now();
    TUTELA_ASSIGN(const auto row,
                  tx.query_one("SELECT holder, fencing, expires_at FROM work_lease WHERE name = $1", {lease_.name}));
    if (!row) {
      fencing = 1;
      TUTELA_TRY(tx.execute("INSERT INTO work_lease (name, holder, fencing, expires_at) VALUES ($1, $2, $3, $4)",
                            {lease_.name, lease_.holder, fencing, now + kWorkLeaseTime}));
      return {};
    }
    if (row->blob(0) != lease_.holder && row->time(2) > now) return fail(ErrorCode::busy, "store.leased_elsewhere");
    fencing = row->integer(1) + 1;
    return tx.execute_versioned(
        "UPDATE work_lease SET holder = $3, fencing = $4, expires_at = $5 WHERE name = $1 AND fencing = $2",
        {lease_.name, row->integer(1), lease_.holder, fencing, now + kWorkLeaseTime});
  }));
  fencing_ = fencing;
  return {};
}

// The row stays locked until the commit, so nobody takes it meanwhile.
Result<> LeasedStore::confirm(Transaction& tx) {
  TUTELA_ASSIGN(const auto changed,
                tx.execute("UPDATE work_lease SET expires_at = $4 WHERE name = $1 AND holder = $2 AND fencing = $3",
                           {lease_.name, lease_.holder, fencing_, clock_.now() + kWorkLeaseTime}));
  if (changed != 1) return fail(ErrorCode::conflict, "store.stale_lease");
  return {};
}

Result<> LeasedStore::write(const std::function<Result<>(Transaction&)>& body) {
  auto written = store_.write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(confirm(tx));
    return body(tx);
  });
  if (!written && written.error().reason == Reason("store.stale_lease")) fencing_ = 0;
  return written;
}

}  // namespace tutela::store
