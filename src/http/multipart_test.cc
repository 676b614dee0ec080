#include "http/multipart.h"

#include <gtest/gtest.h>

namespace tutela::http {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=XX";

std::string part(std::string_view headers, std::string_view data) {
  return "--XX\r\n" + std::string(headers) + "\r\n\r\n" + std::string(data) + "\r\n";
}
std::string named(std::string_view name, std::string_view data) {
  return part("Content-Disposition: form-data; name=\"" + std::string(name) + "\"", data);
}
std::string reason_of(std::string_view body, std::string_view type = kType) {
  const auto parts = parse_multipart(type, as_bytes(body));
  return parts ? "taken" : std::string(parts.error().reason.text());
}

TEST(Multipart, ReadsFieldsAndFiles) {
  using namespace std::string_literals;
  const std::string data = "\x89PNG\r\n--X\r\n\0--XX"s;
  const auto body =
      named("note", "plain \xC3\xA9") +
      part("content-disposition: Form-Data; filename=\"a;b=c \\ .png\"; name=file\r\nContent-Type: Image/PNG", data) +
      named("empty", "") + "--XX--\r\n";
  const auto parts = parse_multipart("Multipart/Form-Data ; charset=utf-8; boundary=\"XX\"", as_bytes(body));
  ASSERT_TRUE(parts) << to_string(parts.error());
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ(as_text(find_part(*parts, "note")->data), "plain \xC3\xA9");
  EXPECT_FALSE(find_part(*parts, "note")->file_name);
  EXPECT_EQ(find_part(*parts, "note")->content_type, "text/plain");
  EXPECT_EQ(as_text(find_part(*parts, "file")->data), data);
  EXPECT_EQ(find_part(*parts, "file")->file_name->reveal(), "a;b=c \\ .png");
  EXPECT_EQ(find_part(*parts, "file")->content_type, "image/png");
  EXPECT_TRUE(find_part(*parts, "empty")->data.empty());
  EXPECT_EQ(find_part(*parts, "absent"), nullptr);
}

TEST(Multipart, EveryCutIsRefused) {
  const auto body = named("a", "1") + named("b", "2") + "--XX--";
  ASSERT_EQ(reason_of(body), "taken");
  for (std::size_t size = 0; size < body.size(); ++size) EXPECT_NE(reason_of(body.substr(0, size)), "taken") << size;
}

TEST(Multipart, RefusesWhatReadersDisagreeAbout) {
  const auto end = std::string("--XX--\r\n");
  EXPECT_EQ(reason_of("preamble\r\n" + named("a", "1") + end), "multipart.malformed");
  EXPECT_EQ(reason_of(named("a", "1") + end + "epilogue"), "multipart.malformed");
  EXPECT_EQ(reason_of(end), "multipart.malformed");
  EXPECT_EQ(reason_of("--XX \r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" + end), "multipart.malformed");
  EXPECT_EQ(reason_of("--XX\nContent-Disposition: form-data; name=a\n\n1\n--XX--"), "multipart.malformed");
  // A boundary that goes on is no boundary of ours, and data may not look like one.
  EXPECT_EQ(reason_of(named("a", "1\r\n--XXY") + end), "multipart.malformed");
  EXPECT_EQ(reason_of(named("a", "1") + named("a", "2") + end), "multipart.name_repeated");
  for (const std::string_view bad :
       {"Content-Type: text/plain", "Content-Disposition: attachment; name=a", "Content-Disposition: form-data",
        "Content-Disposition: form-data; name=\"\"", "Content-Disposition: form-data; name=\"a",
        "Content-Disposition: form-data; name=a; name=b", "Content-Disposition: form-data; name=a b",
        "Content-Disposition: form-data; name=\"a\"b", "Content-Disposition: form-data; name=a; filename*=UTF-8''x",
        "Content-Disposition: form-data; name=\"a\\\"b\"", "Content-Disposition: form-data; name=\"\xFF\"",
        "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b",
        "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64",
        "Content-Disposition: form-data; name=a\r\n folded", "Content-Disposition: form-data;\r\n name=a",
        "Content-Disposition: form-data; name=a\r\nContent-Type:", "Content-Disposition : form-data; name=a"}) {
    EXPECT_EQ(reason_of(part(bad, "1") + end), "multipart.part_header") << bad;
  }
}

TEST(Multipart, RefusesBadContentTypes) {
  const auto body = named("a", "1") + "--XX--";
  for (const std::string_view bad :
       {"", "text/plain; boundary=XX", "multipart/form-data",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=XX; boundary=XX",
        "multipart/form-data; boundary=X X", "multipart/form-data; boundary=\"X\xC3\xA9\"", "multipart/mixed; boundary=XX"}) {
    EXPECT_EQ(reason_of(body, bad), "multipart.content_type") << bad;
  }
  EXPECT_EQ(reason_of(body, "multipart/form-data; boundary=" + std::string(71, 'X')), "multipart.content_type");
}

TEST(Multipart, OneNameMayComeAgainWhereItsReaderSaysSo) {
  const auto body = named("media", "one") + named("media", "two") + named("question", "{}") + "--XX--";
  EXPECT_EQ(reason_of(body), "multipart.name_repeated");
  const auto parts = parse_multipart("multipart/form-data; boundary=XX", as_bytes(body), "media");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 3U);
  EXPECT_EQ(as_text((*parts)[0].data), "one");
  EXPECT_EQ(as_text((*parts)[1].data), "two");
  const auto other = named("question", "{}") + named("question", "{}") + "--XX--";
  EXPECT_FALSE(parse_multipart("multipart/form-data; boundary=XX", as_bytes(other), "media"));
}

TEST(Multipart, IsBounded) {
  std::string body;
  for (std::size_t i = 0; i < limits::kMultipartPartsMax; ++i) body += named("n" + std::to_string(i), "");
  EXPECT_EQ(reason_of(body + "--XX--"), "taken");
  EXPECT_EQ(reason_of(body + named("more", "") + "--XX--"), "multipart.too_many_parts");
  EXPECT_EQ(reason_of(named(std::string(limits::kMultipartPartHeaderBytesMax, 'n'), "") + "--XX--"),
            "multipart.part_header_too_large");
}

}  // namespace
}  // namespace tutela::http
