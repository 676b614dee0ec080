#include "line/capture.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tutela::line {

std::string encode_capture(const media::CaptureFacts& facts) {
  nlohmann::json out = {{"taken_at", facts.taken_at}, {"make", facts.make}, {"model", facts.model}};
  if (facts.position) out["position_e7"] = {facts.position->latitude_e7, facts.position->longitude_e7};
  return out.dump();
}

Result<media::CaptureFacts> parse_capture(std::string_view text) {
  try {
    const auto in = nlohmann::json::parse(text);
    media::CaptureFacts facts{
        in.at("taken_at").get<std::string>(), in.at("make").get<std::string>(), in.at("model").get<std::string>(), {}};
    if (in.contains("position_e7"))
      facts.position = media::Position{in["position_e7"].at(0).get<std::int32_t>(), in["position_e7"].at(1).get<std::int32_t>()};
    return facts;
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorCode::corrupt, "item.bad_capture");
  }
}

filing::CaptureFacts filed_capture(const media::CaptureFacts& facts) {
  filing::CaptureFacts filed;
  if (!facts.taken_at.empty()) filed.taken_at = Sensitive<std::string>(facts.taken_at);
  const std::string device =
      facts.make.empty() || facts.model.empty() ? facts.make + facts.model : facts.make + " " + facts.model;
  if (!device.empty()) filed.device = Sensitive<std::string>(device);
  if (facts.position)
    filed.position = Sensitive<std::string>(
        fmt::format("{:.7f},{:.7f}", facts.position->latitude_e7 / 1e7, facts.position->longitude_e7 / 1e7));
  return filed;
}

}  // namespace tutela::line
