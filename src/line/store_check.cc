#include "line/store_check.h"

#include "ledger/ledger_repository.h"
#include "ledger/ledger_view.h"
#include "line/schema_steps.h"
#include "store/schema.h"

namespace tutela::line {

namespace {

constexpr std::int64_t kPageLeaves = 1'000;

Result<LedgerState> recompute_epoch(store::Reader& reader, std::uint64_t number, const ledger::KeyChain& keys) {
  TUTELA_ASSIGN(const auto epoch, ledger::find_epoch(reader, number));
  if (!epoch) return fail(ErrorCode::not_found, "ledger.no_epoch");
  const auto place = "epoch " + std::to_string(number);
  LedgerState state{number, epoch->frontier.size(), {}};
  ledger::Frontier tree;
  std::optional<std::uint64_t> other_hash;  // of the first leaf whose stored hash is another
  while (tree.size() < state.size) {
    TUTELA_ASSIGN(const auto leaves, ledger::leaves_from_index(reader, number, tree.size(), kPageLeaves));
    if (leaves.empty()) return fail(ErrorCode::corrupt, "ledger.missing_leaf", place);
    for (const auto& leaf : leaves) {
      if (leaf.index != tree.size() || leaf.index >= state.size) return fail(ErrorCode::corrupt, "ledger.missing_leaf", place);
      const auto hash = ledger::leaf_hash(leaf.opening);
      tree.append(hash);
      if (hash != leaf.hash) other_hash = other_hash.value_or(leaf.index);
    }
  }
  state.root = tree.root();
  TUTELA_ASSIGN(const auto note, ledger::last_checkpoint(reader, number));
  TUTELA_ASSIGN(const auto checkpoint, ledger::open_checkpoint(note, keys));
  if (state.root != epoch->frontier.root() || checkpoint.size != state.size || checkpoint.root != state.root)
    return fail(ErrorCode::corrupt, "ledger.wrong_root", place);
  // The leaf is as it was signed, and the hash beside it, from which a chain or an excerpt goes on, is not.
  if (other_hash) return fail(ErrorCode::corrupt, "ledger.wrong_leaf", place + ", leaf " + std::to_string(*other_hash));
  return state;
}

}  // namespace

Result<LedgerState> recompute_ledger(store::Reader& reader, const ledger::KeyChain& keys) {
  TUTELA_TRY(ledger::current_epoch_number(reader));
  TUTELA_ASSIGN(const auto numbers, ledger::epoch_numbers(reader));
  LedgerState current;
  for (const auto number : numbers) {
    TUTELA_ASSIGN(current, recompute_epoch(reader, number, keys));
  }
  return current;
}

Result<StoreReport> check_store(store::Store& store, const ledger::KeyChain& keys) {
  TUTELA_ASSIGN(const auto facts, store::find_schema(store));
  const auto steps = schema_steps();
  TUTELA_TRY(store::check_schema(facts, steps));
  if (facts.version != steps.back().version)
    return fail(ErrorCode::unsupported, "store.older_schema", "schema " + std::to_string(facts.version));
  return store::in_snapshot<StoreReport>(store, [&](store::Reader& reader) -> Result<StoreReport> {
    StoreReport report{.version = facts.version};
    TUTELA_ASSIGN(report.tables, store::count_rows(reader, store::tables_of(steps)));
    TUTELA_ASSIGN(report.dangling, store::find_dangling(reader, store::references()));
    TUTELA_ASSIGN(report.faults, store::check_file(reader, store.backend()));
    TUTELA_ASSIGN(report.ledger, recompute_ledger(reader, keys));
    return report;
  });
}

}  // namespace tutela::line
