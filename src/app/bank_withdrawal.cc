#include "app/bank_withdrawal.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "cli/progress.h"
#include "line/banks.h"

namespace tutela::app {

// A line, and the entry that it names. The text is kept until it is known whether there is such an entry.
struct ListWithdrawal::Asked {
  std::string text;
  std::int64_t number = 0;
  bool is_cut = false;
  Result<EntryId> entry;
};

namespace {

Result<EntryId> parse_id(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::invalid, "list.no_entry");
  const auto id = EntryId::parse(text);
  if (!id) return fail(ErrorCode::invalid, "list.bad_entry");
  return *id;
}

Result<EntryId> entry_named(const match::ListParser& parser, match::ListFormat format, const lists::LineReader::Line& line) {
  if (line.is_cut) return fail(ErrorCode::invalid, "list.line_too_long");
  if (format == match::ListFormat::text) return parse_id(line.text);
  TUTELA_ASSIGN(const auto entry, parser.parse(line.text));
  return parse_id(entry.entry);
}

}  // namespace

Result<ListWithdrawal> ListWithdrawal::open(const std::filesystem::path& list, match::ListFormat format) {
  TUTELA_ASSIGN(auto file, lists::open_list(list));
  auto refused_path = list;
  refused_path += ".refused";
  TUTELA_ASSIGN(auto refused, RefusedLines::open(std::move(refused_path)));
  return ListWithdrawal(std::move(file), std::move(refused), format);
}

Result<> ListWithdrawal::carry_out(Node& node, const line::SignedIn& member, const std::string& reason, std::vector<Asked>& batch,
                                   Done& done) {
  std::vector<EntryId> ids;
  for (const Asked& asked : batch)
    if (asked.entry) ids.push_back(*asked.entry);
  TUTELA_ASSIGN(const auto withdrawn, line::withdraw_entries(node.context(), ids, member, reason));
  // Every copy of the list that a restore applies is behind by one batch at most.
  TUTELA_TRY(node.sequence());
  for (const Asked& asked : batch) {
    const bool is_unknown = asked.entry && std::ranges::find(withdrawn.unknown, *asked.entry) != withdrawn.unknown.end();
    if (asked.entry && !is_unknown) continue;
    const Error error = is_unknown ? Error{ErrorCode::not_found, "bank.unknown_entry"} : asked.entry.error();
    refused_.add({asked.text, asked.number, 0, asked.is_cut}, error);
    ++done.refused;
  }
  TUTELA_TRY(refused_.write());
  done.withdrawn += std::ssize(withdrawn.entries);
  done.already += std::ssize(withdrawn.already);
  done.reopened += std::ssize(withdrawn.reopened);
  batch.clear();
  return {};
}

Result<ListWithdrawal::Done> ListWithdrawal::run(Node& node, const line::SignedIn& member, const std::string& reason) {
  const auto before = lists::state_of(list_);
  TUTELA_ASSIGN(auto parser, match::ListParser::open(format_));
  lists::LineReader reader(list_.get(), {});
  Done done;
  if (parser.needs_header()) {
    TUTELA_ASSIGN(const auto header, reader.next());
    if (!header || header->is_cut) return fail(ErrorCode::invalid, "list.bad_header");
    TUTELA_TRY(parser.read_header(header->text));
    done.lines = header->number;
  }
  // What an earlier start kept aside is found again.
  TUTELA_TRY(refused_.cut_at(0));
  std::vector<Asked> batch;
  cli::Progress progress("lines", {});
  for (;;) {
    TUTELA_ASSIGN(const auto line, reader.next());
    if (line) {
      done.lines = line->number;
      batch.push_back({std::string(line->text), line->number, line->is_cut, entry_named(parser, format_, *line)});
      if (batch.size() < line::kWithdrawnAtOnceMax) continue;
      progress.tell(
          {done.lines, static_cast<double>(line->end_bytes) / static_cast<double>(std::max<std::int64_t>(before.bytes, 1))});
    }
    if (lists::state_of(list_) != before) return fail(ErrorCode::conflict, "list.changed_meanwhile");
    TUTELA_TRY(carry_out(node, member, reason, batch, done));
    if (!line) break;
  }
  progress.finish(done.lines);
  return done;
}

}  // namespace tutela::app
