#include "app/signing_change.h"

#include "app/key_secret.h"
#include "app/opening_checks.h"
#include "ledger/ledger_view.h"
#include "vault/after_list.h"

namespace tutela::app {
namespace {

Result<> hand_over_list(const DataFolder& folder, const vault::KeyStore& keys, Time now) {
  return vault::hand_over_after_list(folder.after_list(), keys.signing_key(), *keys.next_key(), now);
}

bool is_replaced(const vault::KeyStore& keys, const ledger::Succession& change) {
  return keys.signing_key().public_key() == change.next_key;
}

// Decides the change: from here on it can only be completed.
Result<ledger::Succession> begin(vault::KeyStore& keys, store::Store& store, const std::string& node, Time now, Random& random) {
  TUTELA_ASSIGN(const auto epoch, in_snapshot<std::uint64_t>(store, [&](store::Reader& reader) {
                  return ledger::next_epoch(reader, keys.key_chain());
                }));
  TUTELA_TRY(keys.prepare_next_key(random));
  ledger::Succession change{
      node, keys.key_chain().successions().size() + 1, epoch, keys.signing_key().public_key(), keys.next_key()->public_key(),
      now};
  TUTELA_TRY(keys.write_succession(change));
  return change;
}

}  // namespace

Result<SigningChange> change_signing_key(const DataFolder& folder, const vault::AskSecret& ask) {
  TUTELA_ASSIGN(const auto config, read_config(folder));
  TUTELA_ASSIGN(auto keys,
                vault::KeyStore::open(folder.keys(), ask ? ask : ask_key_secret(config), vault::UnfinishedChange::allowed));
  TUTELA_ASSIGN(const auto store, open_checked(folder, config, keys, {}));
  const SystemClock clock;
  SystemRandom random;
  TUTELA_ASSIGN(const auto node, in_snapshot<accounts::NodeRow>(*store, accounts::find_node));
  auto sequencer = make_sequencer(node.name, keys, *store, clock, random);
  // Held before anything is decided: while another process numbers, the change is refused whole.
  TUTELA_TRY(sequencer.hold(*store));

  auto change = keys.unfinished_change();
  const bool resumed = change.has_value();
  if (!change) {
    TUTELA_ASSIGN(change, begin(keys, *store, node.name, clock.now(), random));
  }
  if (!is_replaced(keys, *change)) {
    TUTELA_TRY(sequencer.hand_over(*store, *change, *keys.next_key()));
  }
  // While the change can still be resumed: a database of before it is refused from here on. And while the old key signs the list:
  // what was numbered before comes into it.
  TUTELA_ASSIGN(auto known_head, KnownHead::read(folder));
  TUTELA_TRY(known_head.keep(keys, *store));
  if (!is_replaced(keys, *change)) TUTELA_TRY(hand_over_list(folder, keys, clock.now()));
  TUTELA_TRY(keys.finish_change(random));
  TUTELA_TRY(sequencer.release(*store));
  return SigningChange{*change, resumed};
}

Result<> complete_signing_change(const DataFolder& folder, const vault::AskSecret& ask) {
  TUTELA_ASSIGN(auto keys, vault::KeyStore::open(folder.keys(), ask, vault::UnfinishedChange::allowed));
  const auto change = keys.unfinished_change();
  if (!change) return {};
  if (!is_replaced(keys, *change)) TUTELA_TRY(hand_over_list(folder, keys, SystemClock().now()));
  SystemRandom random;
  return keys.finish_change(random);
}

}  // namespace tutela::app
