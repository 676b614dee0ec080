#include "ledger/sequencer.h"

#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "base/check.h"
#include "ledger/epoch_number.h"
#include "ledger/ledger_repository.h"
#include "ledger/recorder.h"
#include "ledger/statement.h"

namespace tutela::ledger {
namespace {

// Leaves read at once where tiles are made anew.
constexpr std::int64_t kLeavesAtOnce = 4'096;

// Gives the staged entries their places: index in the tree, number and predecessor in the subject's chain.
Result<> integrate(store::Transaction& tx, EpochRow& epoch, std::span<const StagedRow> batch) {
  const auto number = epoch.origin.epoch;
  TUTELA_ASSIGN(auto edge, TileEdge::load(epoch.frontier.size(), tiles_of(tx, number)));
  std::vector<Chain> chains;
  std::map<SubjectPseudonym, SubjectHead> heads;
  for (const auto& staged : batch)
    if (heads.try_emplace(staged.chain.subject).second) chains.push_back(staged.chain);
  TUTELA_ASSIGN(const auto found, heads_of(tx, chains));
  for (std::size_t i = 0; i < chains.size(); ++i) heads[chains[i].subject] = found[i];

  const auto put = [&](const TileId& id, std::span<const Hash> hashes) { return put_tile(tx, number, id, hashes); };
  std::vector<LeafRow> leaves;
  leaves.reserve(batch.size());
  for (const auto& staged : batch) {
    auto& head = heads[staged.chain.subject];
    LeafRow leaf{number,
                 epoch.frontier.size(),
                 {staged.kind, staged.chain.subject, head.n + 1, head.hash, staged.at, staged.payload, staged.salt},
                 {},
                 head.born_at};
    leaf.hash = leaf_hash(leaf.opening);
    head = {leaf.opening.n, leaf.hash, head.born_at};
    epoch.frontier.append(leaf.hash);
    TUTELA_TRY(edge.append(leaf.hash, put));
    leaves.push_back(std::move(leaf));
  }
  TUTELA_TRY(edge.each_partial(put));
  return insert_leaves(tx, leaves);
}

// The tiles of the leaves that stand in rows, from where they end.
Result<> tile_leaves(store::Transaction& tx, const EpochRow& epoch) {
  const auto number = epoch.origin.epoch;
  const auto size = epoch.frontier.size();
  TUTELA_ASSIGN(auto edge, TileEdge::load(epoch.tiled, tiles_of(tx, number)));
  const auto put = [&](const TileId& id, std::span<const Hash> hashes) { return put_tile(tx, number, id, hashes); };
  while (edge.size() < size) {
    TUTELA_ASSIGN(const auto leaves, leaves_from_index(tx, number, edge.size(), kLeavesAtOnce));
    if (leaves.empty()) return fail(ErrorCode::corrupt, "ledger.missing_leaf");
    for (const auto& leaf : leaves) {
      if (leaf.index != edge.size() || leaf.index >= size) return fail(ErrorCode::corrupt, "ledger.missing_leaf");
      TUTELA_TRY(edge.append(leaf.hash, put));
    }
  }
  TUTELA_TRY(edge.each_partial(put));
  return update_epoch(tx, epoch, size);
}

// Canonical JSON: sorted keys, no white space.
std::string encode_change(const Succession& succession) {
  return R"({"by":"node","epoch":)" + std::to_string(succession.epoch) + R"(,"next":")" + encode_base64(succession.next_key) +
         R"(","old":")" + encode_base64(succession.old_key) + R"("})";
}

}  // namespace

Sequencer::Sequencer(Parts parts)
    : parts_(std::move(parts)), keys_(parts_.keys.value_or(KeyChain(parts_.signing_key.public_key()))) {
  TUTELA_CHECK(is_key_name(encode_origin({parts_.name, kEpochMax})));
  if (parts_.holder) {
    holder_ = *parts_.holder;
    return;
  }
  const auto holder = parts_.random.bytes<16>();
  holder_.assign(holder.begin(), holder.end());
}

bool Sequencer::is_held_elsewhere(const LeaseRow& lease) const {
  return lease.holder != holder_ && lease.expires_at > parts_.clock.now();
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
    if (is_held_elsewhere(*lease)) return fail(ErrorCode::busy, "ledger.sequenced_elsewhere");
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

Result<> Sequencer::publish(store::Transaction& tx, const EpochRow& epoch, const crypto::KeyPair& key) {
  const Checkpoint checkpoint{epoch.origin, epoch.frontier.size(), epoch.frontier.root()};
  TUTELA_TRY(tx.announce());
  return insert_checkpoint(tx, checkpoint, sign_checkpoint(checkpoint, key), parts_.clock.now());
}

// One origin never has two keys: a process that read the keys before they were changed may not sign in the epoch of the next key.
Result<> Sequencer::check_key(store::Reader& reader, std::uint64_t epoch) {
  if (epoch == epoch_checked_) return {};
  TUTELA_ASSIGN(const auto note, last_checkpoint(reader, epoch));
  const auto opened = open_checkpoint(note, parts_.signing_key.public_key());
  if (!opened && opened.error().reason == Reason("note.wrong_key")) return fail(ErrorCode::denied, "ledger.key_changed");
  TUTELA_TRY(opened);
  epoch_checked_ = epoch;
  return {};
}

// The last checkpoint known: ours, or a larger or later one that somebody kept.
Result<Checkpoint> Sequencer::last_known_of(store::Reader& reader, const EpochRow& epoch,
                                            const std::optional<std::string>& last_known) {
  TUTELA_ASSIGN(const auto own_note, last_checkpoint(reader, epoch.origin.epoch));
  TUTELA_ASSIGN(auto own, open_checkpoint(own_note, keys_));
  if (!last_known) return own;
  TUTELA_ASSIGN(auto known, open_checkpoint(*last_known, keys_));
  // Of an epoch that the copy never held: nothing of it is here, so nothing can contradict it.
  if (known.origin.name == own.origin.name && known.origin.epoch > own.origin.epoch) return known;
  if (known.origin.name != own.origin.name) return fail(ErrorCode::corrupt, "ledger.forked");
  TUTELA_ASSIGN(const auto of_known, find_epoch(reader, known.origin.epoch));
  // An epoch that was lost whole, of which the copy has nothing either.
  if (!of_known) return own;
  if (known.size <= of_known->frontier.size()) {
    TileTree tree(of_known->frontier.size(), tiles_of(reader, known.origin.epoch));
    TUTELA_ASSIGN(const auto root, root_of_first(known.size, tree.nodes()));
    if (root != known.root) return fail(ErrorCode::corrupt, "ledger.forked");
    return own;
  }
  return known.origin == own.origin ? known : own;
}

Result<> Sequencer::begin_epoch(store::Transaction& tx, const OpeningPayload& payload, const crypto::KeyPair& key) {
  TUTELA_ASSIGN(const auto epochs, epoch_numbers(tx));
  if (epochs.size() >= kEpochsMax || payload.epoch > kEpochMax) return fail(ErrorCode::limit, "ledger.too_many_epochs");
  const auto now = parts_.clock.now();
  EpochRow epoch{{parts_.name, payload.epoch}, {}, now};
  const StagedRow opening{{},  "ledger.epoch_opened",           chain_of(parts_.subject_key, kNodeSubjectType, {}),
                          now, encode_opening_payload(payload), parts_.random.bytes<32>()};
  TUTELA_TRY(integrate(tx, epoch, std::span(&opening, 1)));
  TUTELA_TRY(insert_epoch(tx, epoch));
  return publish(tx, epoch, key);
}

Result<std::uint64_t> Sequencer::open_epoch(store::Store& store, const std::optional<std::string>& last_known) {
  OpeningPayload payload{1, 0, std::nullopt};
  const auto open = [&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto before, current_epoch(tx));
    if (before) {
      TUTELA_ASSIGN(payload.previous, last_known_of(tx, *before, last_known));
      payload.follows = before->origin.epoch;
      const auto known = std::max({payload.previous->origin.epoch, payload.follows, keys_.epoch_known()});
      payload.epoch = draw_epoch(known, parts_.clock.now(), parts_.random);
    } else if (last_known) {
      return fail(ErrorCode::not_found, "ledger.no_epoch");
    }
    return begin_epoch(tx, payload, parts_.signing_key);
  };
  TUTELA_TRY(complete_tiles(store));
  TUTELA_TRY(write_leased(store, open));
  return payload.epoch;
}

Result<> Sequencer::hand_over(store::Store& store, const Succession& succession, const crypto::KeyPair& next_key) {
  TUTELA_CHECK(parts_.signing_key.public_key() == succession.old_key && next_key.public_key() == succession.next_key);
  TUTELA_TRY(complete_tiles(store));
  return write_leased(store, [&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto epoch, current_epoch(tx));
    if (!epoch) return fail(ErrorCode::not_found, "ledger.no_epoch");
    if (epoch->origin.epoch >= succession.epoch) return {};
    TUTELA_TRY(check_key(tx, epoch->origin.epoch));
    const auto size_before = epoch->frontier.size();
    const StagedRow change{{},
                           "keys.signing_changed",
                           chain_of(parts_.subject_key, kNodeSubjectType, {}),
                           parts_.clock.now(),
                           encode_change(succession),
                           parts_.random.bytes<32>()};
    TUTELA_TRY(integrate(tx, *epoch, std::span(&change, 1)));
    TUTELA_TRY(update_epoch(tx, *epoch, size_before));
    TUTELA_TRY(publish(tx, *epoch, parts_.signing_key));
    const Checkpoint last{epoch->origin, epoch->frontier.size(), epoch->frontier.root()};
    return begin_epoch(tx, {succession.epoch, epoch->origin.epoch, last}, next_key);
  });
}

Result<> Sequencer::complete_tiles(store::Store& store) {
  if (tiles_complete_) return {};
  TUTELA_ASSIGN(const auto epochs, store::in_snapshot<std::vector<EpochRow>>(store, untiled_epochs));
  for (const auto& epoch : epochs)
    TUTELA_TRY(write_leased(store, [&](store::Transaction& tx) { return tile_leaves(tx, epoch); }));
  tiles_complete_ = true;
  return {};
}

Result<> Sequencer::release(store::Store& store) {
  if (fencing_ == 0) return {};
  TUTELA_TRY(store.write([&](store::Transaction& tx) { return end_lease(tx, {holder_, fencing_, {}}); }));
  fencing_ = 0;
  return {};
}

Result<std::size_t> Sequencer::sequence_pending(store::Store& store) {
  TUTELA_TRY(complete_tiles(store));
  std::size_t count = 0;
  // Asked first on a snapshot, so that an idle node writes nothing, nor one that looks while another numbers.
  const auto look = [&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto waiting, oldest_staged(reader, 1));
    count = waiting.size();
    if (count == 0 || fencing_ != 0) return {};
    TUTELA_ASSIGN(const auto lease, find_lease(reader));
    if (lease && is_held_elsewhere(*lease)) return fail(ErrorCode::busy, "ledger.sequenced_elsewhere");
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
    TUTELA_TRY(check_key(tx, epoch->origin.epoch));
    TUTELA_TRY(integrate(tx, *epoch, batch));
    TUTELA_TRY(delete_staged_until(tx, batch.back().id, batch.size()));
    TUTELA_TRY(update_epoch(tx, *epoch, size_before));
    return publish(tx, *epoch, parts_.signing_key);
  };
  TUTELA_TRY(write_leased(store, sequence));
  return count;
}

}  // namespace tutela::ledger
