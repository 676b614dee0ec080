#include "app/retention_commands.h"

#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/clock_reading.h"
#include "app/command_output.h"
#include "app/node.h"
#include "app/privileges.h"
#include "line/erasures.h"
#include "line/retention.h"

namespace tutela::app {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string data;
  bool json = false;
};

Result<std::unique_ptr<Node>> open_node(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  return Node::open({options.data}, DecoderUse::none);
}

Result<> print_state(const Options& options, Node& node, Json result) {
  TUTELA_TRY(node.context().store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto clock, retention::find_clock(reader));
    result["quiet_hours_left"] = clock ? std::chrono::ceil<std::chrono::hours>(clock->quiet_left).count() : 72;
    TUTELA_ASSIGN(const auto rows, retention::list_destructions(reader, 100));
    std::string due;
    for (const auto& row : rows)
      due += (due.empty() ? "" : ", ") + row.class_name + " " + std::string(retention::to_word(row.state));
    result["destructions"] = due.empty() ? "none" : due;
    TUTELA_ASSIGN(const auto erasures, retention::list_erasures(reader, 100));
    std::int64_t waiting = 0;
    for (const auto& row : erasures)
      waiting += row.state == retention::DestructionState::destroyed || row.state == retention::DestructionState::refused ? 0 : 1;
    result["erasures_waiting"] = waiting;
    TUTELA_ASSIGN(const auto holds, retention::list_holds(reader, 10'000));
    std::int64_t in_force = 0;
    for (const auto& hold : holds) in_force += hold.is_in_force(node.clock().now()) ? 1 : 0;
    result["holds_in_force"] = in_force;
    return {};
  }));
  print_result(result, options.json ? OutputForm::json : OutputForm::lines);
  return {};
}

Result<> list(const Options& options) {
  TUTELA_ASSIGN(const auto node, open_node(options));
  return print_state(options, *node, Json::object());
}

Result<> run(const Options& options) {
  TUTELA_ASSIGN(const auto node, open_node(options));
  const auto& context = node->context();
  const auto reading = read_clocks(node->clock());
  TUTELA_TRY(line::watch_clock(context, reading));
  TUTELA_ASSIGN(const auto proposed, line::propose_destructions(context));
  TUTELA_ASSIGN(const auto destroyed, line::carry_out_destructions(context, reading));
  TUTELA_ASSIGN(const auto erased, line::carry_out_erasures(context, reading));
  TUTELA_TRY(node->sequence());
  return print_state(options, *node, {{"proposed", proposed}, {"destroyed", destroyed}, {"erased", erased}});
}

void add_command(CLI::App& parent, const std::string& name, const std::string& what, Options& options, int& exit_code,
                 Result<> (*run)(const Options&)) {
  auto* added = parent.add_subcommand(name, what);
  added->add_option("--data", options.data, "Folder of the node")->required();
  added->add_flag("--json", options.json, "Print one JSON object");
  added->callback([&options, &exit_code, run] {
    if (const auto done = run(options); !done) exit_code = report_error(done.error());
  });
}

}  // namespace

void add_retention_commands(CLI::App& program, int& exit_code) {
  static Options options;
  auto* retention = program.add_subcommand("retention", "What is kept until when, and what waits to be destroyed");
  retention->require_subcommand(1);
  add_command(*retention, "list", "What is due, approved or destroyed, and how many holds are in force", options, exit_code,
              list);
  add_command(*retention, "run", "Propose what is due, and destroy what two members or their schedule approved, early or in time",
              options, exit_code, run);
}

}  // namespace tutela::app
