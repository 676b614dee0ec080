#pragma once

#include <CLI/App.hpp>

namespace tutela::app {

// tutela ledger checkpoint|excerpt|export|cosign|stamp (docs/ledger.md). All take --data DIR and --json, and refuse with
// "store.in_use" while a server holds the folder; the server cosigns and stamps by itself. `exit_code` becomes that of the error.
void add_ledger_commands(CLI::App& program, int& exit_code);

}  // namespace tutela::app
