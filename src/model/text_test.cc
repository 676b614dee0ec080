#include "model/text.h"

#include <gtest/gtest.h>

namespace tutela {
namespace {

TEST(CleanText, TakesOrdinaryTextOfManyScripts) {
  for (const char* good : {"", "plain", "Zoë", "日本語", "Ωmega", "\xF0\x9F\x99\x82", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_clean_text(good, Lines::one)) << good;
}

TEST(CleanText, RefusesWhatIsNotUtf8) {
  using namespace std::string_view_literals;
  for (const auto bad : {"\x80"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv,
                         "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xC3"sv, "\xE2\x82"sv, "\xC3\x28"sv, "\xFF"sv})
    EXPECT_FALSE(is_clean_text(bad, Lines::many));
}

TEST(CleanText, RefusesControlAndHiddenCharacters) {
  using namespace std::string_view_literals;
  for (const auto bad : {"a\0b"sv, "\r"sv, "\x1B[0m"sv, "\x7F"sv, "\xC2\x85"sv, "\xE2\x80\xAE"sv, "\xE2\x80\xA8"sv,
                         "\xE2\x81\xA6"sv, "\xEF\xBB\xBF"sv})
    EXPECT_FALSE(is_clean_text(bad, Lines::many));
}

TEST(CleanText, TakesLineBreaksOnlyWhereAsked) {
  EXPECT_TRUE(is_clean_text("a\n\tb", Lines::many));
  EXPECT_FALSE(is_clean_text("a\nb", Lines::one));
  EXPECT_FALSE(is_clean_text("a\tb", Lines::one));
}

TEST(Blank, IsOnlyWhiteSpace) {
  EXPECT_TRUE(is_blank(" \n\t\r"));
  EXPECT_TRUE(is_blank(""));
  EXPECT_FALSE(is_blank(" a "));
}

}  // namespace
}  // namespace tutela
