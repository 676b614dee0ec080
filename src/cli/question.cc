#include "cli/question.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "match/list_line.h"

namespace tutela::cli {
namespace {

struct ByLength {
  std::size_t characters;
  std::string_view algorithm;
};
constexpr std::array kByLength{ByLength{32, "md5"},     ByLength{40, "sha1"},           ByLength{64, "sha256"},
                               ByLength{64, "pdq"},     ByLength{64, "pdq_nearest512"}, ByLength{64, "pdq_pytx"},
                               ByLength{128, "sha512"}, ByLength{192, "photodna"},      ByLength{288, "photodna"}};

Result<Fingerprint> parse_as(std::string_view algorithm_word, std::string_view value,
                             std::optional<std::int64_t> quality = std::nullopt) {
  auto algorithm = Algorithm::parse(algorithm_word);
  if (!algorithm) return fail(ErrorCode::invalid, "list.bad_algorithm");
  return match::parse_list_value(*algorithm, value, quality);
}

Result<std::int64_t> parse_quality(std::string_view text) {
  std::int64_t quality = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quality);
  if (error != std::errc{} || end != text.data() + text.size()) return fail(ErrorCode::invalid, "list.bad_quality");
  return quality;
}

// What stands behind "<algorithm>:".
Result<Fingerprint> parse_named(std::string_view algorithm_word, std::string_view rest) {
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return parse_as(algorithm_word, rest);
  TUTELA_ASSIGN(const auto quality, parse_quality(rest.substr(colon + 1)));
  return parse_as(algorithm_word, rest.substr(0, colon), quality);
}

}  // namespace

Result<std::vector<Fingerprint>> parse_question(std::string_view text) {
  std::vector<Fingerprint> fingerprints;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    TUTELA_ASSIGN(auto fingerprint, parse_named(text.substr(0, colon), text.substr(colon + 1)));
    fingerprints.push_back(std::move(fingerprint));
    return fingerprints;
  }
  for (const ByLength& known : kByLength) {
    if (known.characters != text.size()) continue;
    TUTELA_ASSIGN(auto fingerprint, parse_as(known.algorithm, text));
    fingerprints.push_back(std::move(fingerprint));
  }
  if (fingerprints.empty()) return fail(ErrorCode::invalid, "question.unclear");
  return fingerprints;
}

}  // namespace tutela::cli
