#include "app/store_commands.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include "app/command_output.h"
#include "app/key_secret.h"
#include "app/node.h"
#include "app/privileges.h"
#include "app/store_copy.h"
#include "line/retention.h"
#include "line/schema_steps.h"
#include "line/store_check.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "vault/key_store.h"

namespace tutela::app {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string data;
  bool json = false;
  std::string to;
  bool first_files = false;
};

void print(const Options& options, const Json& result) {
  print_result(result, options.json ? OutputForm::json : OutputForm::lines);
}

Json to_json(const line::LedgerState& ledger) {
  return {{"epoch", ledger.epoch}, {"size", ledger.size}, {"root", encode_hex(ledger.root)}};
}

Result<store::SchemaFacts> look_at_schema(const DataFolder& folder, const Config& config) {
  if (config.store.postgresql.empty()) return store::look_at_sqlite(folder.database());
  TUTELA_ASSIGN(const auto server, store::open_postgres(config.store.postgresql, 1));
  return store::find_schema(*server);
}

Result<> migrate(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  const DataFolder folder{options.data};
  TUTELA_ASSIGN(const auto config, read_config(folder));
  TUTELA_ASSIGN(const auto before, look_at_schema(folder, config));
  TUTELA_TRY(store::check_schema(before, line::schema_steps()));
  const auto beside = options.first_files ? BesideFiles::made_if_missing : BesideFiles::required;
  TUTELA_ASSIGN(const auto node, Node::open(folder, DecoderUse::none, {.beside = beside}));
  TUTELA_TRY(node->sequence());
  TUTELA_ASSIGN(const auto after, store::find_schema(node->context().store));
  print(options, {{"backend", node->context().store.backend()}, {"from", before.version}, {"to", after.version}});
  return {};
}

Result<> check(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  const DataFolder folder{options.data};
  TUTELA_ASSIGN(const auto config, read_config(folder));
  TUTELA_ASSIGN(const auto keys, vault::KeyStore::open(folder.keys(), ask_key_secret(config)));
  TUTELA_ASSIGN(const auto store, open_database(folder, config));
  TUTELA_ASSIGN(const auto report, line::check_store(*store, keys.key_chain()));
  Json rows = Json::object();
  for (const auto& table : report.tables) rows[table.table] = table.rows;
  Json dangling = Json::array();
  for (const auto& one : report.dangling)
    dangling.push_back({{"column", fmt::format("{}.{}", one.reference.table, one.reference.column)},
                        {"names_missing", one.reference.to_table},
                        {"rows", one.rows}});
  print(options, {{"backend", store->backend()},
                  {"version", report.version},
                  {"rows", rows},
                  {"faults", report.faults},
                  {"dangling", dangling},
                  {"ledger", to_json(report.ledger)}});
  if (!report.faults.empty() || !report.dangling.empty()) return fail(ErrorCode::corrupt, "store.not_sound");
  return {};
}

Result<> copy(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  TUTELA_ASSIGN(const auto copied, copy_to_postgres({options.data}, options.to));
  Json result = {{"rows", copied.rows}, {"tables", copied.tables}, {"ledger", to_json(copied.ledger)}};
  print(options, result);
  if (!options.json)
    fmt::print(
        "\nEvery row was compared and the ledger's root is the same. To serve from there, write into {}:\n\n"
        "[store]\npostgresql = \"…\"\n\nThe SQLite file was not changed; keep it until the node has served from PostgreSQL.\n",
        DataFolder{options.data}.settings().string());
  return {};
}

CLI::App* command(CLI::App& parent, const std::string& name, const std::string& what, Options& options, int& exit_code,
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

void add_store_commands(CLI::App& program, int& exit_code) {
  static Options options;
  auto* store = program.add_subcommand("store", "The node's database")->require_subcommand(1);
  auto* migrated = command(*store, "migrate", "Bring the database to this program's schema; 'serve' does it by itself", options,
                           exit_code, migrate);
  migrated->add_flag("--first-files", options.first_files,
                     "The node is of a release without after.list or ledger.head: make what is missing from its database");
  command(*store, "check", "Read every row and every ledger entry, and say what does not fit", options, exit_code, check);
  auto* copied =
      command(*store, "copy", "Copy a stopped node from SQLite into an empty PostgreSQL database", options, exit_code, copy);
  copied->add_option("--to", options.to, "How to reach it: postgresql://… or host=… dbname=…")->required();
}

}  // namespace tutela::app
