#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "doctor/checks.h"
#include "doctor/named_records.h"
#include "doctor/table_repository.h"
#include "ledger/ledger_repository.h"
#include "ledger/recorder.h"
#include "ledger/statement.h"
#include "ledger/tile.h"

// Every leaf is computed anew from what it opens to, every tree from its leaves, every subject's chain from its first entry;
// every checkpoint is one of these trees and signed; and every record of a report or an item has its first entry, every hold and
// every destruction the one that names it.
namespace tutela::doctor {
namespace {

constexpr std::int64_t kPageLeaves = 1'000;
constexpr std::int64_t kPageIds = 1'000;

// The trees one after the other; chains go on from one epoch to the next.
class LedgerLook {
 public:
  explicit LedgerLook(Examination& examination) : examination_(examination) {}

  Result<> run() {
    TUTELA_ASSIGN(const auto epochs, epochs_of_ledger(examination_.reader));
    if (epochs.empty()) {
      examination_.findings.damage("doctor.ledger_epoch", "no epoch");
      return {};
    }
    for (const auto& epoch : epochs) TUTELA_TRY(epoch_tree(epoch));
    return has_gap_ ? Result<>() : named_.compare(examination_);
  }

 private:
  Result<> epoch_tree(const StoredEpoch& epoch) {
    const auto where = "epoch " + std::to_string(epoch.number);
    TUTELA_ASSIGN(const auto checkpoints, checkpoints_of(examination_.reader, epoch.number));
    auto checkpoint = checkpoints.begin();
    ledger::Frontier frontier;
    ledger::TileEdge edge;
    const bool looks_at_tiles = examination_.depth == Depth::deep;
    const auto compare_tile = comparing_tiles(epoch.number, where);
    for (;;) {
      TUTELA_ASSIGN(const auto leaves,
                    ledger::leaves_from_index(examination_.reader, epoch.number, frontier.size(), kPageLeaves));
      for (const auto& leaf : leaves) {
        if (!add(leaf, frontier, where)) return {};
        if (looks_at_tiles) TUTELA_TRY(edge.append(leaf.hash, compare_tile));
        while (checkpoint != checkpoints.end() && checkpoint->size == frontier.size())
          TUTELA_TRY(compare(*checkpoint++, epoch, frontier, where));
      }
      if (leaves.size() < static_cast<std::size_t>(kPageLeaves)) break;
    }
    if (looks_at_tiles) TUTELA_TRY(edge.each_partial(compare_tile));
    examination_.findings.looked_at("ledger entries", static_cast<std::int64_t>(frontier.size()));
    if (frontier.size() == 0) examination_.findings.damage("doctor.ledger_epoch", where, "its first leaf");
    if (checkpoint != checkpoints.end())
      examination_.findings.damage("doctor.ledger_gap", where, "leaves that were signed are missing");
    if (checkpoints.empty() || checkpoints.back().size != frontier.size())
      examination_.findings.damage("doctor.ledger_root", where, "the last leaves are not signed");
    if (epoch.size != frontier.size() || epoch.frontier != frontier.encode())
      examination_.findings.damage("doctor.ledger_root", where, "the epoch's row");
    last_ = ledger::Checkpoint{{epoch.name, epoch.number}, frontier.size(), frontier.root()};
    return {};
  }

  // False when nothing behind it can be checked.
  bool add(const ledger::LeafRow& leaf, ledger::Frontier& frontier, const std::string& where) {
    const auto place = std::to_string(leaf.index);
    if (leaf.index != frontier.size()) {
      examination_.findings.damage("doctor.ledger_gap", where, place);
      has_gap_ = true;
      return false;
    }
    if (ledger::leaf_hash(leaf.opening) != leaf.hash) examination_.findings.damage("doctor.ledger_changed", where, place);
    auto& head = heads_[leaf.opening.subject];
    if (leaf.opening.n != head.n + 1 || leaf.opening.previous != head.hash || (head.n > 0 && leaf.born_at != head.born_at))
      examination_.findings.damage("doctor.ledger_gap", where + ", a subject's chain", place);
    head = {leaf.opening.n, leaf.hash, leaf.born_at};
    if (leaf.index == 0) open_epoch(leaf, where);
    named_.note(leaf.opening);
    frontier.append(leaf.hash);
    return true;
  }

  // A tile as it follows from the leaves, beside the stored one.
  ledger::TileEdge::Full comparing_tiles(std::uint64_t epoch, const std::string& where) {
    return [this, epoch, where](const ledger::TileId& id, std::span<const ledger::Hash> hashes) -> Result<> {
      const auto stored = ledger::find_tile(examination_.reader, epoch, id);
      if (!stored || !std::ranges::equal(*stored, hashes))
        examination_.findings.damage("doctor.ledger_root", where + ", tiles", fmt::format("{}/{}", id.level, id.position));
      return {};
    };
  }

  // The first leaf names the epoch that it follows, and commits to the last checkpoint known before it: ours, or of a larger tree
  // or of an epoch that was lost.
  void open_epoch(const ledger::LeafRow& leaf, const std::string& where) {
    const auto payload = ledger::parse_opening_payload(leaf.opening.payload);
    if (leaf.opening.kind != "ledger.epoch_opened" || !payload || payload->epoch != leaf.epoch ||
        payload->previous.has_value() != last_.has_value() || payload->follows != (last_ ? last_->origin.epoch : 0)) {
      examination_.findings.damage("doctor.ledger_epoch", where, "its first leaf");
      return;
    }
    if (!last_) return;
    const auto& previous = *payload->previous;
    const bool of_lost = previous.origin.name == last_->origin.name && previous.origin.epoch > last_->origin.epoch &&
                         previous.origin.epoch < leaf.epoch;
    if (of_lost) return;
    if (previous.origin != last_->origin || previous.size < last_->size ||
        (previous.size == last_->size && previous.root != last_->root))
      examination_.findings.damage("doctor.ledger_epoch", where, "what it follows from");
  }

  Result<> compare(const StoredCheckpoint& stored, const StoredEpoch& epoch, const ledger::Frontier& frontier,
                   const std::string& where) {
    const auto place = std::to_string(stored.size);
    const auto opened = ledger::open_checkpoint(stored.note, examination_.keys.key_chain());
    if (!opened) {
      examination_.findings.damage("doctor.ledger_signature", where, place);
    } else if (opened->origin != ledger::Origin{epoch.name, epoch.number} || opened->size != stored.size ||
               opened->root != frontier.root()) {
      examination_.findings.damage("doctor.ledger_root", where, place);
    }
    return {};
  }

  Examination& examination_;
  std::map<ledger::SubjectPseudonym, ledger::SubjectHead> heads_;
  std::optional<ledger::Checkpoint> last_;
  NamedRecords named_;
  bool has_gap_ = false;  // what the leaves behind it name is not known
};

Result<> check_trees(Examination& examination) { return LedgerLook(examination).run(); }

// What a row of the table leaves in the ledger when it comes into being, under one of two words, in the chain of what `owner`
// names.
struct FirstEntry {
  std::string_view table;
  std::string_view owner;
  std::string_view subject_type;
  std::array<std::string_view, 2> kinds;
};
constexpr std::array kFirstEntries{
    FirstEntry{"report", "id", "report", {"report.received"}},
    FirstEntry{"item", "id", "item", {"item.created"}},
    FirstEntry{"item_view", "item_id", "item", {"item.viewed", "address.handed_out"}},
    FirstEntry{"assessment", "item_id", "item", {"assessment.given"}},
    FirstEntry{"verdict", "item_id", "item", {"verdict.given", "verdict.inherited"}},
    FirstEntry{"concern", "id", "concern", {"concern.received"}},
    FirstEntry{"referral", "id", "referral", {"referral.drafted"}},
    FirstEntry{"notice", "id", "notice", {"notice.drafted"}},
    FirstEntry{"incoming_referral", "id", "incoming", {"incoming.received"}},
    FirstEntry{"bank", "id", "bank", {"bank.created"}},
    FirstEntry{"api_token", "id", "token", {"token.issued"}},
    FirstEntry{"member", "id", "member", {"member.added"}},
    FirstEntry{"media_export", "item_id", "item", {"export.requested"}},
    FirstEntry{"retention_schedule", "id", "schedule", {"retention.schedule_begun"}},
};

// Whatever came into being has its entry (I3), numbered or still staged: as many of the words as there are rows, for rows may go
// and entries never do.
Result<> check_recorded(Examination& examination) {
  const auto& key = examination.keys.subject_key();
  for (const auto& first : kFirstEntries) {
    Bytes after(16, 0);
    for (;;) {
      TUTELA_ASSIGN(const auto owners, owners_after(examination.reader, first.table, first.owner, after, kPageIds));
      for (const auto& owner : owners) {
        TUTELA_ASSIGN(const auto entries,
                      count_recorded(examination.reader, ledger::chain_of(key, first.subject_type, owner.id), first.kinds));
        if (entries < owner.rows)
          examination.findings.damage("doctor.not_recorded", std::string(first.table), encode_hex(owner.id),
                                      owner.rows - entries);
      }
      if (owners.size() < static_cast<std::size_t>(kPageIds) || examination.depth != Depth::deep) break;
      after = owners.back().id;
    }
  }
  return {};
}

}  // namespace

std::vector<Check> ledger_checks() {
  return {
      {"ledger.trees",
       "every leaf, chain, tree, checkpoint and epoch is computed anew; holds and destructions are those it names", check_trees},
      {"ledger.recorded", "whatever came into being, every view among it, has its entry", check_recorded}};
}

}  // namespace tutela::doctor
