#include "app/bank_import.h"

#include <algorithm>

#include "cli/progress.h"

namespace tutela::app {
namespace {

// Large enough that a commit's fsync is small beside it, small enough that a kill loses a fraction of a second.
constexpr std::size_t kBatchLines = 4000;

}  // namespace

Result<ListImport> ListImport::open(const std::filesystem::path& list, match::ListFormat format, const std::string& bank) {
  if (bank.empty() || bank.find('/') != std::string::npos) return fail(ErrorCode::not_found, "bank.unknown");
  TUTELA_ASSIGN(auto file, lists::open_list(list));
  auto refused_path = list;
  refused_path += "." + bank + ".refused";
  TUTELA_ASSIGN(auto refused, RefusedLines::open(std::move(refused_path)));
  return ListImport(std::move(file), std::move(refused), format);
}

Result<> ListImport::commit(const line::Context& context, const match::BankRow& bank, const line::ListDefaults& defaults,
                            const line::Actor& actor, line::ListBatch& batch) {
  // The lines kept aside are on disk before the progress that counts them.
  TUTELA_ASSIGN(const auto written, refused_.write());
  batch.mark.refused_bytes += written;
  batch.mark.imported += std::ssize(batch.entries);
  TUTELA_ASSIGN(batch.mark, line::import_batch(context, bank, batch, defaults, actor));
  batch.entries.clear();
  return {};
}

Result<match::ListImportRow> ListImport::run(const line::Context& context, const match::BankRow& bank,
                                             const line::ListDefaults& defaults, const line::Actor& actor) {
  const auto before = lists::state_of(list_);
  TUTELA_ASSIGN(const auto digest, lists::digest_of(list_));
  TUTELA_ASSIGN(auto begun, line::begin_list_import(context, bank, digest, format_));
  line::ListBatch batch{{}, std::move(begun)};
  if (batch.mark.finished_at) return batch.mark;
  TUTELA_ASSIGN(auto keys, line::keys_of_bank(context, bank));
  TUTELA_ASSIGN(auto parser, match::ListParser::open(format_));
  if (parser.needs_header()) {
    lists::LineReader first(list_.get(), {});
    TUTELA_ASSIGN(const auto header, first.next());
    if (!header || header->is_cut) return fail(ErrorCode::invalid, "list.bad_header");
    TUTELA_TRY(parser.read_header(header->text));
    if (batch.mark.lines == 0) {
      batch.mark.lines = header->number;
      batch.mark.position_bytes = header->end_bytes;
    }
  }
  // What a killed start wrote after its last commit is read again.
  TUTELA_TRY(refused_.cut_at(batch.mark.refused_bytes));

  const auto mark = [&] {
    return cli::ProgressMark{batch.mark.lines, static_cast<double>(batch.mark.position_bytes) /
                                                   static_cast<double>(std::max<std::int64_t>(before.bytes, 1))};
  };
  cli::Progress progress("lines", mark());
  lists::LineReader reader(list_.get(), {batch.mark.position_bytes, batch.mark.lines});
  std::size_t lines_in_batch = 0;
  for (;;) {
    TUTELA_ASSIGN(const auto line, reader.next());
    if (line) {
      batch.mark.lines = line->number;
      batch.mark.position_bytes = line->end_bytes;
      Result<match::ListEntry> entry =
          line->is_cut ? Result<match::ListEntry>(fail(ErrorCode::invalid, "list.line_too_long")) : parser.parse(line->text);
      if (entry)
        if (const auto allowed = line::check_line_for_bank(bank, *entry); !allowed) entry = std::unexpected(allowed.error());
      if (!entry) {
        refused_.add(*line, entry.error());
        ++batch.mark.refused;
      } else if (!keys.insert(match::key_of(entry->fingerprints))) {
        ++batch.mark.known;
      } else {
        batch.entries.push_back(*std::move(entry));
      }
      if (++lines_in_batch < kBatchLines) continue;
    }
    if (lists::state_of(list_) != before) return fail(ErrorCode::conflict, "list.changed_meanwhile");
    if (!line) batch.mark.finished_at = context.clock.now();
    TUTELA_TRY(commit(context, bank, defaults, actor, batch));
    lines_in_batch = 0;
    progress.tell(mark());
    if (!line) break;
  }
  progress.finish(batch.mark.lines);
  return batch.mark;
}

}  // namespace tutela::app
