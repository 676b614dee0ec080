#pragma once

#include "app/node.h"
#include "cli/known.h"

namespace tutela::app {

// The banks of a node that does not serve. The folder stays held while it lives. As Node::open().
Result<std::unique_ptr<cli::Known>> open_known_node(const DataFolder& folder);

}  // namespace tutela::app
