#include "base/utf8.h"

#include <gtest/gtest.h>

namespace tutela {
namespace {

TEST(Utf8, TakesEveryLength) {
  EXPECT_TRUE(is_utf8({}));
  EXPECT_TRUE(is_utf8(as_bytes("a\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")));
}

TEST(Utf8, RefusesWhatOneReaderTakesAndAnotherDoesNot) {
  for (const std::string_view bad :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "\xC2", "\xE2\x82", "\xF0\x9F\x98", "a\xC2z"}) {
    EXPECT_FALSE(is_utf8(as_bytes(bad))) << encode_hex(as_bytes(bad));
  }
}

TEST(Utf8, PlainTextHasNoControlCharacters) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(is_plain_text("line\r\n\tline \xC3\xA9"));
  for (const std::string_view bad : {"\0"sv, "a\x1B[31m"sv, "\x7F"sv, "\b"sv, "\xC3"sv}) EXPECT_FALSE(is_plain_text(bad));
}

}  // namespace
}  // namespace tutela
