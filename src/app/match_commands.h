#pragma once

#include <CLI/App.hpp>

namespace tutela::app {

// tutela match and tutela scan (docs/banks.md): files and fingerprints against a list, against the banks of a node's folder, or,
// for match, against a node that is serving.
void add_match_commands(CLI::App& program, int& exit_code);

}  // namespace tutela::app
