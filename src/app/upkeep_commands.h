#pragma once

namespace CLI {
class App;
}

namespace tutela::app {

// backup, restore, doctor.
void add_upkeep_commands(CLI::App& program, int& exit_code);

}  // namespace tutela::app
