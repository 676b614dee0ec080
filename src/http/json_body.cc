#include "http/json_body.h"

#include <set>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/utf8.h"
#include "http/ascii.h"

namespace tutela::http {
namespace {

using nlohmann::json;

// Builds the value itself instead of letting the library do it, to stop at once at a repeated key or at too many levels.
class StrictBuilder final : public nlohmann::json_sax<json> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      error_ = Error{ErrorCode::invalid, "json.key_repeated"};
      return false;
    }
    name_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  Result<json> take(bool parsed) {
    if (!parsed) return std::unexpected(error_);
    return std::move(root_);
  }

 private:
  json* put(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_object()) return &(parent[name_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool add(json value) {
    put(std::move(value));
    return true;
  }
  bool open(json value) {
    if (open_.size() == static_cast<std::size_t>(limits::kJsonDepthMax)) {
      error_ = Error{ErrorCode::limit, "json.too_deep"};
      return false;
    }
    open_.push_back(put(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::vector<json*> open_;  // each points into the one before; none of them moves while it is open
  std::string name_;
  Error error_{ErrorCode::invalid, "json.malformed"};
};

std::string place_of(std::string_view field) { return "field " + std::string(field); }

const json* find_field(const json& object, std::string_view field) {
  const auto found = object.find(field);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// The optional getter's value, or "missing".
template <class T>
Result<T> require(Result<std::optional<T>> value, std::string_view field) {
  if (!value) return std::unexpected(value.error());
  if (!*value) return fail(ErrorCode::invalid, "json.field_missing", place_of(field));
  return **std::move(value);
}

Result<std::string> read_text(const json& value, std::string_view field, std::size_t bytes_max) {
  if (!value.is_string()) return fail(ErrorCode::invalid, "json.field_type", place_of(field));
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > bytes_max) return fail(ErrorCode::limit, "json.field_too_long", place_of(field));
  if (!is_plain_text(text)) return fail(ErrorCode::invalid, "json.field_text", place_of(field));
  return text;
}

}  // namespace

Result<json> parse_json(BytesView text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return fail(ErrorCode::limit, "json.too_large");
  // The library skips a byte order mark; two readers of one document should not differ in it.
  if (as_text(text).starts_with("\xEF\xBB\xBF")) return fail(ErrorCode::invalid, "json.malformed");
  StrictBuilder builder;
  const bool parsed = json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take(parsed);
}

Result<json> parse_json_body(const Request& request) {
  const auto type = request.header("Content-Type").value_or("");
  const auto semicolon = std::min(type.find(';'), type.size());
  const auto essence = ascii::to_lower(ascii::trim(type.substr(0, semicolon)));
  const auto parameter = ascii::to_lower(ascii::trim(type.substr(std::min(semicolon + 1, type.size()))));
  if (essence != "application/json" || (!parameter.empty() && parameter != "charset=utf-8" && parameter != "charset=\"utf-8\"")) {
    return fail(ErrorCode::unsupported, "json.content_type");
  }
  TUTELA_ASSIGN(json value, parse_json(request.body, limits::kJsonBodyBytesMax));
  if (!value.is_object()) return fail(ErrorCode::invalid, "json.not_an_object");
  return value;
}

Result<> require_only(const json& object, std::initializer_list<std::string_view> fields) {
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(fields, std::string_view(name)) != fields.end()) continue;
    std::string place = "fields allowed:";
    for (const auto field : fields) place += " " + std::string(field);
    return fail(ErrorCode::invalid, "json.field_unknown", std::move(place));
  }
  return {};
}

Result<std::optional<std::string>> optional_text(const json& object, std::string_view field, std::size_t bytes_max) {
  const auto* value = find_field(object, field);
  if (value == nullptr) return std::nullopt;
  TUTELA_ASSIGN(std::string text, read_text(*value, field, bytes_max));
  return std::optional(std::move(text));
}

Result<std::string> required_text(const json& object, std::string_view field, std::size_t bytes_max) {
  auto text = require(optional_text(object, field, bytes_max), field);
  if (text && text->empty()) return fail(ErrorCode::invalid, "json.field_empty", place_of(field));
  return text;
}

Result<std::optional<std::int64_t>> optional_integer(const json& object, std::string_view field, IntegerRange range) {
  const auto* value = find_field(object, field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) return fail(ErrorCode::invalid, "json.field_type", place_of(field));
  const bool too_large = value->is_number_unsigned() && value->get<std::uint64_t>() > std::uint64_t{INT64_MAX};
  const auto number = too_large ? 0 : value->get<std::int64_t>();
  if (too_large || number < range.min || number > range.max) return fail(ErrorCode::invalid, "json.field_range", place_of(field));
  return number;
}

Result<std::int64_t> required_integer(const json& object, std::string_view field, IntegerRange range) {
  return require(optional_integer(object, field, range), field);
}

Result<std::optional<bool>> optional_boolean(const json& object, std::string_view field) {
  const auto* value = find_field(object, field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) return fail(ErrorCode::invalid, "json.field_type", place_of(field));
  return value->get<bool>();
}

Result<bool> required_boolean(const json& object, std::string_view field) {
  return require(optional_boolean(object, field), field);
}

Result<json> optional_array(const json& object, std::string_view field, std::size_t elements_max) {
  const auto* value = find_field(object, field);
  if (value == nullptr) return json::array();
  if (!value->is_array()) return fail(ErrorCode::invalid, "json.field_type", place_of(field));
  if (value->size() > elements_max) return fail(ErrorCode::limit, "json.field_too_many", place_of(field));
  return *value;
}

Result<std::vector<std::string>> optional_texts(const json& object, std::string_view field, std::size_t elements_max,
                                                std::size_t bytes_max) {
  TUTELA_ASSIGN(const json array, optional_array(object, field, elements_max));
  std::vector<std::string> texts;
  for (const auto& element : array) {
    TUTELA_ASSIGN(std::string text, read_text(element, field, bytes_max));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<const json*> optional_object(const json& object, std::string_view field) {
  const auto* value = find_field(object, field);
  if (value != nullptr && !value->is_object()) return fail(ErrorCode::invalid, "json.field_type", place_of(field));
  return value;
}

Response json_response(int status, const json& value) {
  return text_response(status, "application/json", value.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace tutela::http
