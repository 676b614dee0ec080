#include "ledger/ledger_view.h"

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

NodeSource nodes_of(store::Reader& reader, std::uint64_t epoch) {
  return [&reader, epoch](const NodeId& id) { return find_node(reader, epoch, id); };
}

Result<ExcerptEpoch> export_epoch(store::Reader& reader, const std::string& note, const Checkpoint& checkpoint) {
  TUTELA_ASSIGN(auto first, find_leaf(reader, checkpoint.origin.epoch, 0));
  TUTELA_ASSIGN(auto proof, inclusion_proof({0, checkpoint.size}, nodes_of(reader, checkpoint.origin.epoch)));
  auto& opening = first.opening;
  return ExcerptEpoch{
      note,
      {opening.subject, opening.n, opening.previous, opening.at, std::move(opening.payload), opening.salt, std::move(proof)}};
}

Result<ExcerptEntry> export_entry(store::Reader& reader, const LeafRow& leaf, const Checkpoint& checkpoint) {
  if (leaf.index >= checkpoint.size) return fail(ErrorCode::corrupt, "ledger.missing_checkpoint");
  TUTELA_ASSIGN(auto proof, inclusion_proof({leaf.index, checkpoint.size}, nodes_of(reader, leaf.epoch)));
  const auto& opening = leaf.opening;
  return ExcerptEntry{leaf.epoch, leaf.index,      opening.n,    opening.kind,
                      opening.at, opening.payload, opening.salt, std::move(proof)};
}

}  // namespace

Result<std::vector<EntryReport>> entries_of(store::Reader& reader, const Subject& subject, const crypto::SubjectKey& key,
                                            std::int64_t count_max) {
  TUTELA_ASSIGN(const auto leaves, leaves_of(reader, pseudonym_of(key, subject.type, subject.id), count_max));
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
  return consistency_proof({first, epoch.frontier.size()}, nodes_of(reader, epoch.origin.epoch));
}

Result<std::string> export_excerpt(store::Reader& reader, const Subject& subject, const LedgerKeys& keys) {
  TUTELA_ASSIGN(const auto current, existing_epoch(reader));
  const auto pseudonym = pseudonym_of(keys.subject_key, subject.type, subject.id);
  // An entry takes at least 200 bytes of the text, so no more of them fit.
  constexpr std::int64_t kEntriesMax = limits::kExcerptBytesMax / 200;
  TUTELA_ASSIGN(const auto leaves, leaves_of(reader, pseudonym, kEntriesMax + 1));
  if (leaves.empty()) return fail(ErrorCode::not_found, "ledger.unknown_subject");
  const auto too_large = [] { return fail(ErrorCode::limit, "ledger.excerpt_too_large"); };
  if (leaves.size() > static_cast<std::size_t>(kEntriesMax)) return too_large();

  Excerpt excerpt;
  Statement statement{subject.type + "/" + encode_hex(subject.id), pseudonym, leaves.size(), leaves.back().hash, {}};
  for (std::uint64_t epoch = 1; epoch <= current.origin.epoch; ++epoch) {
    TUTELA_ASSIGN(const auto note, last_checkpoint(reader, epoch));
    TUTELA_ASSIGN(const auto checkpoint, open_checkpoint(note, keys.signing_key.public_key()));
    TUTELA_ASSIGN(auto opened, export_epoch(reader, note, checkpoint));
    statement.checkpoints.push_back(checkpoint);
    excerpt.epochs.push_back(std::move(opened));
  }
  for (const auto& leaf : leaves) {
    if (leaf.epoch == 0 || leaf.epoch > statement.checkpoints.size())
      return fail(ErrorCode::corrupt, "ledger.missing_checkpoint");
    TUTELA_ASSIGN(auto entry, export_entry(reader, leaf, statement.checkpoints[leaf.epoch - 1]));
    excerpt.entries.push_back(std::move(entry));
  }
  excerpt.statement = sign_note(encode_statement(statement), encode_origin(current.origin), keys.signing_key);
  auto text = encode_excerpt(excerpt);
  if (text.size() > limits::kExcerptBytesMax) return too_large();
  return text;
}

}  // namespace tutela::ledger
