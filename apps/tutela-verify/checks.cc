#include "checks.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "files.h"
#include "print_report.h"

namespace tutela::ledger {
namespace {

Form form_of(const Options& options) { return options.json ? Form::json : Form::text; }

int refuse(const Error& error, const Options& options) {
  print_refusal(error, form_of(options));
  return error_class(error.code).exit_code;
}

// 0, or after the evidence was kept the exit code of an equivocation.
int conclude(const std::vector<Equivocation>& found, const Options& options) {
  if (found.empty()) return 0;
  if (!options.evidence.empty())
    if (const auto written = write_evidence(options.evidence, found); !written) print_refusal(written.error(), form_of(options));
  return kEquivocationExitCode;
}

// As somebody keeps them beside the key; empty without the option.
Result<std::string> read_successions(const Options& options) {
  if (options.successions.empty()) return std::string();
  return read_file(options.successions, limits::kSuccessionsBytesMax);
}

Result<std::vector<std::string>> read_known(const Options& options) {
  std::vector<std::string> known;
  for (const auto& path : options.known) {
    TUTELA_ASSIGN(auto text, read_file(path, kCosignedNoteBytesMax));
    known.push_back(std::move(text));
  }
  return known;
}

Result<KeyChain> read_keys(const Options& options) {
  TUTELA_ASSIGN(const auto key, read_key(options.key));
  TUTELA_ASSIGN(const auto notes, read_successions(options));
  TUTELA_ASSIGN(auto successions, parse_successions(notes));
  return KeyChain::make(key, std::move(successions));
}

Result<Comparison> compare(const Options& options, std::vector<WitnessSeen>& seen) {
  TUTELA_ASSIGN(const auto keys, read_keys(options));
  TUTELA_ASSIGN(const auto witnesses, read_witnesses(options.witnesses));
  TUTELA_ASSIGN(const auto one, read_file(options.file, kCosignedNoteBytesMax));
  TUTELA_ASSIGN(const auto other, read_file(options.other_file, kCosignedNoteBytesMax));
  for (const auto* bytes : {&one, &other}) {
    TUTELA_ASSIGN(const auto cosigned, parse_cosigned_note(*bytes));
    TUTELA_ASSIGN(const auto checkpoint, open_checkpoint(cosigned.note, keys));
    TUTELA_ASSIGN(const auto found, witnesses_of(cosigned, checkpoint.size, witnesses));
    seen.insert(seen.end(), found.begin(), found.end());
  }
  if (!options.tiles.empty()) return compare_by_tiles(one, other, keys, tiles_in(options.tiles));
  std::optional<std::vector<Hash>> proof;
  if (!options.proof.empty()) {
    TUTELA_ASSIGN(const auto lines, read_file(options.proof, limits::kAddCheckpointBytesMax));
    TUTELA_ASSIGN(proof, parse_proof_lines(lines));
  }
  return compare_checkpoints(one, other, keys, proof);
}

}  // namespace

int check_excerpt(const Options& options) {
  ExcerptComparison comparison;
  const auto report = [&]() -> Result<ExcerptReport> {
    ExcerptTrust trust;
    TUTELA_ASSIGN(trust.key, read_key(options.key));
    TUTELA_ASSIGN(trust.successions, read_successions(options));
    TUTELA_ASSIGN(trust.witnesses, read_witnesses(options.witnesses));
    TUTELA_ASSIGN(trust.known, read_known(options));
    TUTELA_ASSIGN(const auto text, read_file(options.file, limits::kExcerptBytesMax));
    TUTELA_ASSIGN(auto verified, verify_excerpt(text, trust.key, trust.successions));
    TUTELA_ASSIGN(comparison, compare_excerpt(text, trust));
    verified.epochs = comparison.epochs;
    return verified;
  }();
  if (!report) return refuse(report.error(), options);
  print_report(*report, comparison, form_of(options));
  return conclude(comparison.equivocations, options);
}

int check_contradiction(const Options& options) {
  const auto found = [&]() -> Result<std::vector<Equivocation>> {
    TUTELA_ASSIGN(const auto key, read_key(options.key));
    TUTELA_ASSIGN(const auto successions, read_successions(options));
    TUTELA_ASSIGN(const auto one, read_file(options.file, limits::kExcerptBytesMax));
    TUTELA_ASSIGN(const auto other, read_file(options.other_file, limits::kExcerptBytesMax));
    return find_contradictions(one, other, key, successions);
  }();
  if (!found) return refuse(found.error(), options);
  print_contradictions(*found, form_of(options));
  return conclude(*found, options);
}

int check_consistency(const Options& options) {
  std::vector<WitnessSeen> seen;
  const auto compared = compare(options, seen);
  if (!compared) return refuse(compared.error(), options);
  print_comparison(*compared, seen, form_of(options));
  return conclude(compared->equivocation ? std::vector{*compared->equivocation} : std::vector<Equivocation>(), options);
}

int check_export(const Options& options) {
  const auto report = [&]() -> Result<ExportReport> {
    ExportTrust trust;
    TUTELA_ASSIGN(trust.key, read_key(options.key));
    TUTELA_ASSIGN(trust.successions, read_successions(options));
    TUTELA_ASSIGN(trust.witnesses, read_witnesses(options.witnesses));
    TUTELA_ASSIGN(trust.time_stamps, read_roots(options.roots));
    TUTELA_ASSIGN(trust.known, read_known(options));
    return verify_export(export_in(options.file), trust);
  }();
  if (!report) return refuse(report.error(), options);
  print_export(*report, form_of(options));
  return conclude(report->equivocations, options);
}

int check_checkpoint(const Options& options) {
  CheckpointReport report;
  const auto checked = [&]() -> Result<> {
    TUTELA_ASSIGN(const auto keys, read_keys(options));
    TUTELA_ASSIGN(const auto witnesses, read_witnesses(options.witnesses));
    TUTELA_ASSIGN(const auto bytes, read_file(options.file, kCosignedNoteBytesMax));
    TUTELA_ASSIGN(const auto cosigned, parse_cosigned_note(bytes));
    TUTELA_ASSIGN(report.checkpoint, open_checkpoint(cosigned.note, keys));
    TUTELA_ASSIGN(report.witnesses, witnesses_of(cosigned, report.checkpoint.size, witnesses));
    if (options.stamp.empty()) return {};
    TUTELA_ASSIGN(const auto roots, read_roots(options.roots));
    TUTELA_ASSIGN(const auto reply, read_file(options.stamp, limits::kTimeStampReplyBytesMax));
    TUTELA_ASSIGN(report.stamped_at, crypto::verify_time_stamp(as_bytes(reply), crypto::sha256(as_bytes(cosigned.note)), *roots));
    return {};
  }();
  if (!checked) return refuse(checked.error(), options);
  print_checkpoint(report, form_of(options));
  return 0;
}

}  // namespace tutela::ledger
