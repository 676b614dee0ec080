#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/mac.h"
#include "crypto/signature.h"
#include "ledger/key_chain.h"
#include "store/store.h"

namespace tutela::ledger {

struct EpochRow;
struct LeaseRow;
struct OpeningPayload;

// How long numbering rests after its holder was killed on a store of several processes. Short is safe: a holder that sleeps
// longer is refused by its fencing number, whatever any clock says.
inline constexpr Duration kLeaseTime{5'000};
inline constexpr std::int64_t kBatchLeavesMax = 1'000;
// How often who may number looks for entries that another process staged; of its own it hears at once. Announced at each commit
// (NOTIFY), all commits of a PostgreSQL would wait for one lock; a look at an empty table costs nothing to speak of.
inline constexpr std::chrono::milliseconds kLookEvery{250};

// Numbers committed staged entries, puts them into the tree and signs. One at a time in a cluster, by a lease whose fencing
// number is checked inside the very commit that numbers: a holder that slept through its lease cannot commit. Used by one thread.
class Sequencer {
 public:
  struct Parts {
    std::string name;  // of the node, part of every origin; is_key_name()
    const crypto::KeyPair& signing_key;
    const crypto::SubjectKey& subject_key;
    const Clock& clock;
    Random& random;
    // A name that nobody else can use at the same time, where the store admits one process only: who comes back under it after a
    // crash goes on at once instead of waiting for its own lease. Absent: a random one.
    std::optional<Bytes> holder = std::nullopt;
    // Of the signing key and those before it. Absent: it was never changed.
    std::optional<KeyChain> keys = std::nullopt;
  };
  explicit Sequencer(Parts parts);

  // Opens epoch 1 of a new node, or after a restore one of a drawn number (epoch_number.h) behind every epoch that is known: of
  // the store, of `last_known` (a signed checkpoint kept by operator, witness or peer) and of the changes of the key. Its first
  // leaf commits to the last checkpoint known: the node's own, or `last_known` if that is of a larger tree or a later epoch.
  // Returns the epoch's number. corrupt, "ledger.forked" when last_known contradicts what the node holds, at whatever size and in
  // whatever epoch; limit, "ledger.too_many_epochs"; as open_checkpoint; as sequence_pending.
  Result<std::uint64_t> open_epoch(store::Store& store, const std::optional<std::string>& last_known);

  // Hands the log over to the next key, in one commit: the old key signs an entry `keys.signing_changed` that names it, the next
  // key signs the first leaf of the epoch that `succession` names. Done before, nothing happens. Whatever is staged goes into the
  // next epoch. The caller's signing key is the succession's old one. As open_epoch.
  Result<> hand_over(store::Store& store, const Succession& succession, const crypto::KeyPair& next_key);

  // One batch of at most kBatchLeavesMax: numbers, integrates, signs and stores the checkpoint, all in one commit. Returns how
  // many; 0 when nothing waits. busy, "ledger.sequenced_elsewhere" while another holds the lease; conflict, "ledger.stale_lease"
  // when this one lost it (the next call asks for it again); not_found, "ledger.no_epoch"; denied, "ledger.key_changed" when
  // another process has changed the node's key since this one read it.
  Result<std::size_t> sequence_pending(store::Store& store);

  // Makes the tiles of a log that was written before there were any, from its leaves. Nothing to do in any other, and then it
  // writes nothing. sequence_pending and open_epoch begin with it.
  Result<> complete_tiles(store::Store& store);
  // Takes the lease ahead of what needs it. busy, "ledger.sequenced_elsewhere".
  Result<> hold(store::Store& store) { return ensure_lease(store); }
  // Gives the lease up, if held: the next one need not wait for its end.
  Result<> release(store::Store& store);

 private:
  bool is_held_elsewhere(const LeaseRow& lease) const;
  Result<> ensure_lease(store::Store& store);
  Result<> hold_lease(store::Transaction& tx);
  Result<> write_leased(store::Store& store, const std::function<Result<>(store::Transaction&)>& body);
  Result<> begin_epoch(store::Transaction& tx, const OpeningPayload& payload, const crypto::KeyPair& key);
  Result<> publish(store::Transaction& tx, const EpochRow& epoch, const crypto::KeyPair& key);
  Result<> check_key(store::Reader& reader, std::uint64_t epoch);
  Result<Checkpoint> last_known_of(store::Reader& reader, const EpochRow& epoch, const std::optional<std::string>& last_known);

  Parts parts_;
  KeyChain keys_;
  Bytes holder_;
  std::int64_t fencing_ = 0;  // 0 while no lease is held
  bool tiles_complete_ = false;
  std::uint64_t epoch_checked_ = 0;  // that its key is ours
};

}  // namespace tutela::ledger
