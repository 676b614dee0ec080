#include "ledger/merkle.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"

namespace tutela::ledger {
namespace {

// The leaves and roots of the reference tests of Certificate Transparency (trees of 1 to 8 leaves).
const std::vector<std::string> kLeaves{
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<Hash> vector_leaves() {
  std::vector<Hash> leaves;
  for (const auto& leaf : kLeaves) leaves.push_back(hash_leaf(decode_hex(leaf).value()));
  return leaves;
}

std::vector<Hash> many_leaves(std::size_t count) {
  std::vector<Hash> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(hash_leaf(as_bytes("leaf " + std::to_string(i))));
  return leaves;
}

// The definition of RFC 6962 section 2.1, word for word and slow: what everything else is compared with.
Hash plain_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return empty_root();
  if (leaves.size() == 1) return leaves[0];
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return hash_node(plain_root(leaves.first(split)), plain_root(leaves.subspan(split)));
}

// A tree with its complete subtrees kept, as the repository keeps them.
struct Tree {
  explicit Tree(const std::vector<Hash>& leaves) {
    for (const auto& leaf : leaves) {
      nodes[{0, frontier.size()}] = leaf;
      for (const auto& node : frontier.append(leaf)) nodes[node.id] = node.hash;
    }
  }
  NodeSource source() const {
    return [this](const NodeId& id) -> Result<Hash> {
      const auto found = nodes.find(id);
      if (found == nodes.end()) return fail(ErrorCode::corrupt, "ledger.missing_node");
      return found->second;
    };
  }
  std::map<NodeId, Hash> nodes;
  Frontier frontier;
};

std::string hex(const Hash& hash) { return encode_hex(hash); }

TEST(Merkle, RootsOfTheReferenceVectors) {
  EXPECT_EQ(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Frontier frontier;
  std::size_t size = 0;
  for (const auto& leaf : vector_leaves()) {
    frontier.append(leaf);
    EXPECT_EQ(hex(frontier.root()), kRoots[size]) << size + 1;
    ++size;
  }
}

TEST(Merkle, ProofsOfTheReferenceVectors) {
  const Tree tree(vector_leaves());
  const auto inclusion = [&](const LeafPosition& position) {
    std::vector<std::string> path;
    const auto proof = inclusion_proof(position, tree.source()).value();
    for (const auto& hash : proof) path.push_back(hex(hash));
    return path;
  };
  EXPECT_EQ(inclusion({0, 8}), (std::vector<std::string>{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                                                         "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                                         "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(inclusion({5, 8}), (std::vector<std::string>{"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                                                         "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                                                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(inclusion({2, 3}), (std::vector<std::string>{"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}));
  std::vector<std::string> consistency;
  const auto between = consistency_proof({6, 8}, tree.source()).value();
  for (const auto& hash : between) consistency.push_back(hex(hash));
  EXPECT_EQ(consistency, (std::vector<std::string>{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                                                   "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                                                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
}

TEST(Merkle, FrontierEqualsTheDefinitionAndSurvivesStorage) {
  const auto leaves = many_leaves(130);
  Frontier frontier;
  for (std::size_t size = 0; size <= leaves.size(); ++size) {
    EXPECT_EQ(frontier.root(), plain_root(std::span(leaves).first(size))) << size;
    frontier = Frontier::decode(frontier.size(), frontier.encode()).value();
    if (size < leaves.size()) frontier.append(leaves[size]);
  }
  EXPECT_EQ(Frontier::decode(3, Bytes(32)).error().reason, Reason("ledger.bad_frontier"));
  EXPECT_FALSE(Frontier::decode(UINT64_MAX, Bytes(64 * 32)));
}

TEST(Merkle, EveryInclusionInEverySmallTree) {
  const auto leaves = many_leaves(40);
  const Tree tree(leaves);
  for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
    const auto root = plain_root(std::span(leaves).first(size));
    for (std::uint64_t index = 0; index < size; ++index) {
      auto proof = inclusion_proof({index, size}, tree.source()).value();
      ASSERT_TRUE(verify_inclusion(leaves[index], {index, size}, proof, root)) << index << " of " << size;
      // No other place of the same tree, no other leaf, no other root, and no changed, cut or longer proof.
      for (std::uint64_t other = 0; other <= size; ++other) {
        if (other != index) {
          ASSERT_FALSE(verify_inclusion(leaves[index], {other, size}, proof, root)) << index << " as " << other << " of " << size;
        }
      }
      ASSERT_FALSE(verify_inclusion(hash_leaf({}), {index, size}, proof, root));
      ASSERT_FALSE(verify_inclusion(leaves[index], {index, size}, proof, empty_root()));
      for (auto& hash : proof) {
        hash[7] ^= 4;
        ASSERT_FALSE(verify_inclusion(leaves[index], {index, size}, proof, root));
        hash[7] ^= 4;
      }
      proof.push_back(root);
      ASSERT_FALSE(verify_inclusion(leaves[index], {index, size}, proof, root));
      proof.pop_back();
      if (!proof.empty()) {
        proof.pop_back();
        ASSERT_FALSE(verify_inclusion(leaves[index], {index, size}, proof, root));
      }
    }
  }
}

TEST(Merkle, EveryConsistencyInEverySmallTree) {
  const auto leaves = many_leaves(40);
  const Tree tree(leaves);
  for (std::uint64_t second = 1; second <= leaves.size(); ++second) {
    const auto second_root = plain_root(std::span(leaves).first(second));
    for (std::uint64_t first = 1; first <= second; ++first) {
      const auto first_root = plain_root(std::span(leaves).first(first));
      const RootPair roots{first_root, second_root};
      auto proof = consistency_proof({first, second}, tree.source()).value();
      ASSERT_TRUE(verify_consistency({first, second}, proof, roots)) << first << " to " << second;
      ASSERT_FALSE(verify_consistency({first, second}, proof, {empty_root(), second_root}));
      ASSERT_FALSE(verify_consistency({first, second}, proof, {first_root, empty_root()}));
      for (auto& hash : proof) {
        hash[0] ^= 1;
        ASSERT_FALSE(verify_consistency({first, second}, proof, roots));
        hash[0] ^= 1;
      }
      proof.push_back(first_root);
      ASSERT_FALSE(verify_consistency({first, second}, proof, roots));
      proof.pop_back();
      if (!proof.empty()) {
        proof.pop_back();
        ASSERT_FALSE(verify_consistency({first, second}, proof, roots)) << first << " to " << second;
      }
    }
  }
  EXPECT_FALSE(verify_consistency({0, 3}, {}, {empty_root(), empty_root()}));
  EXPECT_FALSE(verify_consistency({4, 3}, {}, {empty_root(), empty_root()}));
}

TEST(Merkle, AMissingNodeIsAnErrorNotAProof) {
  const Tree tree(many_leaves(5));
  EXPECT_EQ(inclusion_proof({0, 9}, tree.source()).error().reason, Reason("ledger.missing_node"));
}

}  // namespace
}  // namespace tutela::ledger
