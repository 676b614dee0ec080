#pragma once

#include <CLI/App.hpp>

namespace tutela::app {

// tutela bank create|list|import|export|adopt|withdraw (docs/banks.md). All take --data DIR and --json, and refuse with
// "store.in_use" while a server holds the folder. create, import and export are the operator's acts; adopt and withdraw are a
// member's, who signs in with a password. `exit_code` becomes that of the error; import with refused lines ends with that of
// "invalid" after all others were taken in.
void add_bank_commands(CLI::App& program, int& exit_code);

}  // namespace tutela::app
