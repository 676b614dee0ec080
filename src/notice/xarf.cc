#include "notice/xarf.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "model/text.h"
#include "model/words.h"

namespace tutela::notice {
namespace {

using nlohmann::json;

constexpr std::string_view kVersion = "4.0.0";
constexpr std::array kDetectionWords{Word{XarfDetection::hash_match, "hash_match"},
                                     Word{XarfDetection::manual_review, "manual_review"},
                                     Word{XarfDetection::user_report, "user_report"}};

Result<> verify_line(std::string_view value, std::size_t bytes_max, std::string_view name) {
  if (is_blank(value) || value.size() > bytes_max || !is_clean_text(value, Lines::one))
    return fail(ErrorCode::invalid, "xarf.bad_field", std::string(name));
  return {};
}

Result<json> encode_party(const XarfParty& party, std::string_view name) {
  TUTELA_TRY(verify_line(party.org, limits::kNameBytesMax, name));
  TUTELA_TRY(verify_line(party.contact, limits::kContactBytesMax, name));
  TUTELA_TRY(verify_line(party.domain, 253, name));
  if (party.contact.find('@') == std::string::npos) return fail(ErrorCode::invalid, "xarf.bad_field", std::string(name));
  return json{{"org", party.org}, {"contact", party.contact}, {"domain", party.domain}};
}

// Hexadecimal digits of the algorithms that the schema has a field for; 0: it has none.
std::size_t hex_digits(std::string_view algorithm) {
  if (algorithm == "md5") return 32;
  if (algorithm == "sha1") return 40;
  if (algorithm == "sha256") return 64;
  return 0;
}

Result<json> encode_hashes(const std::vector<XarfHash>& hashes) {
  json out = json::object();
  for (const auto& hash : hashes) {
    const std::size_t digits = hex_digits(hash.algorithm);
    if (digits == 0) continue;
    const auto& hex = hash.hex.reveal();
    const bool good = hex.size() == digits && std::all_of(hex.begin(), hex.end(), [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                      });
    if (!good) return fail(ErrorCode::invalid, "xarf.bad_field", "hash_values");
    out[hash.algorithm] = hex;
  }
  return out;
}

}  // namespace

std::string_view to_word(XarfDetection method) { return word_of(kDetectionWords, method); }

std::optional<std::string_view> xarf_classification(const Classification& classification) {
  return industry_classification(classification);
}

Result<std::string> encode_xarf(const XarfReport& report) {
  const auto classification = xarf_classification(report.classification);
  if (!classification) return fail(ErrorCode::unsupported, "xarf.no_classification");
  TUTELA_ASSIGN(auto reporter, encode_party(report.reporter, "reporter"));
  TUTELA_ASSIGN(auto sender, encode_party(report.sender, "sender"));
  TUTELA_TRY(verify_line(report.source_identifier, 253, "source_identifier"));
  TUTELA_TRY(verify_line(report.url.reveal(), limits::kAddressBytesMax, "url"));
  TUTELA_ASSIGN(auto hashes, encode_hashes(report.hashes));
  json out{{"xarf_version", kVersion},
           {"report_id", uuid_to_string(report.report_id)},
           {"timestamp", to_rfc3339(report.timestamp)},
           {"reporter", std::move(reporter)},
           {"sender", std::move(sender)},
           {"source_identifier", report.source_identifier},
           {"category", "content"},
           {"type", "csam"},
           {"url", report.url.reveal()},
           {"classification", *classification},
           {"detection_method", to_word(report.detection)}};
  if (!hashes.empty()) out["hash_values"] = std::move(hashes);
  return out.dump();
}

}  // namespace tutela::notice
