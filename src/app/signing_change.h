#pragma once

#include "app/node.h"
#include "ledger/succession.h"

namespace tutela::app {

struct SigningChange {
  ledger::Succession succession;
  bool resumed;  // an earlier call had begun it
};

// Gives a stopped node another signing key (docs/adr/0015-signing-key.md): makes the next key, writes the succession that both
// sign, hands ledger and after-list over, and destroys the old key. Each step is durable before the next; a call after a crash
// goes on where the last one was broken off, and until then the node does not open.
//
// On PostgreSQL every `serve` must be stopped: one that still runs can sign nothing any more. busy, "store.in_use" while a
// server holds a SQLite folder; busy, "ledger.sequenced_elsewhere" while another process numbers; unavailable,
// "node.clock_behind"; limit, "succession.too_many", "ledger.too_many_epochs"; as KeyStore::open, check_before_opening and the
// store.
Result<SigningChange> change_signing_key(const DataFolder& folder, const vault::AskSecret& ask = {});

// The last steps of a change that broke off, in a copy of the key folder beside a copy of the after-list: what a restore does,
// whose ledger goes on in a later epoch anyway. Nothing to do in any other folder.
Result<> complete_signing_change(const DataFolder& folder, const vault::AskSecret& ask);

}  // namespace tutela::app
