#include "ledger/ledger_view.h"

#include <algorithm>

#include "base/limits.h"
#include "ledger/ledger_repository.h"
#include "ledger/recorder.h"

namespace tutela::ledger {
namespace {

std::vector<EntryReport> reports_from(const std::vector<LeafRow>& leaves) {
  std::vector<EntryReport> entries;
  entries.reserve(leaves.size());
  for (const auto& leaf : leaves)
    entries.push_back({leaf.epoch, leaf.index, leaf.opening.n, leaf.opening.kind, leaf.opening.at, leaf.opening.payload});
  return entries;
}

Result<EpochRow> existing_epoch(store::Reader& reader) {
  TUTELA_ASSIGN(auto epoch, current_epoch(reader));
  if (!epoch) return fail(ErrorCode::not_found, "ledger.no_epoch");
  return *std::move(epoch);
}

Result<ExcerptEpoch> export_epoch(store::Reader& reader, const std::string& note, const Checkpoint& checkpoint) {
  TUTELA_ASSIGN(auto opening, opening_of(reader, checkpoint));
  return ExcerptEpoch{note, std::move(opening)};
}

Result<ExcerptEntry> export_entry(TileTree& tree, const LeafRow& leaf, const Checkpoint& checkpoint) {
  if (leaf.index >= checkpoint.size) return fail(ErrorCode::corrupt, "ledger.missing_checkpoint");
  TUTELA_ASSIGN(auto proof, inclusion_proof({leaf.index, checkpoint.size}, tree.nodes()));
  const auto& opening = leaf.opening;
  return ExcerptEntry{leaf.epoch, leaf.index,      opening.n,    opening.kind,
                      opening.at, opening.payload, opening.salt, std::move(proof)};
}

}  // namespace

Result<std::vector<EntryReport>> entries_of(store::Reader& reader, const Subject& subject, const crypto::SubjectKey& key,
                                            std::int64_t count_max) {
  TUTELA_ASSIGN(const auto leaves, leaves_of(reader, chain_of(key, subject.type, subject.id), count_max));
  return reports_from(leaves);
}

Result<std::vector<EntryReport>> latest_entries(store::Reader& reader, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto leaves, latest_leaves(reader, count_max));
  return reports_from(leaves);
}

Result<std::string> latest_checkpoint(store::Reader& reader) {
  TUTELA_ASSIGN(const auto epoch, existing_epoch(reader));
  return last_checkpoint(reader, epoch.origin.epoch);
}

Result<std::vector<Hash>> consistency_since(store::Reader& reader, std::uint64_t first) {
  TUTELA_ASSIGN(const auto epoch, existing_epoch(reader));
  if (first == 0 || first > epoch.frontier.size()) return fail(ErrorCode::invalid, "ledger.size_out_of_range");
  return consistency_proof_of(reader, epoch.origin.epoch, {first, epoch.frontier.size()});
}

Result<std::vector<Hash>> consistency_proof_of(store::Reader& reader, std::uint64_t epoch, const SizePair& sizes) {
  TileTree tree(sizes.second, tiles_of(reader, epoch));
  return consistency_proof(sizes, tree.nodes());
}

Result<EpochOpening> opening_of(store::Reader& reader, const Checkpoint& checkpoint) {
  TUTELA_ASSIGN(auto first, find_leaf(reader, checkpoint.origin.epoch, 0));
  TileTree tree(checkpoint.size, tiles_of(reader, checkpoint.origin.epoch));
  TUTELA_ASSIGN(auto proof, inclusion_proof({0, checkpoint.size}, tree.nodes()));
  auto& opening = first.opening;
  return EpochOpening{opening.subject, opening.n,       opening.previous, opening.at, std::move(opening.payload),
                      opening.salt,    std::move(proof)};
}

Result<std::string> published_checkpoint(store::Reader& reader, std::uint64_t epoch, Published which) {
  std::string note;
  if (which == Published::cosigned) {
    TUTELA_ASSIGN(const auto size, largest_cosigned(reader, epoch, ""));
    if (size == 0) return fail(ErrorCode::not_found, "ledger.not_cosigned");
    TUTELA_ASSIGN(const auto found, find_checkpoint(reader, epoch, size));
    if (!found) return fail(ErrorCode::corrupt, "ledger.missing_checkpoint");
    note = *found;
  } else {
    TUTELA_ASSIGN(const auto row, find_epoch(reader, epoch));
    if (!row) return fail(ErrorCode::not_found, "ledger.no_epoch");
    TUTELA_ASSIGN(note, last_checkpoint(reader, epoch));
  }
  TUTELA_ASSIGN(const auto parsed, parse_note(note));
  TUTELA_ASSIGN(const auto checkpoint, parse_checkpoint(parsed.text));
  TUTELA_ASSIGN(const auto cosignatures, cosignatures_of(reader, epoch, checkpoint.size));
  for (const auto& row : cosignatures) note += row.line;
  return note;
}

Result<std::uint64_t> current_epoch_number(store::Reader& reader) {
  TUTELA_ASSIGN(const auto epoch, existing_epoch(reader));
  return epoch.origin.epoch;
}

Result<std::uint64_t> next_epoch(store::Reader& reader, const KeyChain& keys) {
  TUTELA_ASSIGN(const auto current, current_epoch_number(reader));
  TUTELA_ASSIGN(const auto epochs, epoch_numbers(reader));
  if (epochs.size() >= kEpochsMax) return fail(ErrorCode::limit, "ledger.too_many_epochs");
  return std::max(current, keys.epoch_known()) + 1;
}

Result<std::uint64_t> published_size(store::Reader& reader, std::uint64_t epoch) {
  TUTELA_ASSIGN(const auto row, find_epoch(reader, epoch));
  if (!row) return fail(ErrorCode::not_found, "ledger.no_epoch");
  return row->frontier.size();
}

Result<Bytes> published_tile(store::Reader& reader, std::uint64_t epoch, const TilePath& path) {
  const auto unknown = [] { return fail(ErrorCode::not_found, "ledger.no_tile"); };
  TUTELA_ASSIGN(const auto row, find_epoch(reader, epoch));
  if (!row || path.width > tile_width(path.id, row->frontier.size())) return unknown();
  if (path.kind == TileKind::hashes) {
    TUTELA_ASSIGN(auto hashes, find_tile(reader, epoch, path.id));
    if (hashes.size() < path.width) return fail(ErrorCode::corrupt, "ledger.missing_tile");
    return encode_tile(std::span(hashes).first(path.width));
  }
  TUTELA_ASSIGN(const auto leaves,
                leaves_from_index(reader, epoch, path.id.position * kTileWidth, static_cast<std::int64_t>(path.width)));
  if (leaves.size() != path.width) return fail(ErrorCode::corrupt, "ledger.missing_leaf");
  Bytes bundle;
  for (const auto& leaf : leaves) append_bundled(bundle, encode_leaf(leaf.opening));
  return bundle;
}

Result<std::string> export_excerpt(store::Reader& reader, const Subject& subject, const LedgerKeys& keys) {
  TUTELA_ASSIGN(const auto current, existing_epoch(reader));
  const auto chain = chain_of(keys.subject_key, subject.type, subject.id);
  // An entry takes at least 200 bytes of the text, so no more of them fit.
  constexpr std::int64_t kEntriesMax = limits::kExcerptBytesMax / 200;
  TUTELA_ASSIGN(const auto leaves, leaves_of(reader, chain, kEntriesMax + 1));
  if (leaves.empty()) return fail(ErrorCode::not_found, "ledger.unknown_subject");
  const auto too_large = [] { return fail(ErrorCode::limit, "ledger.excerpt_too_large"); };
  if (leaves.size() > static_cast<std::size_t>(kEntriesMax)) return too_large();

  TUTELA_ASSIGN(auto successions, parse_successions(keys.successions));
  TUTELA_ASSIGN(const auto chain_of_keys, KeyChain::make(keys.signing_key.public_key(), std::move(successions)));
  TUTELA_ASSIGN(const auto epochs, epoch_numbers(reader));
  Excerpt excerpt;
  excerpt.successions = keys.successions;
  Statement statement{subject.type + "/" + encode_hex(subject.id), chain.subject, leaves.size(), leaves.back().hash, {}};
  for (const auto epoch : epochs) {
    TUTELA_ASSIGN(const auto note, last_checkpoint(reader, epoch));
    TUTELA_ASSIGN(const auto checkpoint, open_checkpoint(note, chain_of_keys));
    TUTELA_ASSIGN(auto opened, export_epoch(reader, note, checkpoint));
    statement.checkpoints.push_back(checkpoint);
    excerpt.epochs.push_back(std::move(opened));
  }
  std::vector<TileTree> trees;
  for (const auto& checkpoint : statement.checkpoints)
    trees.emplace_back(checkpoint.size, tiles_of(reader, checkpoint.origin.epoch));
  for (const auto& leaf : leaves) {
    const auto at = static_cast<std::size_t>(std::ranges::find(epochs, leaf.epoch) - epochs.begin());
    if (at == epochs.size()) return fail(ErrorCode::corrupt, "ledger.missing_checkpoint");
    TUTELA_ASSIGN(auto entry, export_entry(trees[at], leaf, statement.checkpoints[at]));
    excerpt.entries.push_back(std::move(entry));
  }
  excerpt.statement = sign_note(encode_statement(statement), encode_origin(current.origin), keys.signing_key);
  auto text = encode_excerpt(excerpt);
  if (text.size() > limits::kExcerptBytesMax) return too_large();
  return text;
}

}  // namespace tutela::ledger
