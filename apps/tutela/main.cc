#include <CLI/CLI.hpp>
#include <iostream>

#include "app/bank_commands.h"
#include "app/command_output.h"
#include "app/key_commands.h"
#include "app/ledger_commands.h"
#include "app/match_commands.h"
#include "app/node_commands.h"
#include "app/privileges.h"
#include "app/retention_commands.h"
#include "app/store_commands.h"
#include "app/upkeep_commands.h"
#include "base/version.h"
#include "cli/hash_command.h"

namespace {
constexpr int kUsageExitCode = 64;  // EX_USAGE of sysexits.h, as the classes of base/error.h are
}

int main(int argc, char** argv) {
  // Any command may hold keys or content in clear, so before all of them.
  if (const auto forbidden = tutela::app::forbid_core_files(); !forbidden) return tutela::app::report_error(forbidden.error());
  CLI::App program(
      "Tutela: detects known child sexual abuse material by fingerprint, takes reports, and carries each through review, "
      "referral and removal.",
      "tutela");
  program.set_version_flag("--version", "tutela " + std::string(tutela::kProgramVersion));
  program.require_subcommand(1);
  int exit_code = 0;
  tutela::app::add_node_commands(program, exit_code);
  tutela::app::add_upkeep_commands(program, exit_code);
  tutela::app::add_bank_commands(program, exit_code);
  tutela::app::add_match_commands(program, exit_code);
  tutela::app::add_ledger_commands(program, exit_code);
  tutela::app::add_retention_commands(program, exit_code);
  tutela::app::add_key_commands(program, exit_code);
  tutela::app::add_store_commands(program, exit_code);
  tutela::cli::add_hash_command(program, exit_code);
  if (argc == 1) {
    std::cerr << program.help();
    return kUsageExitCode;
  }
  const std::string first = argv[1];
  const auto named_first = [&first](const CLI::App* command) { return command->get_name() == first; };
  if (!first.starts_with('-') && program.get_subcommands(named_first).empty()) {
    std::cerr << "There is no command \"" << first << "\". tutela --help lists them.\n";
    return kUsageExitCode;
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : kUsageExitCode;
  }
  return exit_code;
}
