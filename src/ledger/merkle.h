#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

// The Merkle tree of RFC 6962 section 2.1 (the same in RFC 9162), over SHA-256.
namespace tutela::ledger {

using Hash = std::array<std::uint8_t, 32>;

// A path in a tree of 2^63 leaves; no proof is longer.
inline constexpr std::size_t kProofHashesMax = 63;

Hash hash_leaf(BytesView data);                       // SHA-256(0x00 ‖ data)
Hash hash_node(const Hash& left, const Hash& right);  // SHA-256(0x01 ‖ left ‖ right)
Hash empty_root();                                    // SHA-256 of nothing

// A complete subtree: the 2^level leaves from position * 2^level on.
struct NodeId {
  int level;
  std::uint64_t position;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

// The roots of the complete subtrees a tree of `size` leaves falls into, largest first: all that appending needs, at most 63
// hashes.
class Frontier {
 public:
  struct Node {
    NodeId id;
    Hash hash;
  };

  Frontier() = default;
  // As encode() wrote it for this size. corrupt, "ledger.bad_frontier".
  static Result<Frontier> decode(std::uint64_t size, BytesView bytes);
  Bytes encode() const;

  // Appends a leaf's hash; returns the subtrees it completes above level 0, lowest first. O(log n), amortised one node.
  std::vector<Node> append(const Hash& leaf);

  std::uint64_t size() const { return size_; }
  Hash root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

// Gives the hash of a complete subtree of the tree.
using NodeSource = std::function<Result<Hash>(const NodeId&)>;

// The root of the tree of the first `size` leaves. Reads O(log size) nodes.
Result<Hash> root_of_first(std::uint64_t size, const NodeSource& nodes);

// The audit path of leaf `index` in the tree of the first `size` leaves, lowest first. Needs index < size. Reads O(log² size)
// nodes.
struct LeafPosition {
  std::uint64_t index;
  std::uint64_t size;
};
Result<std::vector<Hash>> inclusion_proof(const LeafPosition& position, const NodeSource& nodes);
// That the tree of `first` leaves is a prefix of the tree of `second`. Needs 0 < first <= second; empty when they are equal.
struct SizePair {
  std::uint64_t first;
  std::uint64_t second;
};
Result<std::vector<Hash>> consistency_proof(const SizePair& sizes, const NodeSource& nodes);

// RFC 9162 section 2.1.3.2. corrupt, "ledger.bad_inclusion".
Result<> verify_inclusion(const Hash& leaf, const LeafPosition& position, std::span<const Hash> proof, const Hash& root);
struct RootPair {
  Hash first;
  Hash second;
  friend bool operator==(const RootPair&, const RootPair&) = default;
};
// The two roots that a proof leads to (RFC 9162 section 2.1.4.2). If the second is the root of a known tree, then the first is
// the root of its first leaves, and no other can be. `first_if_complete` is used where the first size is a power of two, whose
// root the proof leaves out. Needs first < second. corrupt, "ledger.bad_consistency" for a proof of another shape.
Result<RootPair> consistency_roots(const SizePair& sizes, std::span<const Hash> proof, const Hash& first_if_complete);
// corrupt, "ledger.bad_consistency".
Result<> verify_consistency(const SizePair& sizes, std::span<const Hash> proof, const RootPair& roots);

}  // namespace tutela::ledger
