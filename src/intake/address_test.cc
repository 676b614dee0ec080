#include "intake/address.h"

#include <gmock/gmock.h>

#include "base/limits.h"

namespace tutela::intake {
namespace {

std::string canonical(std::string_view text) {
  const auto address = parse_address(text);
  return address ? address->canonical : std::string(address.error().reason.text());
}

const std::string kOnion = std::string(55, 'a') + "7";

TEST(Address, KeepsWhatIsCanonical) {
  for (const std::string text : {"http://www.example.org/", "https://www.example.org/a/b.html?x=1&y=2", "http://203.0.113.7/",
                                 "https://www.example.org:8443/", "http://[2001:db8::1]/x", "http://xn--bcher-kva.example/"})
    EXPECT_EQ(canonical(text), text);
  EXPECT_EQ(canonical("http://" + kOnion + ".onion/x"), "http://" + kOnion + ".onion/x");
}

TEST(Address, BringsSpellingsTogether) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"  HTTP://WWW.Example.ORG  ", "http://www.example.org/"},
      {"http://www.example.org:80/", "http://www.example.org/"},
      {"https://www.example.org:443", "https://www.example.org/"},
      {"https://www.example.org:0443", "https://www.example.org/"},
      {"https://www.example.org:80/", "https://www.example.org:80/"},
      {"http://www.example.org:/", "http://www.example.org/"},
      {"http://www.example.org./x", "http://www.example.org/x"},
      {"http://www.example.org/#top", "http://www.example.org/"},
      {"http://www.example.org#top", "http://www.example.org/"},
      {"http://www.example.org?x", "http://www.example.org/?x"},
      {"http://www.example.org/a/./b/../c", "http://www.example.org/a/c"},
      {"http://www.example.org/../../a", "http://www.example.org/a"},
      {"http://www.example.org/a/..", "http://www.example.org/"},
      {"http://www.example.org/a/b/.", "http://www.example.org/a/b/"},
      {"http://www.example.org/a//b/", "http://www.example.org/a//b/"},
      {"http://www.example.org/%7euser/%2e%2e/x%2fy", "http://www.example.org/x%2Fy"},
      {"http://www.example.org/\u00e9", "http://www.example.org/%C3%A9"},
      {"http://www.example.org/a|b\"<>", "http://www.example.org/a%7Cb%22%3C%3E"},
      {"http://www.example.org/?a=/../b", "http://www.example.org/?a=/../b"},
      {"http://[2001:DB8:0:0:0:0:0:1]:80/", "http://[2001:db8::1]/"},
      {"http://[::ffff:203.0.113.7]/", "http://[::ffff:203.0.113.7]/"},
  };
  for (const auto& [given, expected] : cases) EXPECT_EQ(canonical(given), expected) << given;
}

TEST(Address, KeepsApartWhatMayDiffer) {
  EXPECT_NE(canonical("http://example.org/a"), canonical("http://example.org/A"));
  EXPECT_NE(canonical("http://example.org/a"), canonical("http://example.org/a/"));
  EXPECT_NE(canonical("http://example.org/?a&b"), canonical("http://example.org/?b&a"));
  EXPECT_NE(canonical("http://example.org/a%2fb"), canonical("http://example.org/a/b"));
  EXPECT_NE(canonical("http://example.org/"), canonical("https://example.org/"));
  EXPECT_NE(canonical("http://example.org/"), canonical("http://www.example.org/"));
  EXPECT_NE(canonical("http://example.org/"), canonical("http://example.org/?"));
}

TEST(Address, RefusesWithAReason) {
  const std::string long_label(64, 'a');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "address.empty"},
      {" \r\n ", "address.empty"},
      {"www.example.org/x", "address.no_scheme"},
      {"/http://example.org", "address.no_scheme"},
      {"://example.org", "address.no_scheme"},
      {"mailto:ana@example.org", "address.no_scheme"},
      {"ftp://example.org/", "address.scheme_not_supported"},
      {"javascript://example.org/", "address.scheme_not_supported"},
      {"http://ana@example.org/", "address.userinfo"},
      {"http://ana:secret@example.org/", "address.userinfo"},
      {"http://example.org@203.0.113.7/", "address.userinfo"},
      {"http://", "address.bad_host"},
      {"http:///x", "address.bad_host"},
      {"http://.", "address.bad_host"},
      {"http://a..b/", "address.bad_host"},
      {"http://exa$mple.org/", "address.bad_host"},
      {"http://ex%41mple.org/", "address.bad_host"},
      {"http://" + long_label + ".org/", "address.bad_host"},
      {"http://127.1/", "address.bad_host"},
      {"http://0x7f000001/", "address.bad_host"},
      {"http://2130706433/", "address.bad_host"},
      {"http://203.0.113.007/", "address.bad_host"},
      {"http://203.0.113.256/", "address.bad_host"},
      {"http://example.123/", "address.bad_host"},
      {"http://[2001:db8::1/", "address.bad_host"},
      {"http://[2001:db8::1]x/", "address.bad_host"},
      {"http://[fe80::1%25eth0]/", "address.bad_host"},
      {"http://[203.0.113.7]/", "address.bad_host"},
      {"http://b\u00fccher.example/", "address.host_not_ascii"},
      {"http://short.onion/", "address.bad_onion"},
      {"http://onion/", "address.bad_onion"},
      {"http://" + std::string(56, '1') + ".onion/", "address.bad_onion"},
      {"http://example.org:0/", "address.bad_port"},
      {"http://example.org:65536/", "address.bad_port"},
      {"http://example.org:+80/", "address.bad_port"},
      {"http://example.org:8a/", "address.bad_port"},
      {"http://example.org:99999999999/", "address.bad_port"},
      {"http://example.org/%", "address.bad_percent"},
      {"http://example.org/%4", "address.bad_percent"},
      {"http://example.org/?%zz", "address.bad_percent"},
      {"http://example.org/a b", "address.bad_character"},
      {"http://example.org/a\nb", "address.bad_character"},
      {"http://example.org\\x", "address.bad_character"},
      {std::string("http://example.org/\0x", 21), "address.bad_character"},
      {"http://example.org/\xff", "address.bad_character"},
      {"http://example.org/\u202egpj.x", "address.bad_character"},
  };
  for (const auto& [given, expected] : cases) EXPECT_EQ(canonical(given), expected) << given;
  EXPECT_EQ(parse_address("ftp://example.org/").error().code, ErrorCode::unsupported);
}

TEST(Address, HasALimitBeforeAndAfterEncoding) {
  const std::string base = "http://example.org/";
  const std::string fits = base + std::string(limits::kAddressBytesMax - base.size(), 'a');
  EXPECT_EQ(canonical(fits), fits);
  EXPECT_EQ(canonical(fits + "a"), "address.too_long");
  EXPECT_EQ(canonical(base + std::string(limits::kAddressBytesMax - base.size(), '|')), "address.too_long");
  EXPECT_EQ(parse_address(fits + "a").error().code, ErrorCode::limit);
}

TEST(Address, SaysItsParts) {
  const auto address = parse_address("HTTPS://WWW.Example.org:8443/a?b#c");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->scheme, "https");
  EXPECT_EQ(address->host, "www.example.org");
  EXPECT_EQ(address->port, 8443);
  EXPECT_FALSE(address->is_onion);
  EXPECT_EQ(address->reported, "HTTPS://WWW.Example.org:8443/a?b#c");
  const auto onion = parse_address("http://sub." + kOnion + ".onion");
  ASSERT_TRUE(onion);
  EXPECT_TRUE(onion->is_onion);
}

// Pieces put together in every way: what is accepted is its own canonical form.
TEST(Address, IsIdempotent) {
  for (const std::string scheme : {"http://", "HTTPS://"})
    for (const std::string host : {"Example.org", "example.org.", "203.0.113.7", "[2001:DB8::0:1]", "a_b.example.org"})
      for (const std::string port : {"", ":", ":80", ":443", ":8080"})
        for (const std::string path : {"", "/", "/a/../", "/%2e%2E/%41%2f", "/\u00e9//.", "/a;b=c,d/..;/"})
          for (const std::string tail : {"", "?", "?a=%3f&b={}", "#x", "?q#x?y"}) {
            const auto address = parse_address(scheme + host + port + path + tail);
            ASSERT_TRUE(address) << scheme + host + port + path + tail;
            EXPECT_EQ(canonical(address->canonical), address->canonical);
          }
}

}  // namespace
}  // namespace tutela::intake
