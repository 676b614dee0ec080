#include "ledger/sequencer.h"

#include <map>

#include "base/check.h"
#include "ledger/ledger_repository.h"
#include "ledger/recorder.h"
#include "ledger/statement.h"

namespace tutela::ledger {
namespace {

// Gives the staged entries their places: index in the tree, number and predecessor in the subject's chain.
class Integration {
 public:
  Integration(store::Transaction& tx, EpochRow& epoch) : tx_(tx), epoch_(epoch) {}

  Result<> add(const StagedRow& staged) {
    TUTELA_ASSIGN(auto* head, find_head(staged.subject));
    LeafRow leaf{epoch_.origin.epoch,
                 epoch_.frontier.size(),
                 {staged.kind, staged.subject, head->n + 1, head->hash, staged.at, staged.payload, staged.salt},
                 {}};
    leaf.hash = leaf_hash(leaf.opening);
    TUTELA_TRY(insert_leaf(tx_, leaf));
    for (const auto& node : epoch_.frontier.append(leaf.hash)) TUTELA_TRY(insert_node(tx_, epoch_.origin.epoch, node));
    *head = {leaf.opening.n, leaf.hash};
    return {};
  }

 private:
  Result<SubjectHead*> find_head(const SubjectPseudonym& subject) {
    auto found = heads_.find(subject);
    if (found == heads_.end()) {
      TUTELA_ASSIGN(const auto head, head_of(tx_, subject));
      found = heads_.emplace(subject, head).first;
    }
    return &found->second;
  }

  store::Transaction& tx_;
  EpochRow& epoch_;
  std::map<SubjectPseudonym, SubjectHead> heads_;
};

}  // namespace

Sequencer::Sequencer(Parts parts) : parts_(std::move(parts)) {
  TUTELA_CHECK(is_key_name(encode_origin({parts_.name, UINT64_MAX})));
  if (parts_.holder) {
    holder_ = *parts_.holder;
    return;
  }
  const auto holder = parts_.random.bytes<16>();
  holder_.assign(holder.begin(), holder.end());
}

Result<> Sequencer::ensure_lease(store::Store& store) {
  if (fencing_ != 0) return {};
  const auto now = parts_.clock.now();
  std::int64_t fencing = 0;
  const auto take = [&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto lease, find_lease(tx));
    if (!lease) {
      fencing = 1;
      return insert_lease(tx, {holder_, fencing, now + kLeaseTime});
    }
    if (lease->holder != holder_ && lease->expires_at > now) return fail(ErrorCode::busy, "ledger.sequenced_elsewhere");
    fencing = lease->fencing + 1;
    return take_lease(tx, {holder_, fencing, now + kLeaseTime}, lease->fencing);
  };
  TUTELA_TRY(store.write(take));
  fencing_ = fencing;
  return {};
}

Result<> Sequencer::hold_lease(store::Transaction& tx) {
  TUTELA_ASSIGN(const auto held, renew_lease(tx, {holder_, fencing_, parts_.clock.now() + kLeaseTime}));
  if (!held) return fail(ErrorCode::conflict, "ledger.stale_lease");
  return {};
}

// Runs `body` in a transaction that commits only while the lease is ours. Losing it is remembered, so that the next call asks
// again.
Result<> Sequencer::write_leased(store::Store& store, const std::function<Result<>(store::Transaction&)>& body) {
  TUTELA_TRY(ensure_lease(store));
  auto written = store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(hold_lease(tx));
    return body(tx);
  });
  if (!written && written.error().code == ErrorCode::conflict) fencing_ = 0;
  return written;
}

Result<> Sequencer::publish(store::Transaction& tx, const EpochRow& epoch) {
  const Checkpoint checkpoint{epoch.origin, epoch.frontier.size(), epoch.frontier.root()};
  return insert_checkpoint(tx, checkpoint, sign_checkpoint(checkpoint, parts_.signing_key), parts_.clock.now());
}

// The last checkpoint known of the epoch before: ours, or a larger one that somebody kept.
Result<Checkpoint> Sequencer::last_known_of(store::Reader& reader, const EpochRow& epoch,
                                            const std::optional<std::string>& last_known) {
  const auto& key = parts_.signing_key.public_key();
  TUTELA_ASSIGN(const auto own_note, last_checkpoint(reader, epoch.origin.epoch));
  TUTELA_ASSIGN(auto own, open_checkpoint(own_note, key));
  if (!last_known) return own;
  TUTELA_ASSIGN(const auto known, open_checkpoint(*last_known, key));
  if (known.origin != own.origin || (known.size == own.size && known.root != own.root))
    return fail(ErrorCode::corrupt, "ledger.forked");
  return known.size > own.size ? known : own;
}

Result<std::uint64_t> Sequencer::open_epoch(store::Store& store, const std::optional<std::string>& last_known) {
  std::uint64_t number = 0;
  const auto open = [&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto before, current_epoch(tx));
    std::optional<Checkpoint> previous;
    if (before) {
      TUTELA_ASSIGN(previous, last_known_of(tx, *before, last_known));
    } else if (last_known) {
      return fail(ErrorCode::not_found, "ledger.no_epoch");
    }
    number = before ? before->origin.epoch + 1 : 1;
    if (number > kEpochsMax) return fail(ErrorCode::limit, "ledger.too_many_epochs");
    const auto now = parts_.clock.now();
    EpochRow epoch{{parts_.name, number}, {}, now};
    TUTELA_TRY(Integration(tx, epoch).add({{},
                                           "ledger.epoch_opened",
                                           pseudonym_of(parts_.subject_key, kNodeSubjectType, {}),
                                           now,
                                           encode_opening_payload(number, previous),
                                           parts_.random.bytes<32>()}));
    TUTELA_TRY(insert_epoch(tx, epoch));
    return publish(tx, epoch);
  };
  TUTELA_TRY(write_leased(store, open));
  return number;
}

Result<std::size_t> Sequencer::sequence_pending(store::Store& store) {
  std::size_t count = 0;
  // Asked first on a snapshot, so that an idle node writes nothing.
  const auto look = [&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto waiting, oldest_staged(reader, 1));
    count = waiting.size();
    return {};
  };
  TUTELA_TRY(store.read(look));
  if (count == 0) return 0;
  const auto sequence = [&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto epoch, current_epoch(tx));
    if (!epoch) return fail(ErrorCode::not_found, "ledger.no_epoch");
    const auto size_before = epoch->frontier.size();
    TUTELA_ASSIGN(const auto batch, oldest_staged(tx, kBatchLeavesMax));
    count = batch.size();
    if (batch.empty()) return {};
    Integration integration(tx, *epoch);
    for (const auto& staged : batch) {
      TUTELA_TRY(integration.add(staged));
      TUTELA_TRY(delete_staged(tx, staged));
    }
    TUTELA_TRY(update_epoch(tx, *epoch, size_before));
    return publish(tx, *epoch);
  };
  TUTELA_TRY(write_leased(store, sequence));
  return count;
}

}  // namespace tutela::ledger
