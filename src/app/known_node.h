#pragma once

#include "app/node.h"
#include "cli/known.h"

namespace tutela::app {

// The banks of a node that does not serve. The folder stays held while it lives. The first question puts an entry into the ledger
// that names `command`, before it is answered; where that fails it is not answered. As Node::open().
Result<std::unique_ptr<cli::Known>> open_known_node(const DataFolder& folder, const std::string& command);

}  // namespace tutela::app
