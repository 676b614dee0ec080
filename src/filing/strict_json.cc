#include "filing/strict_json.h"

#include "base/limits.h"

namespace tutela::filing {
namespace {

using nlohmann::json;

// No message of ours comes near; [0,0,0,…] of a full body would.
constexpr std::size_t kValuesMax = 20'000;

// First pass: what the DOM can no longer tell (repeated keys) or should never be asked to hold (depth, count).
class Inspector final : public nlohmann::json_sax<json> {
 public:
  std::optional<Error> error() && { return std::move(error_); }

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) return stop(ErrorCode::invalid, "referral_message.repeated_key");
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error_ = Error{ErrorCode::invalid, "referral_message.malformed", "byte " + std::to_string(position)};
    return false;
  }

 private:
  bool stop(ErrorCode code, Reason reason) {
    error_ = Error{code, reason};
    return false;
  }
  bool count() {
    if (++values_ > kValuesMax) return stop(ErrorCode::limit, "referral_message.too_many");
    return true;
  }
  bool enter() {
    keys_.emplace_back();
    if (keys_.size() > static_cast<std::size_t>(limits::kJsonDepthMax))
      return stop(ErrorCode::limit, "referral_message.too_deep");
    return count();
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> keys_;
  std::size_t values_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<json> parse_strict_object(std::string_view text) {
  if (text.size() > limits::kReferralBytesMax) return fail(ErrorCode::limit, "referral_message.too_large");
  Inspector inspector;
  const bool good = json::sax_parse(text.begin(), text.end(), &inspector);
  if (auto error = std::move(inspector).error()) return std::unexpected(*std::move(error));
  if (!good) return fail(ErrorCode::invalid, "referral_message.malformed");
  json value = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return fail(ErrorCode::invalid, "referral_message.malformed");
  if (!value.is_object()) return fail(ErrorCode::invalid, "referral_message.wrong_type");
  return value;
}

Result<ObjectReader> ObjectReader::open(const json& value, std::string path) {
  if (!value.is_object()) return fail(ErrorCode::invalid, "referral_message.wrong_type", std::move(path));
  return ObjectReader(value, std::move(path));
}

std::string ObjectReader::at(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Result<const json*> ObjectReader::required(std::string_view key) {
  asked_.emplace(key);
  const auto found = value_->find(key);
  if (found == value_->end()) return fail(ErrorCode::invalid, "referral_message.missing_key", at(key));
  return &*found;
}

Result<std::string> ObjectReader::text(std::string_view key, TextRule rule) {
  TUTELA_ASSIGN(const auto* value, required(key));
  const auto* text = value->get_ptr<const std::string*>();
  if (text == nullptr) return fail(ErrorCode::invalid, "referral_message.wrong_type", at(key));
  if (text->size() > rule.bytes_max) return fail(ErrorCode::limit, "referral_message.too_long", at(key));
  if (text->size() < rule.bytes_min || !is_clean_text(*text, rule.lines))
    return fail(ErrorCode::invalid, "referral_message.bad_value", at(key));
  return *text;
}

Result<std::optional<std::string>> ObjectReader::optional_text(std::string_view key, TextRule rule) {
  if (!has(key)) return std::nullopt;
  TUTELA_ASSIGN(auto found, text(key, rule));
  return found;
}

Result<Time> ObjectReader::time(std::string_view key) {
  TUTELA_ASSIGN(const auto found, text(key, {24}));
  const auto parsed = parse_rfc3339(found);
  if (!parsed || to_rfc3339(*parsed) != found) return fail(ErrorCode::invalid, "referral_message.bad_value", at(key));
  return *parsed;
}

Result<bool> ObjectReader::boolean(std::string_view key) {
  TUTELA_ASSIGN(const auto* value, required(key));
  if (!value->is_boolean()) return fail(ErrorCode::invalid, "referral_message.wrong_type", at(key));
  return value->get<bool>();
}

Result<std::int64_t> ObjectReader::integer(std::string_view key, Range range) {
  TUTELA_ASSIGN(const auto* value, required(key));
  if (!value->is_number_integer()) return fail(ErrorCode::invalid, "referral_message.wrong_type", at(key));
  // An unsigned value above the signed range would wrap into it.
  const bool too_large = value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(range.most);
  if (too_large || value->get<std::int64_t>() < range.least || value->get<std::int64_t>() > range.most)
    return fail(ErrorCode::invalid, "referral_message.bad_value", at(key));
  return value->get<std::int64_t>();
}

Result<std::optional<std::int64_t>> ObjectReader::optional_integer(std::string_view key, Range range) {
  if (!has(key)) return std::nullopt;
  TUTELA_ASSIGN(const auto found, integer(key, range));
  return found;
}

Result<ObjectReader> ObjectReader::object(std::string_view key) {
  TUTELA_ASSIGN(const auto* value, required(key));
  return open(*value, at(key));
}

Result<std::vector<ObjectReader>> ObjectReader::objects(std::string_view key, std::size_t count_max) {
  TUTELA_ASSIGN(const auto* value, required(key));
  if (!value->is_array()) return fail(ErrorCode::invalid, "referral_message.wrong_type", at(key));
  if (value->size() > count_max) return fail(ErrorCode::limit, "referral_message.too_many", at(key));
  std::vector<ObjectReader> readers;
  for (std::size_t i = 0; i < value->size(); ++i) {
    TUTELA_ASSIGN(auto reader, open((*value)[i], at(key) + "[" + std::to_string(i) + "]"));
    readers.push_back(std::move(reader));
  }
  return readers;
}

Result<> ObjectReader::finish() const {
  for (const auto& [key, value] : value_->items())
    if (!asked_.contains(key)) return fail(ErrorCode::invalid, "referral_message.unknown_key", path_);
  return {};
}

std::string dump_canonical(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace tutela::filing
