#pragma once

#include <CLI/App.hpp>

namespace tutela::app {

// keys status, keys seal: what protects the key folder, and changing it. Both take --data DIR and --json. `seal` refuses with
// "store.in_use" while a server holds the folder, and changes nothing unless the present secret is right.
void add_key_commands(CLI::App& program, int& exit_code);

}  // namespace tutela::app
