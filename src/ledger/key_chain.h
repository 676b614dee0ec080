#pragma once

#include <string_view>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/succession.h"

namespace tutela::ledger {

// The public keys that a node had one after the other, and which of them signs in which epoch: what every check of a node's own
// signatures takes. A key alone is the chain of a node that never changed it.
class KeyChain {
 public:
  // Implicit: most nodes never change their key.
  KeyChain(const crypto::PublicKey& only) : first_(only) {}  // NOLINT(google-explicit-constructor)
  // The chain of one trusted key and what parse_successions() read. corrupt, "note.wrong_key" when it is none of theirs.
  static Result<KeyChain> make(const crypto::PublicKey& trusted, std::vector<Succession> successions);

  // The one key that may sign in this epoch of the node. corrupt, "succession.other_node".
  Result<crypto::PublicKey> key_of(const Origin& origin) const;
  bool holds(const crypto::PublicKey& key) const;
  const crypto::PublicKey& first() const { return first_; }
  const crypto::PublicKey& newest() const { return successions_.empty() ? first_ : successions_.back().next_key; }
  // From the oldest.
  const std::vector<Succession>& successions() const { return successions_; }
  // The largest epoch that a succession says was or is being opened; 0 without one.
  std::uint64_t epoch_known() const { return successions_.empty() ? 0 : successions_.back().epoch; }

 private:
  crypto::PublicKey first_;
  std::vector<Succession> successions_;
};

// Two accounts of one node's successions, the longer of them. As parse_successions(); corrupt, "succession.forked" when neither
// is the beginning of the other: somebody who held a key signed two successors of it.
Result<std::vector<Succession>> join_successions(std::string_view one, std::string_view other);

// As parse_note, parse_checkpoint, verify_note and KeyChain::key_of; invalid, "checkpoint.malformed" when the key's name is not
// the origin. So a checkpoint of an epoch is accepted from the key of that epoch alone.
Result<Checkpoint> open_checkpoint(std::string_view note, const KeyChain& keys);

}  // namespace tutela::ledger
