#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "http/http.h"

// JSON from outside, and typed access to its fields. Errors name the field in `place` ("field host"), never a value.
namespace tutela::http {

// Parses UTF-8 JSON: nothing before or after the value but white space, no byte order mark, no repeated key in an object, at most
// kJsonDepthMax levels. invalid: "json.malformed", "json.key_repeated"; limit: "json.too_deep", "json.too_large".
Result<nlohmann::json> parse_json(BytesView text, std::size_t bytes_max);

// The body of a request: Content-Type application/json (charset utf-8 or none), an object. unsupported "json.content_type",
// invalid "json.not_an_object", and the errors above with kJsonBodyBytesMax.
Result<nlohmann::json> parse_json_body(const Request& request);

// invalid "json.field_unknown" if `object` holds any other field. The place lists the fields allowed, not the one found.
Result<> require_only(const nlohmann::json& object, std::initializer_list<std::string_view> fields);

// All of these take the object and the name of a field in it. Absent and null are the same.
//
// invalid  "json.field_missing", "json.field_type", "json.field_text" (control characters), "json.field_range",
// "json.field_empty" limit    "json.field_too_long"
Result<std::string> required_text(const nlohmann::json& object, std::string_view field, std::size_t bytes_max);  // not empty
Result<std::optional<std::string>> optional_text(const nlohmann::json& object, std::string_view field, std::size_t bytes_max);

struct IntegerRange {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};
Result<std::int64_t> required_integer(const nlohmann::json& object, std::string_view field, IntegerRange range = {});
Result<std::optional<std::int64_t>> optional_integer(const nlohmann::json& object, std::string_view field,
                                                     IntegerRange range = {});

Result<bool> required_boolean(const nlohmann::json& object, std::string_view field);
Result<std::optional<bool>> optional_boolean(const nlohmann::json& object, std::string_view field);

// The array itself, at most `elements_max`; absent is an empty array. limit "json.field_too_many".
Result<nlohmann::json> optional_array(const nlohmann::json& object, std::string_view field, std::size_t elements_max);
Result<std::vector<std::string>> optional_texts(const nlohmann::json& object, std::string_view field, std::size_t elements_max,
                                                std::size_t bytes_max);
// The object in `field`. Null pointer if absent; it lives as long as `object`.
Result<const nlohmann::json*> optional_object(const nlohmann::json& object, std::string_view field);

inline constexpr std::size_t kJsonWordBytesMax = 64;

// A word of a closed set; `parse` is the enum's own parse_E. invalid "json.field_word".
template <class Parse>
auto required_enum(const nlohmann::json& object, std::string_view field, Parse&& parse) -> decltype(parse(std::string_view())) {
  const auto word = required_text(object, field, kJsonWordBytesMax);
  if (!word) return std::unexpected(word.error());
  auto value = parse(std::string_view(*word));
  if (!value) return fail(ErrorCode::invalid, "json.field_word", "field " + std::string(field));
  return value;
}
template <class Parse>
auto optional_enum(const nlohmann::json& object, std::string_view field, Parse&& parse)
    -> Result<std::optional<typename decltype(parse(std::string_view()))::value_type>> {
  const auto word = optional_text(object, field, kJsonWordBytesMax);
  if (!word) return std::unexpected(word.error());
  if (!*word) return std::nullopt;
  auto value = parse(std::string_view(**word));
  if (!value) return fail(ErrorCode::invalid, "json.field_word", "field " + std::string(field));
  return std::optional(*std::move(value));
}

// An id type with `static Result<T> parse(std::string_view)`. invalid "json.field_id".
template <class IdType>
Result<IdType> required_id(const nlohmann::json& object, std::string_view field) {
  const auto text = required_text(object, field, kJsonWordBytesMax);
  if (!text) return std::unexpected(text.error());
  auto id = IdType::parse(*text);
  if (!id) return fail(ErrorCode::invalid, "json.field_id", "field " + std::string(field));
  return *id;
}

Response json_response(int status, const nlohmann::json& value);

}  // namespace tutela::http
