#include "app/bank_import.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "cli/progress.h"

namespace tutela::app {
namespace {

// Large enough that a commit's fsync is small beside it, small enough that a kill loses a fraction of a second.
constexpr std::size_t kBatchLines = 4000;

// What tells whether somebody wrote to the list while it was read.
struct FileState {
  off_t size;
  timespec modified;
  friend bool operator==(const FileState& a, const FileState& b) {
    return a.size == b.size && a.modified.tv_sec == b.modified.tv_sec && a.modified.tv_nsec == b.modified.tv_nsec;
  }
};
FileState state_of(const lists::File& file) {
  struct stat facts{};
  ::fstat(file.get(), &facts);
  return {facts.st_size, facts.st_mtim};
}

std::string refused_line(const lists::LineReader::Line& line, const Error& error) {
  nlohmann::ordered_json object = {{"line", line.number}, {"reason", error.reason.text()}};
  if (is_utf8(as_bytes(line.text))) {
    object["text"] = line.text;
  } else {
    object["base64"] = encode_base64(as_bytes(line.text));
  }
  if (line.is_cut) object["cut"] = true;
  return object.dump() + "\n";
}

Result<> write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(ErrorCode::unavailable, "list.cannot_write_refused");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<ListImport> ListImport::open(const std::filesystem::path& list, match::ListFormat format, const std::string& bank) {
  if (bank.empty() || bank.find('/') != std::string::npos) return fail(ErrorCode::not_found, "bank.unknown");
  TUTELA_ASSIGN(auto file, lists::open_list(list));
  auto refused_path = list;
  refused_path += "." + bank + ".refused";
  const int refused = ::open(refused_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (refused < 0) return fail(ErrorCode::denied, "list.cannot_write_refused");
  lists::File refused_file(refused);
  struct stat facts{};
  if (::fstat(refused, &facts) != 0 || !S_ISREG(facts.st_mode) || ::fchmod(refused, 0600) != 0)
    return fail(ErrorCode::denied, "list.cannot_write_refused");
  return ListImport(std::move(file), std::move(refused_file), std::move(refused_path), format);
}

void ListImport::discard_empty() const {
  struct stat facts{};
  if (::fstat(refused_.get(), &facts) == 0 && facts.st_size == 0) ::unlink(refused_path_.c_str());
}

Result<> ListImport::commit(const line::Context& context, const match::BankRow& bank, const line::ListDefaults& defaults,
                            const line::Actor& actor, line::ListBatch& batch, std::string& refused_lines) {
  // The lines kept aside are on disk before the progress that counts them.
  if (!refused_lines.empty()) {
    TUTELA_TRY(write_all(refused_.get(), refused_lines));
    if (::fsync(refused_.get()) != 0) return fail(ErrorCode::unavailable, "list.cannot_write_refused");
    batch.mark.refused_bytes += static_cast<std::int64_t>(refused_lines.size());
    refused_lines.clear();
  }
  batch.mark.imported += std::ssize(batch.entries);
  TUTELA_ASSIGN(batch.mark, line::import_batch(context, bank, batch, defaults, actor));
  batch.entries.clear();
  return {};
}

Result<match::ListImportRow> ListImport::run(const line::Context& context, const match::BankRow& bank,
                                             const line::ListDefaults& defaults, const line::Actor& actor) {
  const FileState before = state_of(list_);
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
  if (::ftruncate(refused_.get(), batch.mark.refused_bytes) != 0 ||
      ::lseek(refused_.get(), batch.mark.refused_bytes, SEEK_SET) != batch.mark.refused_bytes)
    return fail(ErrorCode::unavailable, "list.cannot_write_refused");

  const auto mark = [&] {
    return cli::ProgressMark{
        batch.mark.lines, static_cast<double>(batch.mark.position_bytes) / static_cast<double>(std::max<off_t>(before.size, 1))};
  };
  cli::Progress progress("lines", mark());
  lists::LineReader reader(list_.get(), {batch.mark.position_bytes, batch.mark.lines});
  std::string refused_lines;
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
        refused_lines += refused_line(*line, entry.error());
        ++batch.mark.refused;
      } else if (!keys.insert(match::key_of(entry->fingerprints))) {
        ++batch.mark.known;
      } else {
        batch.entries.push_back(*std::move(entry));
      }
      if (++lines_in_batch < kBatchLines) continue;
    }
    if (state_of(list_) != before) return fail(ErrorCode::conflict, "list.changed_meanwhile");
    if (!line) batch.mark.finished_at = context.clock.now();
    TUTELA_TRY(commit(context, bank, defaults, actor, batch, refused_lines));
    lines_in_batch = 0;
    progress.tell(mark());
    if (!line) break;
  }
  progress.finish(batch.mark.lines);
  return batch.mark;
}

}  // namespace tutela::app
