#pragma once

#include <CLI/App.hpp>

namespace tutela::app {

// tutela store migrate|check|copy (docs/operating/store.md). All take --data DIR and --json, and refuse with "store.in_use" while
// a server holds the folder. `exit_code` becomes that of the error; check ends with that of "corrupt" after it has printed what
// does not fit.
void add_store_commands(CLI::App& program, int& exit_code);

}  // namespace tutela::app
