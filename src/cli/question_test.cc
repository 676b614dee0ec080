#include "cli/question.h"

#include <gmock/gmock.h>

namespace tutela::cli {
namespace {

std::vector<std::string> algorithms(std::string_view text) {
  const auto parsed = parse_question(text);
  if (!parsed) return {std::string(parsed.error().reason.text())};
  std::vector<std::string> words;
  for (const auto& fingerprint : *parsed) words.emplace_back(fingerprint.algorithm().word());
  return words;
}

TEST(Question, ALengthNamesWhatItCouldBe) {
  using testing::ElementsAre;
  EXPECT_THAT(algorithms(std::string(32, '0')), ElementsAre("md5"));
  EXPECT_THAT(algorithms(std::string(40, '0')), ElementsAre("sha1"));
  EXPECT_THAT(algorithms(std::string(64, '0')), ElementsAre("sha256", "pdq", "pdq_nearest512", "pdq_pytx"));
  EXPECT_THAT(algorithms(std::string(128, '0')), ElementsAre("sha512"));
  EXPECT_THAT(algorithms("pdq:" + std::string(64, '0')), ElementsAre("pdq"));
  EXPECT_THAT(algorithms("mine:00"), ElementsAre("mine"));
  EXPECT_THAT(algorithms(std::string(63, '0')), ElementsAre("question.unclear"));
  EXPECT_THAT(algorithms(std::string(64, 'A')), ElementsAre("list.upper_case"));
  EXPECT_THAT(algorithms(std::string(64, 'x')), ElementsAre("list.bad_value"));
  EXPECT_THAT(algorithms("pdq:00"), ElementsAre("list.bad_length"));
  EXPECT_THAT(algorithms("pdq:" + std::string(64, '0') + ":49"), ElementsAre("pdq"));
  for (const std::string quality : {"", "x", "101", "-1", "4 ", "49:49", "99999999999999999999"})
    EXPECT_THAT(algorithms("pdq:" + std::string(64, '0') + ":" + quality), ElementsAre("list.bad_quality")) << quality;
  EXPECT_THAT(algorithms("P:00"), ElementsAre("list.bad_algorithm"));
  EXPECT_THAT(algorithms(""), ElementsAre("question.unclear"));
}

TEST(Question, AQualityGoesWithItsValue) {
  const auto parsed = parse_question("pdq:" + std::string(64, '0') + ":49");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at(0).quality(), 49);
  EXPECT_EQ(parse_question("pdq:" + std::string(64, '0'))->at(0).quality(), std::nullopt);
}

}  // namespace
}  // namespace tutela::cli
