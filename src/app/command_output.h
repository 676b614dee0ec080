#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"

// How commands speak: an error with what to do about it on standard error, a result as one JSON object or as lines.
namespace tutela::app {

// Returns the exit code.
int report_error(const Error& error);

enum class OutputForm : std::uint8_t { lines, json };
void print_result(const nlohmann::json& result, OutputForm form);

}  // namespace tutela::app
