#include "app/key_commands.h"

#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/command_output.h"
#include "app/key_secret.h"
#include "app/node.h"
#include "app/privileges.h"
#include "app/signing_change.h"

namespace tutela::app {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string data;
  std::string with;
  bool json = false;
};

Result<> print_status(const Options& options) {
  TUTELA_ASSIGN(const auto facts, vault::KeyStore::examine(DataFolder{options.data}.keys()));
  print_result({{"sealed_with", vault::to_word(facts.seal)},
                {"sealed_files", facts.sealed_files},
                {"readable_files", facts.readable_files},
                {"signing_changes", facts.signing_changes},
                {"classes", facts.classes},
                {"classes_destroyed", facts.classes_destroyed}},
               options.json ? OutputForm::json : OutputForm::lines);
  return {};
}

Result<> status(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  return print_status(options);
}

Result<> seal(const Options& options) {
  TUTELA_ASSIGN(const auto kind, vault::parse_seal_kind(options.with));
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  const DataFolder folder{options.data};
  TUTELA_ASSIGN(const auto config, read_config(folder));
  // The secret is asked for once and used twice: to open the node, which proves that no server runs and that the folder is this
  // node's, and then to open the folder for the change.
  std::optional<Sensitive<std::string>> present;
  const vault::AskSecret ask = [&](vault::SealKind asked) -> Result<Sensitive<std::string>> {
    if (!present) {
      TUTELA_ASSIGN(present, ask_key_secret(config)(asked));
    }
    return *present;
  };
  TUTELA_ASSIGN(const auto node, Node::open(folder, DecoderUse::none, {.ask = ask}));
  Sensitive<std::string> next;
  if (kind != vault::SealKind::none) {
    TUTELA_ASSIGN(next, ask_new_key_secret(config)(kind));
  }
  TUTELA_TRY(vault::KeyStore::seal_folder(folder.keys(), kind, ask, next, node->random()));
  return print_status(options);
}

Result<> change_signing(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  TUTELA_ASSIGN(const auto changed, change_signing_key({options.data}));
  const auto& succession = changed.succession;
  print_result({{"node", succession.node},
                {"old_key", encode_base64(succession.old_key)},
                {"public_key", encode_base64(succession.next_key)},
                {"epoch", succession.epoch},
                {"time", to_rfc3339(succession.at)},
                {"resumed", changed.resumed},
                {"successions", (DataFolder{options.data}.keys() / vault::kSuccessionsFile).string()}},
               options.json ? OutputForm::json : OutputForm::lines);
  return {};
}

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& what, Options& options, int& exit_code,
                      Result<> (*run)(const Options&)) {
  auto* added = parent.add_subcommand(name, what);
  added->add_option("--data", options.data, "Folder of the node")->required();
  added->add_flag("--json", options.json, "Print one JSON object");
  added->callback([&options, &exit_code, run] {
    if (const auto done = run(options); !done) exit_code = report_error(done.error());
  });
  return added;
}

}  // namespace

void add_key_commands(CLI::App& program, int& exit_code) {
  static Options options;
  auto* keys = program.add_subcommand("keys", "What protects the key folder");
  keys->require_subcommand(1);
  add_command(*keys, "status", "What the key folder is sealed with, and how many keys it holds", options, exit_code, status);
  add_command(*keys, "change-signing", "Give the stopped node another signing key; the same command resumes what broke off",
              options, exit_code, change_signing);
  auto* sealing = add_command(*keys, "seal", "Seal the key folder, or change what it is sealed with", options, exit_code, seal);
  sealing->add_option("--with", options.with, "passphrase, command (keys.command of tutela.toml) or none")->required();
}

}  // namespace tutela::app
