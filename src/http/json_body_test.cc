#include "http/json_body.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/id.h"

namespace tutela::http {
namespace {

using nlohmann::json;

std::string reason_of(std::string_view text, std::size_t bytes_max = 1000) {
  const auto value = parse_json(as_bytes(text), bytes_max);
  return value ? "taken" : std::string(value.error().reason.text());
}
template <class T>
std::string failure(const Result<T>& result) {
  return result ? "taken" : to_string(result.error());
}

TEST(JsonBody, ParsesAsTheLibraryDoes) {
  for (const std::string_view text :
       {R"({"a":[1,-2,3.5,true,false,null,"x\u00e9\n",{"b":{}}],"c":18446744073709551615,"":[]})", "[]", "1", "\"\"", " {} "}) {
    const auto value = parse_json(as_bytes(text), 1000);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(*value, json::parse(text));
  }
}

TEST(JsonBody, RefusesWhatTwoReadersReadDifferently) {
  for (const std::string_view bad : {"", " ", "{", "{}x", "{} {}", "{\"a\":1,}", "[1,]", "{a:1}", "'a'", "01", "+1", "1e999",
                                     "NaN", "\"\\ud800\"", "\"\xFF\"", "\"\n\"", "// c\n1", "\xEF\xBB\xBF{}", "nul"}) {
    EXPECT_EQ(reason_of(bad), "json.malformed") << bad;
  }
  EXPECT_EQ(reason_of(R"({"a":1,"b":2,"a":1})"), "json.key_repeated");
  EXPECT_EQ(reason_of(R"({"a":{"b":1,"\u0062":2}})"), "json.key_repeated");
  EXPECT_EQ(reason_of(R"([{"a":1},{"a":1}])"), "taken");
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(reason_of(nested(limits::kJsonDepthMax)), "taken");
  EXPECT_EQ(reason_of(nested(limits::kJsonDepthMax + 1)), "json.too_deep");
  EXPECT_EQ(reason_of(std::string(100'000, '['), 1'000'000), "json.too_deep");
  EXPECT_EQ(reason_of("[1,2]", 4), "json.too_large");
}

TEST(JsonBody, ChecksTheRequest) {
  Request request{};
  request.body = to_bytes("{\"a\":1}");
  EXPECT_EQ(parse_json_body(request).error().reason, Reason("json.content_type"));
  for (const auto* bad :
       {"text/plain", "application/json; charset=latin1", "application/jsonx", "application/x-www-form-urlencoded"}) {
    request.headers["Content-Type"] = bad;
    EXPECT_EQ(parse_json_body(request).error().reason, Reason("json.content_type")) << bad;
  }
  for (const auto* good : {"application/json", "Application/JSON; charset=UTF-8"}) {
    request.headers["Content-Type"] = good;
    EXPECT_TRUE(parse_json_body(request)) << good;
  }
  request.body = to_bytes("[1]");
  EXPECT_EQ(parse_json_body(request).error().reason, Reason("json.not_an_object"));
}

TEST(JsonBody, ReadsTypedFields) {
  const auto object =
      json::parse(R"({"text":"abc","empty":"","null":null,"integer":7,"negative":-7,"huge":18446744073709551615,"float":1.5,
    "yes":true,"list":["a","b"],"mixed":["a",1],"object":{"k":1},"control":"a\u0000b","lines":"a\r\n\tb"})");
  EXPECT_EQ(required_text(object, "text", 3), "abc");
  EXPECT_EQ(required_text(object, "lines", 10), "a\r\n\tb");
  EXPECT_EQ(failure(required_text(object, "text", 2)), "limit json.field_too_long (field text)");
  EXPECT_EQ(failure(required_text(object, "empty", 3)), "invalid json.field_empty (field empty)");
  EXPECT_EQ(failure(required_text(object, "null", 3)), "invalid json.field_missing (field null)");
  EXPECT_EQ(failure(required_text(object, "absent", 3)), "invalid json.field_missing (field absent)");
  EXPECT_EQ(failure(required_text(object, "integer", 3)), "invalid json.field_type (field integer)");
  EXPECT_EQ(failure(required_text(object, "control", 30)), "invalid json.field_text (field control)");
  EXPECT_EQ(*optional_text(object, "absent", 3), std::nullopt);
  EXPECT_EQ(*optional_text(object, "empty", 3), "");

  EXPECT_EQ(required_integer(object, "integer"), 7);
  EXPECT_EQ(required_integer(object, "negative", {-7, 0}), -7);
  EXPECT_EQ(failure(required_integer(object, "integer", {.max = 6})), "invalid json.field_range (field integer)");
  EXPECT_EQ(failure(required_integer(object, "negative", {.min = 0})), "invalid json.field_range (field negative)");
  EXPECT_EQ(failure(required_integer(object, "huge")), "invalid json.field_range (field huge)");
  EXPECT_EQ(failure(required_integer(object, "float")), "invalid json.field_type (field float)");
  EXPECT_EQ(*optional_integer(object, "absent"), std::nullopt);

  EXPECT_EQ(required_boolean(object, "yes"), true);
  EXPECT_EQ(failure(required_boolean(object, "integer")), "invalid json.field_type (field integer)");
  EXPECT_EQ(*optional_boolean(object, "absent"), std::nullopt);

  EXPECT_EQ(*optional_texts(object, "list", 2, 1), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(optional_texts(object, "absent", 2, 1)->empty());
  EXPECT_EQ(failure(optional_texts(object, "list", 1, 1)), "limit json.field_too_many (field list)");
  EXPECT_EQ(failure(optional_texts(object, "mixed", 2, 1)), "invalid json.field_type (field mixed)");
  EXPECT_EQ(failure(optional_array(object, "text", 2)), "invalid json.field_type (field text)");

  EXPECT_EQ((**optional_object(object, "object")).at("k"), 1);
  EXPECT_EQ(*optional_object(object, "absent"), nullptr);
  EXPECT_EQ(failure(optional_object(object, "list")), "invalid json.field_type (field list)");
}

enum class Colour : std::uint8_t { red };
Result<Colour> parse_colour(std::string_view word) {
  if (word == "red") return Colour::red;
  return fail(ErrorCode::invalid, "test.colour");
}

TEST(JsonBody, ReadsWordsAndIds) {
  const auto object = json::parse(R"({"good":"red","bad":"reddish","id":"018f0000-0000-7000-8000-000000000001"})");
  EXPECT_EQ(required_enum(object, "good", parse_colour), Colour::red);
  EXPECT_EQ(failure(required_enum(object, "bad", parse_colour)), "invalid json.field_word (field bad)");
  EXPECT_EQ(failure(required_enum(object, "absent", parse_colour)), "invalid json.field_missing (field absent)");
  EXPECT_EQ(*optional_enum(object, "good", parse_colour), Colour::red);
  EXPECT_EQ(*optional_enum(object, "absent", parse_colour), std::nullopt);
  EXPECT_TRUE((required_id<Id<struct TestTag>>(object, "id")));
  EXPECT_EQ(failure(required_id<Id<struct TestTag>>(object, "good")), "invalid json.field_id (field good)");
}

TEST(JsonBody, UnknownFieldsAreRefusedWithoutRepeatingThem) {
  const auto object = json::parse(R"({"a":1,"secret words":2})");
  EXPECT_EQ(failure(require_only(object, {"a", "b"})), "invalid json.field_unknown (fields allowed: a b)");
  EXPECT_TRUE(require_only(object, {"a", "secret words"}));
}

TEST(JsonBody, AnswersSurviveBadText) {
  EXPECT_EQ(as_text(json_response(200, json{{"a", "\xFF"}}).body), "{\"a\":\"\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace tutela::http
