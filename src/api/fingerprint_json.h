#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/fingerprint.h"

namespace tutela::api {

// The array "fingerprints" of `object`: {algorithm, value (hex), quality?}. As Algorithm::parse and Fingerprint::parse_hex, with
// the position as place; limit, "json.field_too_many".
Result<std::vector<Fingerprint>> parse_fingerprints(const nlohmann::json& object, std::size_t count_max);

}  // namespace tutela::api
