#pragma once

#include <filesystem>

#include "base/result.h"

namespace tutela::app {

enum class Unreachable : std::uint8_t { refuse, stay };

// Started as root, a node gives up root for good: the folder is handed to the user `tutela` if there is one, else to `nobody`,
// and this process becomes that user before it opens anything. As any other user: does nothing. Call it while there is one
// thread.
//
// If that user could not reach the folder or the program (a home that is closed to others), `refuse` is denied "node.root_only";
// `stay`, for a demo, remains root and says so loudly in the log.
Result<> give_up_root(const std::filesystem::path& folder, Unreachable unreachable);

// No core file of this process, now or of what it starts: it would hold keys and content in clear (I7). unavailable,
// "node.core_files".
Result<> forbid_core_files();

}  // namespace tutela::app
