#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "line/concerns.h"
#include "line/context.h"

namespace tutela::api {

nlohmann::json indicators_json(const std::vector<line::IndicatorView>& indicators);
Result<nlohmann::json> report_json(const line::Context& context, const line::ReportDetail& detail);
// The referral with exactly what the authority sees, its supplements and how its delivery goes.
Result<nlohmann::json> referral_detail_json(const line::Context& context, const ReferralId& referral,
                                            const line::SignedIn& member);

}  // namespace tutela::api
