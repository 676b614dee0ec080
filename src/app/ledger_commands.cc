#include "app/ledger_commands.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include "app/command_output.h"
#include "app/node.h"
#include "app/privileges.h"
#include "ledger/ledger_view.h"
#include "ledger/log_export.h"
#include "line/record.h"

namespace tutela::app {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string data;
  bool json = false;
  std::string subject, file, folder;
  std::uint64_t epoch = 0;
  bool cosigned = false;

  OutputForm form() const { return json ? OutputForm::json : OutputForm::lines; }
};

Result<std::unique_ptr<Node>> open_node(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  TUTELA_ASSIGN(auto node, Node::open({options.data}, DecoderUse::none));
  TUTELA_TRY(node->sequence());
  return node;
}

Result<> write_new(const std::filesystem::path& path, BytesView content) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary);
  const auto text = as_text(content);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) return fail(ErrorCode::unavailable, "ledger.cannot_write");
  return {};
}

Result<> checkpoint(const Options& options) {
  TUTELA_ASSIGN(const auto node, open_node(options));
  const auto which = options.cosigned ? ledger::Published::cosigned : ledger::Published::newest;
  TUTELA_ASSIGN(const auto note,
                in_snapshot<std::string>(node->context().store, [&](store::Reader& reader) -> Result<std::string> {
                  TUTELA_ASSIGN(const auto current, ledger::current_epoch_number(reader));
                  return ledger::published_checkpoint(reader, options.epoch == 0 ? current : options.epoch, which);
                }));
  if (options.json)
    print_result({{"checkpoint", note}}, OutputForm::json);
  else
    fmt::print("{}", note);
  return {};
}

// "item/0190…": type and id, as a statement writes it, or with the dashes of a UUID.
Result<ledger::Subject> parse_subject(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return fail(ErrorCode::invalid, "ledger.bad_subject");
  std::string digits = text.substr(slash + 1);
  std::erase(digits, '-');
  const auto id = decode_hex(digits);
  if (!id) return fail(ErrorCode::invalid, "ledger.bad_subject");
  return ledger::Subject{text.substr(0, slash), *id};
}

Result<> excerpt(const Options& options) {
  TUTELA_ASSIGN(const auto subject, parse_subject(options.subject));
  TUTELA_ASSIGN(const auto node, open_node(options));
  const auto& context = node->context();
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) {
    return line::record(context, tx, "ledger.excerpt_exported", line::About::node(), line::Actor::node(),
                        {{"type", subject.type}});
  }));
  TUTELA_TRY(node->sequence());
  TUTELA_ASSIGN(const auto text, in_snapshot<std::string>(context.store, [&](store::Reader& reader) {
                  return ledger::export_excerpt(
                      reader, subject, {context.keys.signing_key(), context.keys.subject_key(), context.keys.successions()});
                }));
  if (options.file.empty()) {
    fmt::print("{}", text);
    return {};
  }
  TUTELA_TRY(write_new(options.file, as_bytes(text)));
  print_result({{"excerpt", options.file}}, options.form());
  return {};
}

Result<> export_all(const Options& options) {
  const std::filesystem::path folder(options.folder);
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error))
    return fail(ErrorCode::conflict, "ledger.folder_not_empty");
  TUTELA_ASSIGN(const auto node, open_node(options));
  const auto sink = [&](const std::string& path, BytesView content) { return write_new(folder / path, content); };
  TUTELA_ASSIGN(const auto counts, in_snapshot<ledger::ExportCounts>(node->context().store, [&](store::Reader& reader) {
                  return ledger::export_log(reader, node->context().keys.successions(), sink);
                }));
  print_result({{"folder", options.folder}, {"epochs", counts.epochs}, {"leaves", counts.leaves}, {"files", counts.files}},
               options.form());
  return {};
}

Result<> cosign(const Options& options) {
  TUTELA_ASSIGN(const auto node, open_node(options));
  if (node->witnesses().empty()) return fail(ErrorCode::not_found, "ledger.no_witness");
  std::optional<Error> first_failure;
  for (const auto& witness : node->witnesses()) {
    const auto asked = line::ask_witness(node->log_parts(), witness);
    Json result = {{"witness", witness.key.name}};
    if (asked)
      result["size"] = *asked;
    else
      result["reason"] = asked.error().reason.text();
    print_result(result, options.form());
    if (!asked && !first_failure) first_failure = asked.error();
  }
  if (first_failure) return std::unexpected(*first_failure);
  return {};
}

Result<> stamp(const Options& options) {
  TUTELA_ASSIGN(const auto node, open_node(options));
  TUTELA_ASSIGN(const auto authority, node->time_stamp_authority());
  if (!authority) return fail(ErrorCode::not_found, "time_stamp.no_authority");
  TUTELA_ASSIGN(const auto at, line::ask_for_time_stamp(node->log_parts(), *authority));
  print_result({{"stamped_at", to_rfc3339(at)}}, options.form());
  return {};
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

}  // namespace

void add_ledger_commands(CLI::App& program, int& exit_code) {
  static Options options;
  auto* ledger =
      program.add_subcommand("ledger", "The ledger for outsiders: checkpoints, excerpts, exports")->require_subcommand(1);

  auto* shown =
      command(*ledger, "checkpoint", "Print the signed checkpoint with its cosignatures", options, exit_code, checkpoint);
  shown->add_option("--epoch", options.epoch, "Another epoch than the current one")
      ->check(CLI::Range(std::uint64_t{1}, ledger::kEpochMax));
  shown->add_flag("--cosigned", options.cosigned, "The newest that a witness cosigned");

  auto* one = command(*ledger, "excerpt", "The record of one subject, for tutela-verify", options, exit_code, excerpt);
  one->add_option("--subject", options.subject, "Type and id, such as item/0190a1c0-…")->required();
  one->add_option("--file", options.file, "Where it goes; else standard output");

  auto* all =
      command(*ledger, "export", "The whole log as tiles, without payloads, for tutela-verify", options, exit_code, export_all);
  all->add_option("--folder", options.folder, "A new or empty folder")->required();

  command(*ledger, "cosign", "Ask the configured witnesses to cosign the newest checkpoint", options, exit_code, cosign);
  command(*ledger, "stamp", "Have the newest checkpoint stamped by the configured authority", options, exit_code, stamp);
}

}  // namespace tutela::app
