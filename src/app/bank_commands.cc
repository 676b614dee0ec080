#include "app/bank_commands.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include "app/bank_import.h"
#include "app/bank_withdrawal.h"
#include "app/command_output.h"
#include "app/node.h"
#include "app/privileges.h"
#include "line/accounts.h"
#include "line/bank_lists.h"
#include "line/banks.h"
#include "line/retention.h"

namespace tutela::app {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string data;
  bool json = false;
  std::string bank, purpose = "match", source, legal_basis, file, format, act, age_band, login, password_file, reason;
  std::vector<std::string> entries;
  int threshold = match::kDistanceBitsDefault;
  int days = 0;

  OutputForm form() const { return json ? OutputForm::json : OutputForm::lines; }
};

Result<std::unique_ptr<Node>> open_node(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  return Node::open({options.data}, DecoderUse::none);
}

// One line without its end: from a file, from a terminal that does not show it, or from standard input.
Result<Sensitive<std::string>> read_password(const std::string& path) {
  std::string line;
  if (!path.empty()) {
    std::ifstream file(path);
    if (!std::getline(file, line)) return fail(ErrorCode::invalid, "member.no_password");
    return Sensitive<std::string>(std::move(line));
  }
  termios shown{};
  const bool is_terminal = ::tcgetattr(STDIN_FILENO, &shown) == 0;
  if (is_terminal) {
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    fmt::print(stderr, "Password: ");
    std::fflush(stderr);
  }
  const bool read = static_cast<bool>(std::getline(std::cin, line));
  if (is_terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fmt::print(stderr, "\n");
  }
  if (!read) return fail(ErrorCode::invalid, "member.no_password");
  return Sensitive<std::string>(std::move(line));
}

// What a member does is done by that member: signed in for this one act, with the roles that the console would ask for.
template <class Act>
Result<> as_member(const Options& options, std::string_view route, Act act) {
  TUTELA_ASSIGN(const auto password, read_password(options.password_file));
  TUTELA_ASSIGN(const auto node, open_node(options));
  const auto& context = node->context();
  TUTELA_ASSIGN(const auto session, line::sign_in(context, options.login, password));
  const auto done = [&]() -> Result<> {
    const auto* permission = access::find_permission(access::Listener::console, "POST", route);
    if (permission == nullptr) return fail(ErrorCode::internal, "access.route_without_row");
    TUTELA_TRY(access::check_allowed(session.member.presence.roles(), *permission, access::Sensitivity::plain));
    return act(*node, session.member);
  }();
  TUTELA_TRY(line::sign_out(context, session.token.reveal()));
  TUTELA_TRY(node->sequence());
  return done;
}

Result<> create(const Options& options) {
  TUTELA_ASSIGN(const auto purpose, match::parse_bank_purpose(options.purpose));
  TUTELA_ASSIGN(const auto node, open_node(options));
  const auto& context = node->context();
  if (purpose == match::BankPurpose::safe) {
    TUTELA_TRY(line::create_safe_bank(context, options.bank, options.source, options.legal_basis, std::chrono::days(options.days),
                                      line::Actor::node()));
  } else {
    TUTELA_TRY(line::create_bank(context, {options.bank, purpose, options.threshold, options.source, options.legal_basis},
                                 line::Actor::node()));
  }
  TUTELA_TRY(node->sequence());
  print_result({{"bank", options.bank}, {"purpose", options.purpose}}, options.form());
  return {};
}

Json not_compared_json(const match::NotCompared& entries) {
  return {{"quality_below_50", entries.quality_below_50}, {"algorithm_carried_only", entries.algorithm_carried_only}};
}

Result<Json> describe(store::Reader& reader, const match::BankRow& bank) {
  TUTELA_ASSIGN(const auto counts, match::entry_counts_of_bank(reader, bank.id));
  TUTELA_ASSIGN(const auto not_compared, match::not_compared_in_bank(reader, bank.id));
  TUTELA_ASSIGN(const auto adoptions, match::adoptions_of_bank(reader, bank.id));
  TUTELA_ASSIGN(const auto term, match::find_bank_term(reader, bank.id));
  TUTELA_ASSIGN(const auto imports, match::list_imports_of_bank(reader, bank.id));
  Json out = {{"bank", bank.name},
              {"purpose", bank.purpose},
              {"threshold", bank.threshold},
              {"source", bank.source},
              {"legal_basis", bank.legal_basis},
              {"active", counts.active},
              {"disputed", counts.disputed},
              {"withdrawn", counts.withdrawn},
              {"adopted", counts.adopted},
              {"not_compared", not_compared_json(not_compared)},
              {"adopted_by_two", line::is_adopted(adoptions)},
              {"waits_for_second", !adoptions.empty() && !adoptions.back().second_member},
              {"imports", Json::array()}};
  if (term) out["expires_at"] = to_rfc3339(*term);
  for (const auto& row : imports)
    out["imports"].push_back({{"list", encode_hex(row.digest)},
                              {"lines", row.lines},
                              {"imported", row.imported},
                              {"known", row.known},
                              {"refused", row.refused},
                              {"finished", row.finished_at.has_value()}});
  return out;
}

Result<> list(const Options& options) {
  TUTELA_ASSIGN(const auto node, open_node(options));
  TUTELA_ASSIGN(const auto banks,
                in_snapshot<std::vector<Json>>(node->context().store, [&](store::Reader& reader) -> Result<std::vector<Json>> {
                  TUTELA_ASSIGN(const auto rows, match::list_banks(reader));
                  std::vector<Json> all;
                  for (const auto& row : rows) {
                    TUTELA_ASSIGN(auto one, describe(reader, row));
                    all.push_back(std::move(one));
                  }
                  return all;
                }));
  if (options.json) {
    for (const auto& bank : banks) print_result(bank, OutputForm::json);
    return {};
  }
  constexpr std::string_view kRow = "{:<24} {:<14} {:>9} {:>12} {:>12} {:>10} {:>16} {:>12}\n";
  fmt::print(kRow, "bank", "purpose", "threshold", "active", "adopted", "withdrawn", "quality below 50", "carried only");
  for (const auto& bank : banks)
    fmt::print(kRow, bank["bank"].get<std::string>(), bank["purpose"].get<std::string>(), bank["threshold"].dump(),
               bank["active"].dump(), bank["adopted"].dump(), bank["withdrawn"].dump(),
               bank["not_compared"]["quality_below_50"].dump(), bank["not_compared"]["algorithm_carried_only"].dump());
  return {};
}

Result<match::ListFormat> format_of(const Options& options) {
  return options.format.empty() ? lists::format_of(options.file) : match::parse_list_format(options.format);
}

Result<> import(const Options& options) {
  line::ListDefaults defaults;
  if (!options.act.empty()) {
    TUTELA_ASSIGN(defaults.act, parse_act(options.act));
  }
  if (!options.age_band.empty()) {
    TUTELA_ASSIGN(defaults.age_band, parse_age_band(options.age_band));
  }
  TUTELA_ASSIGN(const auto format, format_of(options));
  TUTELA_ASSIGN(auto import, ListImport::open(options.file, format, options.bank));
  match::NotCompared not_compared;
  const auto imported = [&]() -> Result<match::ListImportRow> {
    TUTELA_ASSIGN(const auto node, open_node(options));
    TUTELA_ASSIGN(const auto bank, line::find_bank_named(node->context(), options.bank));
    auto row = import.run(node->context(), bank, defaults, line::Actor::node());
    TUTELA_TRY(node->sequence());
    TUTELA_ASSIGN(not_compared, in_snapshot<match::NotCompared>(node->context().store, [&](store::Reader& reader) {
                    return match::not_compared_in_bank(reader, bank.id);
                  }));
    return row;
  }();
  if (!imported || imported->refused == 0) import.refused().discard_empty();
  TUTELA_TRY(imported);
  Json result = {{"bank", options.bank},           {"lines", imported->lines},
                 {"imported", imported->imported}, {"known", imported->known},
                 {"refused", imported->refused},   {"not_compared_in_bank", not_compared_json(not_compared)}};
  if (imported->refused > 0) result["refused_in"] = import.refused().path().string();
  print_result(result, options.form());
  if (imported->refused > 0) return fail(ErrorCode::invalid, "list.lines_refused");
  return {};
}

// Where an export goes: standard output, or a file that has its name only when it is whole.
class ExportFile {
 public:
  static Result<ExportFile> open(const std::string& path) {
    if (path.empty()) return ExportFile(stdout, "");
    const std::string unfinished = path + ".unfinished";
    const int descriptor = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    std::FILE* file = descriptor < 0 || ::fchmod(descriptor, 0600) != 0 ? nullptr : ::fdopen(descriptor, "w");
    if (file == nullptr) return fail(ErrorCode::denied, "list.cannot_write");
    return ExportFile(file, path);
  }
  Result<> write(std::string_view text) const {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) return fail(ErrorCode::unavailable, "list.cannot_write");
    return {};
  }
  Result<> finish() const {
    if (std::fflush(file_) != 0) return fail(ErrorCode::unavailable, "list.cannot_write");
    if (path_.empty()) return {};
    const std::string unfinished = path_ + ".unfinished";
    if (::fsync(::fileno(file_)) != 0 || ::rename(unfinished.c_str(), path_.c_str()) != 0)
      return fail(ErrorCode::unavailable, "list.cannot_write");
    return {};
  }

 private:
  ExportFile(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  std::FILE* file_;  // lives as long as the command
  std::string path_;
};

Result<> export_list(const Options& options) {
  TUTELA_ASSIGN(const auto format,
                options.format.empty() && options.file.empty() ? match::ListFormat::json_lines : format_of(options));
  TUTELA_ASSIGN(const auto node, open_node(options));
  TUTELA_ASSIGN(const auto bank, line::find_bank_named(node->context(), options.bank));
  TUTELA_ASSIGN(const auto out, ExportFile::open(options.file));
  std::optional<match::ListWriter> writer;
  const auto begin = [&](std::vector<Algorithm> algorithms) -> Result<> {
    // The ledger's entry is numbered, too, before the first byte leaves.
    TUTELA_TRY(node->sequence());
    writer.emplace(format, std::move(algorithms));
    return out.write(writer->header());
  };
  TUTELA_ASSIGN(const auto exported,
                line::export_bank(node->context(), bank, line::Actor::node(), begin,
                                  [&](const match::ListEntry& entry) { return out.write(writer->line(entry)); }));
  TUTELA_TRY(out.finish());
  if (!options.file.empty()) print_result({{"bank", options.bank}, {"exported", exported}}, options.form());
  return {};
}

Result<> adopt(const Options& options) {
  return as_member(options, "/v1/banks/{bank_id}/adopt", [&](Node& node, const line::SignedIn& member) -> Result<> {
    TUTELA_ASSIGN(const auto bank, line::find_bank_named(node.context(), options.bank));
    TUTELA_ASSIGN(const auto taken, line::adopt_bank(node.context(), bank, member, options.reason));
    const bool is_complete = taken.state == line::Adoption::completed;
    Json result = {{"bank", options.bank}, {"adoption", is_complete ? "completed" : "begun"}};
    if (is_complete) result["entries"] = taken.entries;
    print_result(result, options.form());
    if (!is_complete && !options.json) fmt::print("A second member has to say the same.\n");
    return {};
  });
}

Result<> withdraw_file(const Options& options) {
  TUTELA_ASSIGN(const auto format, format_of(options));
  TUTELA_ASSIGN(auto withdrawal, ListWithdrawal::open(options.file, format));
  ListWithdrawal::Done done;
  const auto withdrawn =
      as_member(options, "/v1/entries/{entry_id}/withdraw", [&](Node& node, const line::SignedIn& member) -> Result<> {
        TUTELA_ASSIGN(done, withdrawal.run(node, member, options.reason));
        return {};
      });
  if (done.refused == 0) withdrawal.refused().discard_empty();
  TUTELA_TRY(withdrawn);
  Json result = {{"lines", done.lines},
                 {"withdrawn", done.withdrawn},
                 {"already", done.already},
                 {"refused", done.refused},
                 {"reopened_items", done.reopened}};
  if (done.refused > 0) result["refused_in"] = withdrawal.refused().path().string();
  print_result(result, options.form());
  if (done.refused > 0) return fail(ErrorCode::invalid, "list.lines_refused");
  return {};
}

Result<> withdraw(const Options& options) {
  if (options.file.empty() == options.entries.empty()) return fail(ErrorCode::invalid, "bank.entry_or_file");
  if (!options.file.empty()) return withdraw_file(options);
  std::vector<EntryId> ids;
  for (const auto& text : options.entries) {
    const auto id = EntryId::parse(text);
    if (!id) return fail(ErrorCode::not_found, "bank.unknown_entry");
    ids.push_back(*id);
  }
  return as_member(options, "/v1/entries/{entry_id}/withdraw", [&](Node& node, const line::SignedIn& member) -> Result<> {
    const auto& context = node.context();
    TUTELA_TRY(context.banks.refresh(context.store));
    for (const auto& id : ids) {
      TUTELA_ASSIGN(const auto reopened, line::withdraw_entry(context, id, member, options.reason));
      Json result = {{"entry", id.to_string()}, {"reopened_items", Json::array()}};
      for (const auto& item : reopened) result["reopened_items"].push_back(item.to_string());
      print_result(result, options.form());
    }
    return {};
  });
}

Result<> change_threshold(const Options& options) {
  // The console has no page for it; it changes what matches, as a withdrawal does, and asks for the same role.
  return as_member(options, "/v1/entries/{entry_id}/withdraw", [&](Node& node, const line::SignedIn& member) -> Result<> {
    TUTELA_ASSIGN(const auto bank, line::find_bank_named(node.context(), options.bank));
    TUTELA_TRY(line::change_threshold(node.context(), bank.id, options.threshold, member, options.reason));
    print_result({{"bank", options.bank}, {"threshold", options.threshold}, {"threshold_before", bank.threshold}},
                 options.form());
    return {};
  });
}

CLI::App* command(CLI::App& parent, const std::string& name, const std::string& what, Options& options, int& exit_code,
                  Result<> (*run)(const Options&)) {
  auto* added = parent.add_subcommand(name, what);
  added->add_option("--data", options.data, "Folder of the node")->required();
  added->add_flag("--json", options.json, "Print JSON objects");
  added->callback([&options, &exit_code, run] {
    if (const auto done = run(options); !done) exit_code = report_error(done.error());
  });
  return added;
}

void take_member(CLI::App& added, Options& options) {
  added.add_option("--by", options.login, "Login of the member who does it")->required();
  added.add_option("--password-file", options.password_file, "First line is the password; otherwise it is asked for");
  added.add_option("--reason", options.reason, "Kept sealed beside the ledger's entry")->required();
}

}  // namespace

void add_bank_commands(CLI::App& program, int& exit_code) {
  static Options options;
  auto* bank = program.add_subcommand("bank", "Banks of known material: lists in and out")->require_subcommand(1);
  const auto name = [](CLI::App* added) { added->add_option("--bank", options.bank, "Name of the bank")->required(); };

  auto* created = command(*bank, "create", "Make a bank", options, exit_code, create);
  name(created);
  created->add_option("--purpose", options.purpose, "match, self_reported or safe");
  created->add_option("--threshold", options.threshold, "Bits of 256 that near values may differ in; 31 is usual");
  created->add_option("--source", options.source, "Who is behind its lists")->required();
  created->add_option("--legal-basis", options.legal_basis)->required();
  created->add_option("--days", options.days, "How long a safe bank is valid");

  command(*bank, "list", "What banks there are, and what is in them", options, exit_code, list);

  auto* imported =
      command(*bank, "import", "Take a list in; the same command again goes on where it stopped", options, exit_code, import);
  name(imported);
  imported->add_option("FILE", options.file, "The list")->required();
  imported->add_option("--format", options.format, "csv, jsonl or text; else by the ending of the name");
  imported->add_option("--act", options.act, "What lines say that say no act: a, b, c, indicative (default), not_illegal, …");
  imported->add_option("--age-band", options.age_band, "What lines say that say no age band; default unknown");

  auto* exported =
      command(*bank, "export", "Hand a bank out as a list; withdrawn entries are not in it", options, exit_code, export_list);
  name(exported);
  exported->add_option("--out", options.file, "A file, in place only when whole; else standard output");
  exported->add_option("--format", options.format, "csv, jsonl (default) or text");

  auto* adopted = command(*bank, "adopt", "A member adopts the bank's source; two are needed", options, exit_code, adopt);
  name(adopted);
  take_member(*adopted, options);

  auto* changed = command(*bank, "threshold", "Change how far near values may differ; above 31 a bank is scanned and kept small",
                          options, exit_code, change_threshold);
  name(changed);
  changed->add_option("BITS", options.threshold, "0 to 256; 31 is usual")->required();
  take_member(*changed, options);

  auto* withdrawn =
      command(*bank, "withdraw", "Entries never match again; what rested on them is reopened", options, exit_code, withdraw);
  withdrawn->add_option("--entry", options.entries, "Id of an entry; again for more");
  withdrawn->add_option("--file", options.file, "The entries of a list as 'tutela bank export' writes it, or one id a line");
  withdrawn->add_option("--format", options.format, "Of the file: csv, jsonl or text; else by the ending of its name");
  take_member(*withdrawn, options);
}

}  // namespace tutela::app
