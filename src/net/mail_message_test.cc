#include "net/mail_message.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace tutela::net {
namespace {

MailMessage message() {
  return {.from = "desk@hotline.test",
          .to = "abuse@host.example.org",
          .subject = "Notice 7",
          .text = "Line one\nline two\r\n.\r\nend",
          .message_id = "notice-1@hotline.test",
          .date = from_unix_ms(1'795'349'677'250)};
}
std::string reason_of(const MailMessage& mail) {
  const auto built = build_mail(mail);
  return built ? "built" : to_string(built.error());
}

TEST(MailMessage, IsBuiltExactly) {
  EXPECT_EQ(
      *build_mail(message()),
      "Date: Sun, 22 Nov 2026 12:14:37 +0000\r\nFrom: <desk@hotline.test>\r\nTo: <abuse@host.example.org>\r\n"
      "Message-ID: <notice-1@hotline.test>\r\nSubject: =?utf-8?B?Tm90aWNlIDc=?=\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n" +
          encode_base64(as_bytes("Line one\r\nline two\r\n.\r\nend")) + "\r\n");
}

TEST(MailMessage, NoFieldCanBeginAnother) {
  for (const std::string bad : {"a@b.test\r\nBcc: x@y.test",
                                "a@b.test>",
                                "a@b.test\n",
                                "<a@b.test>",
                                "a b@c.test",
                                "a@b@c.test",
                                "a..b@c.test",
                                ".a@b.test",
                                "a.@b.test",
                                "a@-b.test",
                                "a@b..test",
                                "a@b_c.test",
                                "@b.test",
                                "a@",
                                "a",
                                "",
                                "\"a b\"@c.test",
                                "a@[127.0.0.1]",
                                "\xC3\xA9@b.test",
                                "a,b@c.test"}) {
    auto mail = message();
    mail.from = bad;
    EXPECT_EQ(reason_of(mail), "invalid mail.address_malformed (field from)") << bad;
    mail = message();
    mail.to = bad;
    EXPECT_EQ(reason_of(mail), "invalid mail.address_malformed (field to)") << bad;
    mail = message();
    mail.message_id = bad;
    EXPECT_EQ(reason_of(mail), "invalid mail.message_id_malformed (field message_id)") << bad;
    EXPECT_FALSE(verify_mail_address(bad));
  }
  EXPECT_TRUE(verify_mail_address("first.last+tag@mail.example.org"));
  for (const std::string bad : {"", "a\r\nBcc: b@c.test", "a\nb", "a\rb", "a\tb", "\xFF"}) {
    auto mail = message();
    mail.subject = bad;
    EXPECT_EQ(reason_of(mail), "invalid mail.subject_malformed (field subject)");
  }
  auto mail = message();
  mail.text = "a\x1B[2J";
  EXPECT_EQ(reason_of(mail), "invalid mail.text_malformed (field text)");
}

TEST(MailMessage, SubjectsFoldBetweenCharacters) {
  auto mail = message();
  mail.subject = "a";
  for (int i = 0; i < 50; ++i) mail.subject += "\xE2\x82\xAC";
  const auto built = *build_mail(mail);
  std::string decoded;
  for (auto at = built.find("=?utf-8?B?"); at != std::string::npos; at = built.find("=?utf-8?B?", at + 1)) {
    const auto word = built.substr(at, built.find("?=", at) + 2 - at);
    EXPECT_LE(word.size(), 75u);
    const auto bytes = decode_base64(std::string_view(word).substr(10, word.size() - 12));
    ASSERT_TRUE(bytes);
    EXPECT_TRUE(is_utf8(*bytes));
    decoded += as_text(*bytes);
  }
  EXPECT_EQ(decoded, mail.subject);
}

TEST(MailMessage, IsBoundedAndHasShortLines) {
  auto mail = message();
  mail.text = std::string(limits::kMailTextBytesMax, 'x');
  const auto built = *build_mail(mail);
  for (std::size_t at = 0; at < built.size();) {
    const auto end = built.find("\r\n", at);
    ASSERT_LE(end - at, 78u);
    at = end + 2;
  }
  mail.text += 'x';
  EXPECT_EQ(reason_of(mail), "limit mail.too_large (field text)");
  mail = message();
  mail.subject = std::string(limits::kMailSubjectBytesMax + 1, 'x');
  EXPECT_EQ(reason_of(mail), "limit mail.too_large (field subject)");
}

}  // namespace
}  // namespace tutela::net
