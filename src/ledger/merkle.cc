#include "ledger/merkle.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "crypto/digest.h"

namespace tutela::ledger {
namespace {

constexpr std::uint64_t kSizeMax = std::uint64_t{1} << 62;

// The leaves from first up to, not including, end.
struct Range {
  std::uint64_t first;
  std::uint64_t end;
  std::uint64_t size() const { return end - first; }
};

// RFC 6962: a tree of n > 1 leaves splits at the largest power of two below n.
std::uint64_t split_of(std::uint64_t size) { return std::bit_floor(size - 1); }

Result<Hash> hash_of(const Range& range, const NodeSource& nodes) {
  const auto size = range.size();
  if (std::has_single_bit(size)) return nodes({std::countr_zero(size), range.first / size});
  const auto middle = range.first + split_of(size);
  TUTELA_ASSIGN(const Hash left, hash_of({range.first, middle}, nodes));
  TUTELA_ASSIGN(const Hash right, hash_of({middle, range.end}, nodes));
  return hash_node(left, right);
}

std::unexpected<Error> bad_inclusion() { return fail(ErrorCode::corrupt, "ledger.bad_inclusion"); }
std::unexpected<Error> bad_consistency() { return fail(ErrorCode::corrupt, "ledger.bad_consistency"); }

}  // namespace

Hash hash_leaf(BytesView data) {
  Bytes input{0x00};
  append_bytes(input, data);
  return crypto::sha256(input);
}

Hash hash_node(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 65> input;
  input[0] = 0x01;
  std::copy(left.begin(), left.end(), input.begin() + 1);
  std::copy(right.begin(), right.end(), input.begin() + 33);
  return crypto::sha256(input);
}

Hash empty_root() { return crypto::sha256({}); }

Result<Frontier> Frontier::decode(std::uint64_t size, BytesView bytes) {
  const auto count = static_cast<std::size_t>(std::popcount(size));
  if (size > kSizeMax || bytes.size() != count * sizeof(Hash)) return fail(ErrorCode::corrupt, "ledger.bad_frontier");
  Frontier frontier;
  frontier.size_ = size;
  frontier.peaks_.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * 32), 32, frontier.peaks_[i].begin());
  return frontier;
}

Bytes Frontier::encode() const {
  Bytes bytes;
  for (const auto& peak : peaks_) append_bytes(bytes, peak);
  return bytes;
}

std::vector<Frontier::Node> Frontier::append(const Hash& leaf) {
  TUTELA_CHECK(size_ < kSizeMax);
  // As in binary counting: each 1 at the low end of the size is a peak that the carry joins.
  std::vector<Node> completed;
  Hash carry = leaf;
  for (int level = 0; (size_ >> level & 1) != 0; ++level) {
    carry = hash_node(peaks_.back(), carry);
    peaks_.pop_back();
    completed.push_back({{level + 1, size_ >> (level + 1)}, carry});
  }
  peaks_.push_back(carry);
  ++size_;
  return completed;
}

Hash Frontier::root() const {
  if (peaks_.empty()) return empty_root();
  Hash root = peaks_.back();
  for (auto peak = peaks_.rbegin() + 1; peak != peaks_.rend(); ++peak) root = hash_node(*peak, root);
  return root;
}

Result<Hash> root_of_first(std::uint64_t size, const NodeSource& nodes) {
  if (size == 0) return empty_root();
  return hash_of(Range{0, size}, nodes);
}

Result<std::vector<Hash>> inclusion_proof(const LeafPosition& position, const NodeSource& nodes) {
  TUTELA_CHECK(position.index < position.size);
  // PATH(m, D[n]) of RFC 6962 section 2.1.1, from the root down, then turned round.
  std::vector<Hash> proof;
  Range range{0, position.size};
  while (range.size() > 1) {
    const auto middle = range.first + split_of(range.size());
    const bool in_left = position.index < middle;
    TUTELA_ASSIGN(const Hash sibling, hash_of(in_left ? Range{middle, range.end} : Range{range.first, middle}, nodes));
    proof.push_back(sibling);
    if (in_left)
      range.end = middle;
    else
      range.first = middle;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<std::vector<Hash>> consistency_proof(const SizePair& sizes, const NodeSource& nodes) {
  TUTELA_CHECK(sizes.first > 0 && sizes.first <= sizes.second);
  // SUBPROOF(m, D[n], b) of RFC 6962 section 2.1.2, from the root down, then turned round. The subtree in which the old tree ends
  // is given unless it is the old tree itself.
  std::vector<Hash> proof;
  if (sizes.first == sizes.second) return proof;
  Range range{0, sizes.second};
  while (range.end != sizes.first) {
    const auto middle = range.first + split_of(range.size());
    const bool in_left = sizes.first <= middle;
    TUTELA_ASSIGN(const Hash sibling, hash_of(in_left ? Range{middle, range.end} : Range{range.first, middle}, nodes));
    proof.push_back(sibling);
    if (in_left)
      range.end = middle;
    else
      range.first = middle;
  }
  if (range.first != 0) {
    TUTELA_ASSIGN(const Hash shared, hash_of(range, nodes));
    proof.push_back(shared);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<> verify_inclusion(const Hash& leaf, const LeafPosition& position, std::span<const Hash> proof, const Hash& root) {
  if (position.index >= position.size) return bad_inclusion();
  auto node = position.index;
  auto last = position.size - 1;
  Hash hash = leaf;
  for (const auto& sibling : proof) {
    if (last == 0) return bad_inclusion();
    if ((node & 1) != 0 || node == last) {
      hash = hash_node(sibling, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = hash_node(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0 || hash != root) return bad_inclusion();
  return {};
}

Result<RootPair> consistency_roots(const SizePair& sizes, std::span<const Hash> proof, const Hash& first_if_complete) {
  if (sizes.first == 0 || sizes.first >= sizes.second || proof.empty()) return bad_consistency();
  // A complete old tree is its own first node, which the proof leaves out.
  const bool complete = std::has_single_bit(sizes.first);
  const Hash& start = complete ? first_if_complete : proof.front();
  if (!complete) proof = proof.subspan(1);
  auto node = sizes.first - 1;
  auto last = sizes.second - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  RootPair roots{start, start};
  for (const auto& sibling : proof) {
    if (last == 0) return bad_consistency();
    if ((node & 1) != 0 || node == last) {
      roots.first = hash_node(sibling, roots.first);
      roots.second = hash_node(sibling, roots.second);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      roots.second = hash_node(roots.second, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return bad_consistency();
  return roots;
}

Result<> verify_consistency(const SizePair& sizes, std::span<const Hash> proof, const RootPair& roots) {
  if (sizes.first != 0 && sizes.first == sizes.second) {
    if (!proof.empty() || roots.first != roots.second) return bad_consistency();
    return {};
  }
  TUTELA_ASSIGN(const auto found, consistency_roots(sizes, proof, roots.first));
  if (found != roots) return bad_consistency();
  return {};
}

}  // namespace tutela::ledger
