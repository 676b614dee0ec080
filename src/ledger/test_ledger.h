#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "ledger/excerpt.h"
#include "ledger/log_verify.h"
#include "ledger/succession.h"
#include "ledger/tile.h"

// A whole ledger in memory, for tests: what the sequencer does with rows, done with vectors, and every lie that a test wants
// told.
namespace tutela::ledger {

// An export as log_verify.h reads it; `files` must outlive it.
inline ExportSource export_source(const std::map<std::string, Bytes>& files) {
  ExportSource source;
  source.file = [&files](const std::string& path, std::size_t bytes_max) -> Result<Bytes> {
    const auto found = files.find(path);
    if (found == files.end()) return fail(ErrorCode::not_found, "test.no_file", path);
    if (found->second.size() > bytes_max) return fail(ErrorCode::limit, "test.too_large", path);
    return found->second;
  };
  std::set<std::uint64_t> epochs;
  for (const auto& [path, content] : files)
    if (const auto epoch = parse_epoch_folder(path.substr(0, path.find('/')))) epochs.insert(*epoch);
  source.epochs.assign(epochs.begin(), epochs.end());
  return source;
}

class TestLedger {
 public:
  explicit TestLedger(std::uint64_t seed) : random_(seed), keys_(first_keys(random_)), node_(random_.bytes<32>()) {
    open_epoch(std::nullopt);
  }

  const crypto::KeyPair& key() const { return keys_.back(); }
  const crypto::KeyPair& first_key() const { return keys_.front(); }
  // The successions as an export shows them.
  const std::string& successions() const { return successions_; }

  // Signs with another key from the next epoch on.
  void change_key() {
    auto next = crypto::KeyPair::from_seed(crypto::SigningSeed::make(random_));
    add(node_, "keys.signing_changed", "{}");
    const auto last = checkpoint_of(epochs_.size());
    successions_ += sign_succession(
        {"node.test/tutela", keys_.size(), epochs_.size() + 1, key().public_key(), next.public_key(), at_}, {key(), next});
    keys_.push_back(std::move(next));
    first_epochs_.push_back(epochs_.size() + 1);
    open_epoch(last);
  }
  const crypto::KeyPair& key_of(std::uint64_t epoch) const {
    std::size_t at = 0;
    for (std::size_t i = 0; i < first_epochs_.size(); ++i)
      if (first_epochs_[i] <= epoch) at = i + 1;
    return keys_[at];
  }
  Random& random() { return random_; }

  SubjectPseudonym new_subject() { return random_.bytes<32>(); }

  void open_epoch(const std::optional<Checkpoint>& previous) {
    epochs_.emplace_back();
    add(node_, "ledger.epoch_opened", encode_opening_payload({epochs_.size(), epochs_.size() - 1, previous}));
  }

  void add(const SubjectPseudonym& subject, const std::string& kind, const std::string& payload) {
    auto& chain = chains_[subject];
    const Hash previous = chain.empty() ? Hash{} : leaf_hash(chain.back().opening);
    at_ += Duration{1250};
    const Leaf leaf{
        epochs_.size(), epochs_.back().size(), {kind, subject, chain.size() + 1, previous, at_, payload, random_.bytes<32>()}};
    chain.push_back(leaf);
    epochs_.back().push_back(leaf_hash(leaf.opening));
  }

  // Loses the newest leaves of the current epoch, as a restore of an older copy does.
  void lose(std::size_t count) {
    auto& leaves = epochs_.back();
    leaves.resize(leaves.size() - count);
    for (auto& [subject, chain] : chains_)
      std::erase_if(chain, [&](const Leaf& leaf) { return leaf.epoch == epochs_.size() && leaf.index >= leaves.size(); });
  }

  Checkpoint checkpoint_of(std::uint64_t epoch) const { return checkpoint_at(epoch, epochs_[epoch - 1].size()); }
  Checkpoint checkpoint_at(std::uint64_t epoch, std::size_t size) const {
    Frontier frontier;
    for (std::size_t i = 0; i < size; ++i) frontier.append(epochs_[epoch - 1][i]);
    return {{"node.test/tutela", epoch}, size, frontier.root()};
  }

  Statement statement_of(const SubjectPseudonym& subject) {
    Statement statement{"item/0190", subject, chains_[subject].size(), leaf_hash(chains_[subject].back().opening), {}};
    for (std::size_t epoch = 1; epoch <= epochs_.size(); ++epoch) statement.checkpoints.push_back(checkpoint_of(epoch));
    return statement;
  }
  std::string sign(const Statement& statement) const {
    return sign_note(encode_statement(statement), encode_origin(statement.checkpoints.back().origin), key());
  }

  std::string signed_checkpoint(std::uint64_t epoch, std::size_t size) const {
    return sign_checkpoint(checkpoint_at(epoch, size), key_of(epoch));
  }

  // The log as log_verify.h reads it.
  std::map<std::string, Bytes> export_files() const {
    std::map<std::string, Bytes> files;
    if (!successions_.empty()) files["successions"] = to_bytes(successions_);
    for (std::size_t epoch = 1; epoch <= epochs_.size(); ++epoch) {
      const auto folder = "epoch-" + std::to_string(epoch) + "/";
      const auto& leaves = epochs_[epoch - 1];
      files[folder + "checkpoint"] = to_bytes(signed_checkpoint(epoch, leaves.size()));
      files[folder + "opening"] = to_bytes(encode_opening(opening_of(epoch)));
      const auto put = [&](const TileId& id, std::span<const Hash> hashes) -> Result<> {
        files[folder + "tile/" + encode_tile_path({TileKind::hashes, id, hashes.size()})] = encode_tile(hashes);
        return {};
      };
      TileEdge edge;
      for (const auto& leaf : leaves) edge.append(leaf, put).value();
      edge.each_partial(put).value();
      std::vector<LeafData> data(leaves.size());
      for (const auto& [subject, chain] : chains_)
        for (const auto& leaf : chain)
          if (leaf.epoch == epoch) data[leaf.index] = encode_leaf(leaf.opening);
      for (std::size_t first = 0; first < data.size(); first += kTileWidth) {
        Bytes bundle;
        const auto width = tile_width({0, first / kTileWidth}, data.size());
        for (std::size_t i = 0; i < width; ++i) append_bundled(bundle, data[first + i]);
        files[folder + "tile/" + encode_tile_path({TileKind::entries, {0, first / kTileWidth}, width})] = bundle;
      }
    }
    return files;
  }

  EpochOpening opening_of(std::uint64_t epoch) const {
    const auto& chain = chains_.at(node_);
    const auto& opening = std::find_if(chain.begin(), chain.end(), [&](const Leaf& leaf) {
                            return leaf.epoch == epoch && leaf.index == 0;
                          })->opening;
    return {opening.subject,
            opening.n,
            opening.previous,
            opening.at,
            opening.payload,
            opening.salt,
            proof_of({0, epochs_[epoch - 1].size()}, epoch)};
  }

  Excerpt excerpt_of(const SubjectPseudonym& subject) {
    const auto statement = statement_of(subject);
    Excerpt excerpt{sign(statement), {}, {}, successions_};
    for (const auto& checkpoint : statement.checkpoints) {
      excerpt.epochs.push_back(
          {sign_checkpoint(checkpoint, key_of(checkpoint.origin.epoch)), opening_of(checkpoint.origin.epoch)});
    }
    for (const auto& leaf : chains_[subject])
      excerpt.entries.push_back({leaf.epoch, leaf.index, leaf.opening.n, leaf.opening.kind, leaf.opening.at, leaf.opening.payload,
                                 leaf.opening.salt, proof_of({leaf.index, epochs_[leaf.epoch - 1].size()}, leaf.epoch)});
    return excerpt;
  }

 private:
  struct Leaf {
    std::uint64_t epoch;
    std::uint64_t index;
    LeafOpening opening;
  };

  // Not an initializer list, which would copy the key.
  static std::vector<crypto::KeyPair> first_keys(Random& random) {
    std::vector<crypto::KeyPair> keys;
    keys.push_back(crypto::KeyPair::from_seed(crypto::SigningSeed::make(random)));
    return keys;
  }

  std::vector<Hash> proof_of(const LeafPosition& position, std::uint64_t epoch) const {
    std::map<NodeId, Hash> nodes;
    Frontier frontier;
    for (const auto& leaf : epochs_[epoch - 1]) {
      nodes[{0, frontier.size()}] = leaf;
      for (const auto& node : frontier.append(leaf)) nodes[node.id] = node.hash;
    }
    return inclusion_proof(position, [&](const NodeId& id) -> Result<Hash> { return nodes.at(id); }).value();
  }

  SeededRandom random_;
  std::vector<crypto::KeyPair> keys_;
  std::vector<std::uint64_t> first_epochs_;  // of the keys but the first
  std::string successions_;
  SubjectPseudonym node_;
  Time at_ = from_unix_ms(1'795'348'800'000);
  std::vector<std::vector<Hash>> epochs_;
  std::map<SubjectPseudonym, std::vector<Leaf>> chains_;
};

// Three entries of one item among those of another, as spec/ledger.md prints it: spec/vectors/ledger-excerpt.json.
inline SubjectPseudonym fill_example(TestLedger& ledger) {
  const auto item = ledger.new_subject();
  const auto other = ledger.new_subject();
  ledger.add(item, "item.created", R"({"by":"token:0190","channel":"platform"})");
  ledger.add(other, "item.created", R"({"by":"node","channel":"door"})");
  ledger.add(item, "item.viewed", R"({"by":"member:aldona","mode":"grey"})");
  ledger.add(other, "item.decoded", R"({"by":"node","format":"png"})");
  ledger.add(item, "verdict.given", R"({"act":"b1","by":["member:aldona","member:bruno"]})");
  return item;
}

}  // namespace tutela::ledger
