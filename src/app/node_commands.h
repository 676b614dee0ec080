#pragma once

#include <CLI/App.hpp>

namespace tutela::app {

// init, serve, demo, member add, mandate record, token issue, authority adopt: what an administrator does at the machine. All
// take --data DIR and --json. Each refuses with "store.in_use" while a server holds the folder; `exit_code` becomes that of the
// error (base/error.h).
void add_node_commands(CLI::App& program, int& exit_code);

}  // namespace tutela::app
