#include <algorithm>

#include "ledger/excerpt.h"

namespace tutela::ledger {
namespace {

std::string at_epoch(std::uint64_t epoch) { return "epoch " + std::to_string(epoch); }
std::string at_entry(std::uint64_t n) { return "entry " + std::to_string(n); }

Result<KeyChain> keys_of(const Excerpt& excerpt, const crypto::PublicKey& trusted, std::string_view known) {
  TUTELA_ASSIGN(auto successions, join_successions(excerpt.successions, known));
  return KeyChain::make(trusted, std::move(successions));
}

Result<Statement> open_statement(const Excerpt& excerpt, const KeyChain& keys) {
  TUTELA_ASSIGN(const auto note, parse_note(excerpt.statement));
  const auto origin = parse_origin(note.key_name);
  if (!origin) return fail(ErrorCode::invalid, "excerpt.bad_statement", "key name");
  TUTELA_ASSIGN(const auto key, keys.key_of(*origin));
  TUTELA_TRY(verify_note(note, key));
  TUTELA_ASSIGN(auto statement, parse_statement(note.text));
  if (note.key_name != encode_origin(statement.checkpoints.back().origin))
    return fail(ErrorCode::invalid, "excerpt.bad_statement", "key name");
  return statement;
}

// Each checkpoint is genuine and the one that the statement was made about.
Result<> check_checkpoints(const Excerpt& excerpt, const Statement& statement, const KeyChain& keys) {
  if (excerpt.epochs.size() != statement.checkpoints.size())
    return fail(ErrorCode::corrupt, "excerpt.bad_epoch", "number of epochs");
  for (std::size_t i = 0; i < excerpt.epochs.size(); ++i) {
    TUTELA_ASSIGN(const auto checkpoint, open_checkpoint(excerpt.epochs[i].checkpoint, keys));
    if (checkpoint != statement.checkpoints[i])
      return fail(ErrorCode::corrupt, "excerpt.checkpoint_swapped", at_epoch(statement.checkpoints[i].origin.epoch));
  }
  return {};
}

// Each epoch's first leaf opens it and commits to the last known checkpoint of the one before, which is at least what is shown of
// it.
Result<std::vector<EpochReport>> check_epochs(const Excerpt& excerpt, const Statement& statement) {
  std::vector<EpochReport> reports;
  for (std::size_t i = 0; i < excerpt.epochs.size(); ++i) {
    const auto& opening = excerpt.epochs[i].opening;
    const auto& checkpoint = statement.checkpoints[i];
    const auto number = checkpoint.origin.epoch;
    const auto bad = [&] { return fail(ErrorCode::corrupt, "excerpt.bad_epoch", at_epoch(number)); };
    if (!verify_inclusion(leaf_hash(opening), {0, checkpoint.size}, opening.proof, checkpoint.root)) return bad();
    if (opening.subject != excerpt.epochs[0].opening.subject) return bad();
    const auto before = i == 0 ? std::nullopt : std::optional(statement.checkpoints[i - 1]);
    TUTELA_ASSIGN(const auto lost, verify_opening(opening, number, before));
    if (i > 0) reports[i - 1].lost = lost;
    reports.push_back({checkpoint, opening.at, {}});
  }
  return reports;
}

// The numbers alone: 1..n, in order, as many as the statement says.
Result<> check_numbers(const Excerpt& excerpt, const Statement& statement) {
  std::vector<std::uint64_t> numbers;
  for (const auto& entry : excerpt.entries) numbers.push_back(entry.n);
  const bool in_order = std::is_sorted(numbers.begin(), numbers.end());
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != i + 1) return fail(ErrorCode::corrupt, "excerpt.missing_entry", at_entry(i + 1));
  }
  if (!in_order) return fail(ErrorCode::corrupt, "excerpt.reordered");
  if (numbers.size() < statement.entries) return fail(ErrorCode::corrupt, "excerpt.cut_off", at_entry(numbers.size() + 1));
  if (numbers.size() > statement.entries)
    return fail(ErrorCode::corrupt, "excerpt.surplus_entry", at_entry(statement.entries + 1));
  return {};
}

// Each entry stands in its epoch's tree as it is shown here, later than the one before it, and names that one as its predecessor.
Result<> check_entries(const Excerpt& excerpt, const Statement& statement) {
  Hash previous{};
  const ExcerptEntry* before = nullptr;
  for (const auto& entry : excerpt.entries) {
    const auto bad = [&] { return fail(ErrorCode::corrupt, "excerpt.bad_entry", at_entry(entry.n)); };
    const auto checkpoint =
        std::ranges::find(statement.checkpoints, entry.epoch, [](const auto& one) { return one.origin.epoch; });
    if (checkpoint == statement.checkpoints.end()) return bad();
    const bool later =
        before == nullptr || entry.epoch > before->epoch || (entry.epoch == before->epoch && entry.index > before->index);
    const Hash leaf =
        leaf_hash(LeafOpening{entry.kind, statement.subject, entry.n, previous, entry.at, entry.payload, entry.salt});
    if (!later || !verify_inclusion(leaf, {entry.index, checkpoint->size}, entry.proof, checkpoint->root)) return bad();
    previous = leaf;
    before = &entry;
  }
  if (previous != statement.head) return fail(ErrorCode::corrupt, "excerpt.wrong_head");
  return {};
}

}  // namespace

Hash leaf_hash(const EpochOpening& opening) {
  return leaf_hash(LeafOpening{"ledger.epoch_opened", opening.subject, opening.n, opening.previous, opening.at, opening.payload,
                               opening.salt});
}

Result<Cut> verify_opening(const EpochOpening& opening, std::uint64_t epoch, const std::optional<Checkpoint>& before) {
  const auto bad = [&] { return fail(ErrorCode::corrupt, "excerpt.bad_epoch", at_epoch(epoch)); };
  const auto payload = parse_opening_payload(opening.payload);
  if (!payload || payload->epoch != epoch || payload->previous.has_value() != before.has_value()) return bad();
  if (payload->follows != (before ? before->origin.epoch : 0)) return bad();
  if (!before) return Cut{};
  const auto& known = *payload->previous;
  if (known.origin.name != before->origin.name || known.origin.epoch >= epoch || known.origin.epoch < before->origin.epoch)
    return bad();
  // Of an epoch that was lost: all its leaves, and whatever the one before it had behind these.
  if (known.origin.epoch > before->origin.epoch) return Cut{0, {{known.origin.epoch, known.size}}};
  if (known.size < before->size || (known.size == before->size && known.root != before->root)) return bad();
  return Cut{known.size - before->size, {}};
}

void note_lost(const Checkpoint& known, const Checkpoint& shown, Cut& cut) {
  if (known.origin.epoch != shown.origin.epoch) {
    auto& leaves = cut.epochs[known.origin.epoch];
    leaves = std::max(leaves, known.size);
  } else if (known.size > shown.size) {
    cut.leaves = std::max(cut.leaves, known.size - shown.size);
  }
}

Result<ExcerptReport> verify_excerpt(std::string_view text, const crypto::PublicKey& trusted, std::string_view successions) {
  TUTELA_ASSIGN(const auto excerpt, parse_excerpt(text));
  TUTELA_ASSIGN(const auto keys, keys_of(excerpt, trusted, successions));
  TUTELA_ASSIGN(const auto statement, open_statement(excerpt, keys));
  TUTELA_TRY(check_checkpoints(excerpt, statement, keys));
  TUTELA_ASSIGN(auto epochs, check_epochs(excerpt, statement));
  TUTELA_TRY(check_numbers(excerpt, statement));
  TUTELA_TRY(check_entries(excerpt, statement));
  ExcerptReport report{statement.checkpoints[0].origin.name, statement.about, std::move(epochs), {}, keys.successions()};
  for (const auto& entry : excerpt.entries)
    report.entries.push_back({entry.epoch, entry.index, entry.n, entry.kind, entry.at, entry.payload});
  return report;
}

}  // namespace tutela::ledger
