#pragma once

#include <filesystem>

#include "base/result.h"

namespace tutela::app {

enum class Unreachable : std::uint8_t { refuse, stay };

// What a folder that is named on the command line must be, before anything in it is changed.
enum class FolderUse : std::uint8_t {
  node,      // a node's: tutela.toml and at least one of data/ and keys/
  new_node,  // not there, or with nothing but what a broken-off `init` leaves
  demo,      // not there, or with nothing but a demo's
};

// not_found, "node.no_folder" (node); conflict, "node.exists", "node.folder_not_empty" (new_node, demo).
Result<> check_folder(const std::filesystem::path& folder, FolderUse use);

// Started as root, a node gives up root for good: the folder is handed to the user `tutela` if there is one, else to `nobody`,
// and this process becomes that user before it opens anything. Call it while there is one thread. As any other user it only does
// check_folder(), which comes first in any case: a slip in --data must not hand over what is no node's.
//
// What the folder holds is handed over by descriptor, without following links. A file with a second name elsewhere, which
// somebody may have put there to be given it, is denied: "node.folder_not_handed_over".
//
// If that user could not reach the folder or the program (a home that is closed to others), `refuse` is denied "node.root_only";
// `stay`, for a demo, remains root and says so loudly in the log.
Result<> give_up_root(const std::filesystem::path& folder, FolderUse use, Unreachable unreachable);

// No core file of this process, now or of what it starts: it would hold keys and content in clear (I7). unavailable,
// "node.core_files".
Result<> forbid_core_files();

}  // namespace tutela::app
