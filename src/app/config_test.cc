#include "app/config.h"

#include <gtest/gtest.h>

#include "line/witnessing.h"

namespace tutela::app {
namespace {

TEST(Config, WritesWhatItReads) {
  Config config;
  config.listen.public_port = 0;
  config.mail.from = "a \"quoted\\name\" <desk@hotline.test>";
  config.decoder.allow_unsandboxed = true;
  config.decoder.pdq_kernel = "baseline";
  config.review.exposure_max = std::chrono::seconds(77);
  const std::string text = config_text(config);
  const auto again = parse_config(text);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(config_text(*again), text);
  EXPECT_EQ(again->mail.from, config.mail.from);
  EXPECT_EQ(again->review.exposure_max, config.review.exposure_max);
  EXPECT_TRUE(again->decoder.allow_unsandboxed);
  EXPECT_EQ(again->decoder.pdq_kernel, "baseline");
}

TEST(Config, NamesTheKeyItRefuses) {
  const auto unknown = parse_config("[review]\nexposure_second_max = 5\n");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().reason.text(), "config.unknown_key");
  EXPECT_EQ(unknown.error().place, "review.exposure_second_max");

  const auto bad = parse_config("[listen]\npublic = 70000\n");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().reason.text(), "config.bad_value");
  EXPECT_EQ(bad.error().place, "listen.public");

  const auto malformed = parse_config("[listen\n");
  ASSERT_FALSE(malformed);
  EXPECT_EQ(malformed.error().reason.text(), "config.malformed");
}

TEST(Config, WitnessesAreAListOfKeysWithTheirAddress) {
  const std::string witness =
      line::encode_witness({{"witness.test/w1", crypto::PublicKey{1, 2, 3}}, "https://witness.test/prefix"});
  const auto config = parse_config("[ledger]\nwitnesses = [\"" + witness + "\"]\nwitness_seconds = 5\n");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->ledger.witnesses, std::vector{witness});
  EXPECT_EQ(parse_config(config_text(*config))->ledger.witnesses, config->ledger.witnesses);
  for (const auto& wrong : {"\"" + witness + "\"", "[\"x" + witness + "\"]", std::string("[1]"), std::string("[\"\"]")})
    EXPECT_EQ(parse_config("[ledger]\nwitnesses = " + wrong + "\n").error().place, "ledger.witnesses") << wrong;
}

TEST(Config, AnEmptyFileIsTheDefaults) { EXPECT_EQ(config_text(parse_config("").value()), config_text(Config{})); }

}  // namespace
}  // namespace tutela::app
