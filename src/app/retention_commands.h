#pragma once

#include <CLI/App.hpp>

namespace tutela::app {

// retention list, retention run: what a running server does once a minute, for a node whose server is stopped. Both take --data
// DIR and --json, and refuse with "store.in_use" while a server holds the folder.
void add_retention_commands(CLI::App& program, int& exit_code);

}  // namespace tutela::app
