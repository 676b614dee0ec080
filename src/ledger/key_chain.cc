#include "ledger/key_chain.h"

#include <algorithm>

namespace tutela::ledger {

Result<KeyChain> KeyChain::make(const crypto::PublicKey& trusted, std::vector<Succession> successions) {
  KeyChain chain(successions.empty() ? trusted : successions.front().old_key);
  chain.successions_ = std::move(successions);
  if (!chain.holds(trusted)) return fail(ErrorCode::corrupt, "note.wrong_key", "successions");
  return chain;
}

Result<crypto::PublicKey> KeyChain::key_of(const Origin& origin) const {
  if (!successions_.empty() && successions_.front().node != origin.name) return fail(ErrorCode::corrupt, "succession.other_node");
  crypto::PublicKey key = first_;
  for (const auto& succession : successions_)
    if (succession.epoch <= origin.epoch) key = succession.next_key;
  return key;
}

bool KeyChain::holds(const crypto::PublicKey& key) const {
  return key == first_ || std::ranges::any_of(successions_, [&](const auto& one) { return one.next_key == key; });
}

Result<std::vector<Succession>> join_successions(std::string_view one, std::string_view other) {
  TUTELA_ASSIGN(auto first, parse_successions(one));
  TUTELA_ASSIGN(auto second, parse_successions(other));
  auto& longer = first.size() < second.size() ? second : first;
  const auto& shorter = first.size() < second.size() ? first : second;
  if (!std::ranges::equal(shorter, std::span(longer).first(shorter.size()))) return fail(ErrorCode::corrupt, "succession.forked");
  return std::move(longer);
}

Result<Checkpoint> open_checkpoint(std::string_view note_bytes, const KeyChain& keys) {
  const auto malformed = [] { return fail(ErrorCode::invalid, "checkpoint.malformed"); };
  TUTELA_ASSIGN(const auto note, parse_note(note_bytes));
  const auto origin = parse_origin(note.key_name);
  if (!origin) return malformed();
  TUTELA_ASSIGN(const auto key, keys.key_of(*origin));
  TUTELA_TRY(verify_note(note, key));
  TUTELA_ASSIGN(auto checkpoint, parse_checkpoint(note.text));
  if (checkpoint.origin != *origin) return malformed();
  return checkpoint;
}

}  // namespace tutela::ledger
