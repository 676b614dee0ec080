#include "notice/notice_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace tutela::notice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

NoticeMail mail() {
  const Time now = from_unix_ms(1'790'000'000'000);
  return {"0190-notice",
          "Example Hotline",
          "desk@hotline.example.org",
          Sensitive(std::string("https://host.example.org/a")),
          *Country::parse("DE"),
          now,
          now + std::chrono::hours(24),
          {{"Example Act", "section 1", "https://law.example.org/1"}},
          Sensitive(std::string("https://answer.example.org/n/token"))};
}

TEST(NoticeText, SaysWhatWhereLawClockAndHowToAnswer) {
  const auto text = compose_notice(mail());
  ASSERT_TRUE(text);
  for (const char* part :
       {"child sexual abuse material", "https://host.example.org/a", "DE", "Example Act, section 1", "https://law.example.org/1",
        "https://answer.example.org/n/token", "desk@hotline.example.org", "Reference: 0190-notice", "Example Hotline"})
    EXPECT_THAT(text->body, HasSubstr(part));
  EXPECT_THAT(text->body, HasSubstr(to_rfc3339(mail().answer_due_at)));
  EXPECT_THAT(text->body, HasSubstr(to_rfc3339(mail().seen_at)));
}

TEST(NoticeText, TheSubjectCarriesNoAddress) {
  EXPECT_THAT(compose_notice(mail())->subject, Not(HasSubstr("host.example.org")));
  EXPECT_THAT(compose_notice(mail())->subject, HasSubstr("0190-notice"));
}

TEST(NoticeText, LinesAreMailLinesEvenForTheLongestAddress) {
  NoticeMail longest = mail();
  std::string address = "https://host.example.org/";
  while (address.size() + 2 <= limits::kAddressBytesMax) address += "\xC3\xA9";
  longest.address = Sensitive(address);
  const auto text = compose_notice(longest);
  ASSERT_TRUE(text);
  std::string joined;
  std::size_t start = 0;
  while (start < text->body.size()) {
    const auto end = text->body.find("\r\n", start);
    ASSERT_NE(end, std::string::npos);
    const auto line = text->body.substr(start, end - start);
    EXPECT_LE(line.size(), 998U);
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
    if (line.starts_with("  http") || line.starts_with("  \xC3")) joined += line.substr(2);
    start = end + 2;
  }
  EXPECT_THAT(joined, HasSubstr(address));
}

TEST(NoticeText, RefusesInjectionEmptinessAndLength) {
  const auto place = [](auto change) {
    NoticeMail changed = mail();
    change(changed);
    const auto text = compose_notice(changed);
    return text ? std::string("composed") : text.error().place;
  };
  EXPECT_EQ(place([](NoticeMail& m) { m.reference = "a\r\nBcc: x@example.org"; }), "reference");
  EXPECT_EQ(place([](NoticeMail& m) { m.organisation = "a\nb"; }), "organisation");
  EXPECT_EQ(place([](NoticeMail& m) { m.organisation = " "; }), "organisation");
  EXPECT_EQ(place([](NoticeMail& m) { m.contact = ""; }), "contact");
  EXPECT_EQ(place([](NoticeMail& m) { m.address = Sensitive(std::string("https://a b")); }), "address");
  EXPECT_EQ(place([](NoticeMail& m) { m.address = Sensitive(std::string(limits::kAddressBytesMax + 1, 'a')); }), "address");
  EXPECT_EQ(place([](NoticeMail& m) { m.answer_link = Sensitive(std::string("javascript:x")); }), "answer_link");
  EXPECT_EQ(place([](NoticeMail& m) { m.law[0].section = "\xE2\x80\xAE"; }), "section");
  EXPECT_EQ(place([](NoticeMail& m) { m.law[0].url = "a b"; }), "url");
}

}  // namespace
}  // namespace tutela::notice
