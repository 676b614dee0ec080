#include "api/fingerprint_json.h"

#include <nlohmann/json.hpp>

#include "http/json_body.h"

namespace tutela::api {
namespace {

Result<Fingerprint> parse_one(const nlohmann::json& object) {
  if (!object.is_object()) return fail(ErrorCode::invalid, "json.field_type");
  TUTELA_TRY(http::require_only(object, {"algorithm", "value", "quality"}));
  TUTELA_ASSIGN(const auto word, http::required_text(object, "algorithm", 32));
  TUTELA_ASSIGN(const auto value, http::required_text(object, "value", 2 * kFingerprintBytesMax));
  TUTELA_ASSIGN(const auto quality, http::optional_integer(object, "quality", {0, 100}));
  TUTELA_ASSIGN(auto algorithm, Algorithm::parse(word));
  return Fingerprint::parse_hex(std::move(algorithm), value, quality);
}

}  // namespace

Result<std::vector<Fingerprint>> parse_fingerprints(const nlohmann::json& object, std::size_t count_max) {
  TUTELA_ASSIGN(const auto array, http::optional_array(object, "fingerprints", count_max));
  std::vector<Fingerprint> fingerprints;
  for (std::size_t i = 0; i < array.size(); ++i) {
    auto one = parse_one(array[i]);
    if (!one) {
      one.error().place = "field fingerprints, " + std::to_string(i);
      return std::unexpected(one.error());
    }
    fingerprints.push_back(*std::move(one));
  }
  return fingerprints;
}

}  // namespace tutela::api
