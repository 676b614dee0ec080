#include "app/upkeep_commands.h"

#include <optional>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include "app/command_output.h"
#include "app/key_secret.h"
#include "app/node.h"
#include "app/privileges.h"
#include "app/restore.h"
#include "backup/backup.h"
#include "doctor/examination.h"
#include "ledger/cosignature.h"
#include "line/schema_steps.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_snapshot.h"
#include "vault/durable_file.h"

namespace tutela::app {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string data, target, backup, keys, since_list, last_known, to;
  std::optional<std::uint64_t> sample_seed;
  bool deep = false;
  bool json = false;
};

OutputForm form_of(const Options& options) { return options.json ? OutputForm::json : OutputForm::lines; }

Result<> take(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  const DataFolder folder{options.data};
  TUTELA_ASSIGN(const auto config, read_config(folder));
  TUTELA_ASSIGN(const auto keys, vault::KeyStore::open(folder.keys(), ask_key_secret(config)));
  const auto steps = line::schema_steps();
  std::unique_ptr<store::Store> server;
  if (!config.store.postgresql.empty()) {
    TUTELA_ASSIGN(server, store::open_postgres(config.store.postgresql, 2));
  }
  TUTELA_ASSIGN(const auto taken, backup::take_backup({folder.database(), folder.objects(), folder.settings(),
                                                       folder.after_list(), keys, steps, server.get()},
                                                      options.target, SystemClock().now()));
  const auto& manifest = taken.manifest;
  print_result({{"backup", options.target},
                {"node", manifest.node},
                {"taken", to_rfc3339(manifest.taken_at)},
                {"schema", manifest.schema},
                {"files", manifest.files},
                {"bytes", manifest.bytes},
                {"ledger", fmt::format("{} {}", ledger::encode_origin(manifest.checkpoint.origin), manifest.checkpoint.size)}},
               form_of(options));
  return {};
}

Result<> restore(const Options& options) {
  TUTELA_TRY(check_target_is_empty(options.data));
  TUTELA_TRY(give_up_root(options.data, FolderUse::new_node, Unreachable::stay));
  // The settings in the backup are believed only once it is verified, and so is a command for the keys that stands in them.
  RestoreRequest request{options.backup, {options.data}, options.keys, options.since_list, ask_key_secret({})};
  if (!options.last_known.empty()) {
    const auto note = vault::read_file(options.last_known, ledger::kCosignedNoteBytesMax);
    if (!note) return fail(ErrorCode::not_found, "restore.no_checkpoint");
    request.last_known = std::string(as_text(*note));
  }
  if (!options.to.empty()) request.to = options.to;
  request.sample_seed = options.sample_seed;
  TUTELA_ASSIGN(const auto restored, restore_node(request));
  print_result({{"data", options.data},
                {"node", restored.manifest.node},
                {"taken", to_rfc3339(restored.manifest.taken_at)},
                {"epoch", restored.epoch},
                {"entries_lost", restored.entries_lost},
                {"withdrawn", restored.withdrawn},
                {"destroyed", restored.destroyed},
                {"holds", restored.holds},
                {"found_again", restored.matches_tried},
                {"sample_seed", restored.sample_seed}},
               form_of(options));
  return {};
}

Result<std::unique_ptr<store::Store>> open_to_look(const DataFolder& folder, const Config& config) {
  if (!config.store.postgresql.empty()) return store::open_postgres(config.store.postgresql, 1);
  return store::open_sqlite_read_only(folder.database(), store::Beside::a_writer);
}

Json to_json(const doctor::Finding& finding) {
  return {{"grade", doctor::to_word(finding.grade)},
          {"what", finding.what.text()},
          {"where", finding.where},
          {"sample", finding.sample},
          {"count", finding.count},
          {"advice", doctor::advice(finding.what.text())}};
}

// `seed` of a look that took a sample.
void print_findings(const doctor::Findings& findings, std::optional<std::uint64_t> seed, const Options& options) {
  if (options.json) {
    Json list = Json::array();
    for (const auto& finding : findings.all()) list.push_back(to_json(finding));
    Json result{{"damages", findings.damages()}, {"findings", list}, {"looked_at", findings.counts()}};
    if (seed) result["sample_seed"] = *seed;
    print_result(result, OutputForm::json);
    return;
  }
  for (const auto& finding : findings.all()) {
    fmt::print("{:<7} {}: {} ({}){}\n", doctor::to_word(finding.grade), finding.what.text(), finding.where, finding.count,
               finding.sample.empty() ? "" : ", such as " + finding.sample);
    if (const auto advice = doctor::advice(finding.what.text()); !advice.empty()) fmt::print("        {}\n", advice);
  }
  for (const auto& [what, count] : findings.counts()) fmt::print("{:<14} {}\n", what, count);
  if (seed) fmt::print("{:<14} {}\n", "sample seed", *seed);
  fmt::print("{}\n", findings.damages() == 0 ? "no damage" : "DAMAGED");
}

Result<> examine(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  const DataFolder folder{options.data};
  TUTELA_ASSIGN(const auto config, read_config(folder));
  TUTELA_ASSIGN(const auto keys, vault::KeyStore::open(folder.keys(), ask_key_secret(config)));
  TUTELA_ASSIGN(const auto store, open_to_look(folder, config));
  const auto steps = line::schema_steps();
  const auto seed = options.sample_seed.value_or(drawn_seed());
  TUTELA_ASSIGN(const auto findings,
                doctor::examine({*store, keys, folder.objects(), steps},
                                options.deep ? doctor::Depth::deep : doctor::Depth::quick, SystemClock().now(), seed));
  print_findings(findings, options.deep ? std::nullopt : std::optional(seed), options);
  if (findings.damages() > 0) return fail(ErrorCode::corrupt, "doctor.damaged");
  return {};
}

CLI::App* command(CLI::App& program, const std::string& name, const std::string& what, Options& options, int& exit_code,
                  Result<> (*run)(const Options&)) {
  auto* added = program.add_subcommand(name, what);
  added->add_option("--data", options.data, "Folder of the node")->required();
  added->add_flag("--json", options.json, "Print one JSON object");
  added->callback([&options, &exit_code, run] {
    if (const auto done = run(options); !done) exit_code = report_error(done.error());
  });
  return added;
}

}  // namespace

void add_upkeep_commands(CLI::App& program, int& exit_code) {
  static Options options;
  auto* taken = command(program, "backup", "Copy the data, not the keys, while the server runs", options, exit_code, take);
  taken->add_option("TARGET", options.target, "Folder to make; it is whole or not there")->required();

  auto* restored = command(program, "restore", "Make a node of a backup, once it has proved itself", options, exit_code, restore);
  restored->add_option("BACKUP", options.backup, "Folder that 'tutela backup' made")->required();
  restored->add_option("--keys", options.keys, "A copy of the node's key folder")->required();
  restored->add_option("--since-list", options.since_list,
                       "The newest copy of after.list: what was destroyed, withdrawn and held since the backup");
  restored->add_option("--last-known", options.last_known,
                       "File with the newest signed checkpoint that anybody has, cosigned or not");
  restored->add_option("--sample-seed", options.sample_seed,
                       "Look at the same sample, and try the same entries of the banks, as a restore that said this number");
  restored->add_option("--to", options.to,
                       "An empty PostgreSQL database for the node: postgresql://… or host=… dbname=…; without it, SQLite");

  auto* doctor = command(program, "doctor", "Look at a node, running or not, and say what is wrong and what to do", options,
                         exit_code, examine);
  auto* deep = doctor->add_flag("--deep", options.deep, "Every row, field, object and proof, not a sample");
  doctor
      ->add_option("--sample-seed", options.sample_seed,
                   "The same sample of sealed fields and objects as a look that said this number")
      ->excludes(deep);
}

}  // namespace tutela::app
