#include "http/target.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tutela::http {
namespace {

std::string reason_of(std::string_view target) {
  const auto parsed = parse_target(target);
  return parsed ? "taken" : std::string(parsed.error().reason.text());
}

TEST(Target, DecodesPathAndQuery) {
  const auto target = parse_target("/v1/it%65ms/caf%C3%A9+x?a=1&b=x+y%2Bz&empty=&flag&c=%F0%9F%98%80=2");
  ASSERT_TRUE(target) << to_string(target.error());
  EXPECT_EQ(target->path, "/v1/items/caf\xC3\xA9+x");
  EXPECT_EQ(target->query, (std::map<std::string, std::string>{
                               {"a", "1"}, {"b", "x y+z"}, {"empty", ""}, {"flag", ""}, {"c", "\xF0\x9F\x98\x80=2"}}));
  EXPECT_EQ(parse_target("/")->path, "/");
  EXPECT_EQ(parse_target("/?")->path, "/");
  EXPECT_EQ(parse_target("/a/...")->path, "/a/...");
  EXPECT_EQ(parse_target("/a%3Fb?c")->path, "/a?b");
}

TEST(Target, Refuses) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "http.target_malformed"},
      {"a", "http.target_malformed"},
      {"*", "http.target_malformed"},
      {"/a%2", "http.target_malformed"},
      {"/a%zz", "http.target_malformed"},
      {"/a%", "http.target_malformed"},
      {"/a%00b", "http.target_malformed"},
      {"/a%0Ab", "http.target_malformed"},
      {"/a%2Fb", "http.target_malformed"},
      {"/a%5Cb", "http.target_malformed"},
      {"/a\\b", "http.target_malformed"},
      {"/a%C0%AF", "http.target_malformed"},
      {"/a\xC3\xA9", "http.target_malformed"},
      {"/a#b", "http.target_malformed"},
      {"/a?b#c", "http.target_malformed"},
      {"/a/../b", "http.path_dots"},
      {"/..", "http.path_dots"},
      {"/a/./b", "http.path_dots"},
      {"/a/%2e%2E/b", "http.path_dots"},
      {"/a/.%2e", "http.path_dots"},
      {"//a", "http.path_empty_segment"},
      {"/a//b", "http.path_empty_segment"},
      {"/a/", "http.path_empty_segment"},
      {"/a?x=1&x=1", "http.query_repeated"},
      {"/a?x=1&%78=2", "http.query_repeated"},
      {"/a?=1", "http.query_malformed"},
      {"/a?x=1&", "http.query_malformed"},
      {"/a?x=1&&y=2", "http.query_malformed"},
      {"/a?&", "http.query_malformed"},
      {"/a?x=%00", "http.query_malformed"},
      {"/a?x=%ff", "http.query_malformed"},
      {"/a?x=%4", "http.query_malformed"},
      {"/" + std::string(limits::kTargetBytesMax, 'a'), "http.target_too_long"},
  };
  for (const auto& [target, reason] : cases) EXPECT_EQ(reason_of(target), reason) << target.substr(0, 80);
  std::string many = "/?k=1";
  for (std::size_t i = 0; i < limits::kQueryPairsMax; ++i) many += "&k" + std::to_string(i) + "=1";
  EXPECT_EQ(reason_of(many), "http.query_too_many");
}

TEST(Target, EncodingIsUndoneByDecoding) {
  std::string every;
  for (int byte = 1; byte < 128; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(every), Plus::is_space), every);
  EXPECT_EQ(percent_encode("a b/\xC3\xA9~"), "a%20b%2F%C3%A9~");
}

}  // namespace
}  // namespace tutela::http
