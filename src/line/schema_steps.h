#pragma once

#include <vector>

#include "store/migrations.h"

namespace tutela::line {

// Every step of a node's schema, ascending: what store::migrate takes.
std::vector<store::Migration> schema_steps();

}  // namespace tutela::line
