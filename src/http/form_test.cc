#include "http/form.h"

#include <gtest/gtest.h>

namespace tutela::http {
namespace {

std::string reason_of(std::string_view body) {
  const auto form = parse_form_body(as_bytes(body));
  return form ? "taken" : std::string(form.error().reason.text());
}

TEST(Form, Decodes) {
  const auto form = parse_form_body(as_bytes("address=https%3A%2F%2Fexample.org%2F&text=a+b%0D%0Ac%0Dd&empty=&n%C3%A9=%2B"));
  ASSERT_TRUE(form);
  EXPECT_EQ(form_value(*form, "address"), "https://example.org/");
  EXPECT_EQ(form_value(*form, "text"), "a b\nc\nd");
  EXPECT_EQ(form_value(*form, "empty"), "");
  EXPECT_EQ(form_value(*form, "absent"), "");
  EXPECT_EQ(form_value(*form, "n\xC3\xA9"), "+");
  EXPECT_TRUE(parse_form_body({})->empty());
}

TEST(Form, Refuses) {
  for (const std::string_view bad : {"a", "=1", "a=1&", "a=1&&b=2", "&a=1", "a=%", "a=%G0", "a=%00", "a=%ff", "%=1"}) {
    EXPECT_EQ(reason_of(bad), "form.malformed") << bad;
  }
  EXPECT_EQ(reason_of("a=1&b=2&%61=3"), "form.field_repeated");
  EXPECT_EQ(reason_of("a=" + std::string(limits::kFormBodyBytesMax, 'x')), "form.too_large");
  std::string many = "x=1";
  for (std::size_t i = 0; i < limits::kFormFieldsMax; ++i) many += "&f" + std::to_string(i) + "=";
  EXPECT_EQ(reason_of(many), "form.too_many_fields");
}

TEST(Form, ChecksTheContentType) {
  Request request{};
  request.body = to_bytes("a=1");
  EXPECT_EQ(parse_form(request).error().reason, Reason("form.content_type"));
  request.headers["Content-Type"] = "application/json";
  EXPECT_EQ(parse_form(request).error().reason, Reason("form.content_type"));
  request.headers["Content-Type"] = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
  EXPECT_TRUE(parse_form(request));
}

}  // namespace
}  // namespace tutela::http
