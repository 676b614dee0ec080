#include <CLI/CLI.hpp>

#include "app/bank_commands.h"
#include "app/match_commands.h"
#include "app/node_commands.h"
#include "cli/hash_command.h"

int main(int argc, char** argv) {
  CLI::App program(
      "Tutela: detects known child sexual abuse material by fingerprint, takes reports, and carries each through review, "
      "referral and removal.",
      "tutela");
  program.set_version_flag("--version", "tutela 0.1.0");
  program.require_subcommand(1);
  int exit_code = 0;
  tutela::app::add_node_commands(program, exit_code);
  tutela::app::add_bank_commands(program, exit_code);
  tutela::app::add_match_commands(program, exit_code);
  tutela::cli::add_hash_command(program, exit_code);
  CLI11_PARSE(program, argc, argv);
  return exit_code;
}
