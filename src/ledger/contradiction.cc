#include "ledger/contradiction.h"

#include <algorithm>
#include <array>
#include <optional>

#include "ledger/statement.h"

namespace tutela::ledger {
namespace {

// A root that the node's key signed, and the note that says so: the checkpoint itself, or one whose tree begins with it.
struct SignedRoot {
  Checkpoint checkpoint;
  std::string note;
  bool is_named_by_opening;
};

struct PlacedEntry {
  std::uint64_t epoch;
  std::uint64_t index;
  Hash leaf;
};

// One of the two, after it was verified by itself.
struct HandedOut {
  std::vector<SignedRoot> roots;
  // Of an excerpt only.
  std::string statement_note;
  std::optional<Statement> statement;
  std::vector<PlacedEntry> entries;  // the n-th at n - 1
};

bool is_excerpt(std::string_view text) { return text.starts_with('{'); }

// The longest account of the changes of the key, when no two of them part.
Result<std::string> join_accounts(std::span<const std::string> accounts) {
  std::string longest;
  for (const auto& account : accounts) {
    TUTELA_TRY(join_successions(longest, account));
    if (account.size() > longest.size()) longest = account;
  }
  return longest;
}

Result<std::string> successions_in(std::string_view text) {
  if (!is_excerpt(text)) return std::string();
  TUTELA_ASSIGN(auto excerpt, parse_excerpt(text));
  return std::move(excerpt.successions);
}

Result<HandedOut> read_excerpt(std::string_view text, const crypto::PublicKey& key, std::string_view successions) {
  TUTELA_TRY(verify_excerpt(text, key, successions));
  TUTELA_ASSIGN(const auto excerpt, parse_excerpt(text));
  TUTELA_ASSIGN(const auto note, parse_note(excerpt.statement));
  TUTELA_ASSIGN(auto statement, parse_statement(note.text));
  HandedOut out{{}, excerpt.statement, {}, {}};
  for (std::size_t i = 0; i < excerpt.epochs.size(); ++i) {
    const auto& epoch = excerpt.epochs[i];
    out.roots.push_back({statement.checkpoints[i], epoch.checkpoint, false});
    TUTELA_ASSIGN(const auto opening, parse_opening_payload(epoch.opening.payload));
    if (opening.previous) out.roots.push_back({*opening.previous, epoch.checkpoint, true});
  }
  Hash previous{};
  for (const auto& entry : excerpt.entries) {
    previous = leaf_hash(LeafOpening{entry.kind, statement.subject, entry.n, previous, entry.at, entry.payload, entry.salt});
    out.entries.push_back({entry.epoch, entry.index, previous});
  }
  out.statement = std::move(statement);
  return out;
}

Result<HandedOut> read(std::string_view text, const crypto::PublicKey& key, std::string_view successions) {
  if (is_excerpt(text)) return read_excerpt(text, key, successions);
  TUTELA_ASSIGN(auto chain, parse_successions(successions));
  TUTELA_ASSIGN(const auto keys, KeyChain::make(key, std::move(chain)));
  TUTELA_ASSIGN(auto cosigned, parse_cosigned_note(text));
  TUTELA_ASSIGN(auto checkpoint, open_checkpoint(cosigned.note, keys));
  HandedOut out;
  out.roots.push_back({std::move(checkpoint), std::move(cosigned.note), false});
  return out;
}

std::string named_by(const SignedRoot& root, std::string_view which) {
  return root.is_named_by_opening ? "; the " + std::string(which) + " of these names it in its tree's first leaf" : std::string();
}

void compare_roots(const HandedOut& one, const HandedOut& other, std::vector<Equivocation>& found) {
  for (const auto& first : one.roots)
    for (const auto& second : other.roots)
      if (first.checkpoint.origin == second.checkpoint.origin && first.checkpoint.size == second.checkpoint.size &&
          first.checkpoint.root != second.checkpoint.root)
        found.push_back({first.note, second.note,
                         "two roots were signed for size " + std::to_string(first.checkpoint.size) + " of " +
                             encode_origin(first.checkpoint.origin) + named_by(first, "first") + named_by(second, "second")});
}

bool is_inside(const PlacedEntry& entry, const Statement& statement) {
  return std::ranges::any_of(statement.checkpoints, [&](const auto& checkpoint) {
    return checkpoint.origin.epoch == entry.epoch && entry.index < checkpoint.size;
  });
}

// The first entry that `shown` has inside the trees of `claimed` and that `claimed` says is not there. Trees only grow, so either
// the number that was signed is false, or the trees are not of one history.
void compare_numbers(const HandedOut& claimed, const HandedOut& shown, std::vector<Equivocation>& found) {
  for (std::size_t i = 0; i < shown.entries.size(); ++i) {
    const auto& entry = shown.entries[i];
    if (!is_inside(entry, *claimed.statement)) continue;
    const bool is_beyond = i >= claimed.entries.size();
    if (!is_beyond && claimed.entries[i].leaf == entry.leaf) continue;
    found.push_back(
        {claimed.statement_note, shown.statement_note,
         "entry " + std::to_string(i + 1) + " of " + shown.statement->about + " stands at index " + std::to_string(entry.index) +
             " of epoch " + std::to_string(entry.epoch) + ", inside the trees of which the first of these says that they have " +
             (is_beyond ? std::to_string(claimed.statement->entries) + " entries of it" : "another entry of that number") +
             "; the second excerpt proves it: keep both"});
    return;
  }
}

std::vector<Equivocation> compare(const HandedOut& one, const HandedOut& other) {
  std::vector<Equivocation> found;
  compare_roots(one, other, found);
  if (one.statement && other.statement && one.statement->subject == other.statement->subject) {
    compare_numbers(one, other, found);
    compare_numbers(other, one, found);
  }
  return found;
}

// Whether it is one of the excerpt's own. Otherwise it may show that more was lost than the next opening admits.
bool agrees_with(const Checkpoint& known, ExcerptComparison& comparison) {
  auto& epochs = comparison.epochs;
  // The epoch of the checkpoint, or where that was lost whole, the last one before it. The first shown is always epoch 1.
  const auto next =
      std::ranges::upper_bound(epochs, known.origin.epoch, {}, [](const auto& one) { return one.checkpoint.origin.epoch; });
  auto& shown = *std::prev(next);
  const bool is_shown = shown.checkpoint.origin.epoch == known.origin.epoch;
  if (is_shown && known.size == shown.checkpoint.size) return known.root == shown.checkpoint.root;
  ++comparison.of_other_size;
  // Another epoch followed, so what was beyond what is shown here is gone.
  if (next != epochs.end()) note_lost(known, shown.checkpoint, shown.lost);
  return false;
}

}  // namespace

Result<std::vector<Equivocation>> find_contradictions(std::string_view one, std::string_view other, const crypto::PublicKey& key,
                                                      std::string_view successions) {
  TUTELA_ASSIGN(auto in_one, successions_in(one));
  TUTELA_ASSIGN(auto in_other, successions_in(other));
  const std::array accounts{std::string(successions), std::move(in_one), std::move(in_other)};
  TUTELA_ASSIGN(const auto account, join_accounts(accounts));
  TUTELA_ASSIGN(const auto first, read(one, key, account));
  TUTELA_ASSIGN(const auto second, read(other, key, account));
  if (first.roots[0].checkpoint.origin.name != second.roots[0].checkpoint.origin.name)
    return fail(ErrorCode::invalid, "contradiction.other_node");
  return compare(first, second);
}

Result<ExcerptComparison> compare_excerpt(std::string_view excerpt, const ExcerptTrust& trust) {
  TUTELA_ASSIGN(auto own, successions_in(excerpt));
  const std::array accounts{trust.successions, std::move(own)};
  TUTELA_ASSIGN(const auto account, join_accounts(accounts));
  TUTELA_ASSIGN(auto report, verify_excerpt(excerpt, trust.key, account));
  ExcerptComparison comparison{std::move(report.epochs), {}, 0, 0, {}};
  for (const auto& text : trust.known) {
    TUTELA_ASSIGN(auto found, find_contradictions(text, excerpt, trust.key, account));
    comparison.equivocations.insert(comparison.equivocations.end(), found.begin(), found.end());
    TUTELA_ASSIGN(const auto known, parse_cosigned_note(text));
    TUTELA_ASSIGN(const auto note, parse_note(known.note));
    TUTELA_ASSIGN(const auto checkpoint, parse_checkpoint(note.text));
    if (!agrees_with(checkpoint, comparison)) continue;
    ++comparison.agreeing;
    TUTELA_ASSIGN(const auto seen, witnesses_of(known, checkpoint.size, trust.witnesses));
    comparison.witnesses.insert(comparison.witnesses.end(), seen.begin(), seen.end());
  }
  return comparison;
}

}  // namespace tutela::ledger
