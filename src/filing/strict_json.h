#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "model/text.h"

// JSON of the referral exchange, read strictly. Private to filing: every error is a referral_message.* reason with a path, never
// a value.
namespace tutela::filing {

// A JSON object at most limits::kReferralBytesMax long and limits::kJsonDepthMax deep, without a repeated key anywhere.
// limit, "referral_message.too_large", "referral_message.too_deep", "referral_message.too_many" (values)
// invalid, "referral_message.malformed", "referral_message.repeated_key", "referral_message.wrong_type" (not an object)
Result<nlohmann::json> parse_strict_object(std::string_view text);

// Reads one object key by key; finish() refuses what nobody asked for. Refers to the value it is given, which must outlive it.
class ObjectReader {
 public:
  // invalid, "referral_message.wrong_type" when it is not an object.
  static Result<ObjectReader> open(const nlohmann::json& value, std::string path);

  struct TextRule {
    std::size_t bytes_max;
    Lines lines = Lines::one;
    std::size_t bytes_min = 1;
  };
  // Clean text (model/text.h). limit, "….too_long"; invalid, "….missing_key", "….wrong_type", "….bad_value".
  Result<std::string> text(std::string_view key, TextRule rule);
  Result<std::optional<std::string>> optional_text(std::string_view key, TextRule rule);
  Result<Time> time(std::string_view key);
  Result<bool> boolean(std::string_view key);
  // least <= value <= most.
  struct Range {
    std::int64_t least;
    std::int64_t most;
  };
  Result<std::int64_t> integer(std::string_view key, Range range);
  Result<std::optional<std::int64_t>> optional_integer(std::string_view key, Range range);
  Result<ObjectReader> object(std::string_view key);
  bool has(std::string_view key) const { return value_->contains(key); }
  // limit, "….too_many" above count_max.
  Result<std::vector<ObjectReader>> objects(std::string_view key, std::size_t count_max);

  // A word that `parse` turns into a value of an enumeration; its own refusal becomes "….bad_value".
  template <class Parse>
  auto word(std::string_view key, Parse parse) -> std::invoke_result_t<Parse, std::string_view> {
    TUTELA_ASSIGN(const auto found, text(key, {kWordBytesMax}));
    auto parsed = parse(std::string_view(found));
    if (!parsed) return fail(ErrorCode::invalid, "referral_message.bad_value", at(key));
    return parsed;
  }

  // invalid, "referral_message.unknown_key" (place: the object, since a key could be anything).
  Result<> finish() const;
  std::string at(std::string_view key) const;

 private:
  static constexpr std::size_t kWordBytesMax = 64;

  ObjectReader(const nlohmann::json& value, std::string path) : value_(&value), path_(std::move(path)) {}
  Result<const nlohmann::json*> required(std::string_view key);

  const nlohmann::json* value_;
  std::string path_;
  std::set<std::string, std::less<>> asked_;
};

// Canonical: sorted keys, no white space. Text that is not UTF-8, which no parser of ours lets in, is written with replacement
// characters.
std::string dump_canonical(const nlohmann::json& value);

}  // namespace tutela::filing
