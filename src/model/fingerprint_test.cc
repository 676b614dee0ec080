#include "model/fingerprint.h"

#include <gmock/gmock.h>

namespace tutela {
namespace {

TEST(Algorithm, AnyListedWordRoundTrips) {
  for (const std::string_view word :
       {"sha256", "sha1", "md5", "pdq", "pdq_nearest512", "pdq_pytx", "photodna", "vpdq", "tmk_pdqf", "a", "0x9_future"}) {
    const auto algorithm = Algorithm::parse(word);
    ASSERT_TRUE(algorithm) << word;
    EXPECT_EQ(algorithm->word(), word);
  }
}

TEST(Algorithm, RefusesWhatIsNoWord) {
  for (const std::string_view word : {"", "SHA256", "sha-256", "sha 256", "é", "abcdefghijklmnopqrstuvwxyz_1234567"}) {
    const auto algorithm = Algorithm::parse(word);
    ASSERT_FALSE(algorithm) << word;
    EXPECT_EQ(algorithm.error().reason, Reason("fingerprint.bad_algorithm"));
  }
}

TEST(Algorithm, OnlyDigestsNobodyCanForgeProveEqualBytes) {
  EXPECT_EQ(Algorithm::sha256().comparison(), Comparison::digest);
  EXPECT_EQ(Algorithm::sha1().comparison(), Comparison::weak_digest);
  EXPECT_EQ(Algorithm::md5().comparison(), Comparison::weak_digest);
  EXPECT_EQ(Algorithm::pdq().comparison(), Comparison::hamming_256);
  EXPECT_EQ(Algorithm::pdq_nearest512().comparison(), Comparison::hamming_256);
  EXPECT_EQ(Algorithm::parse("photodna")->comparison(), Comparison::equality);
  EXPECT_EQ(Algorithm::parse("vpdq")->comparison(), Comparison::carried);
  EXPECT_EQ(Algorithm::parse("vpdq")->value_bytes(), std::nullopt);
}

TEST(Fingerprint, HoldsTheAlgorithmsSize) {
  EXPECT_TRUE(Fingerprint::make(Algorithm::sha256(), Bytes(32)));
  EXPECT_TRUE(Fingerprint::make(*Algorithm::parse("vpdq"), Bytes(777)));
  const auto wrong = [](const Algorithm& algorithm, std::size_t bytes) {
    return Fingerprint::make(algorithm, Bytes(bytes)).error().reason.text();
  };
  EXPECT_EQ(wrong(Algorithm::sha256(), 31), "fingerprint.bad_length");
  EXPECT_EQ(wrong(Algorithm::pdq(), 33), "fingerprint.bad_length");
  EXPECT_EQ(wrong(*Algorithm::parse("vpdq"), 0), "fingerprint.bad_length");
  EXPECT_EQ(wrong(*Algorithm::parse("vpdq"), kFingerprintBytesMax + 1), "fingerprint.bad_length");
}

TEST(Fingerprint, ReadsLowerCaseHexadecimalOnly) {
  const auto md5 = Fingerprint::parse_hex(Algorithm::md5(), "000102030405060708090a0b0c0d0e0f");
  ASSERT_TRUE(md5);
  EXPECT_EQ(md5->reveal_value()[15], 15);
  EXPECT_EQ(Fingerprint::parse_hex(Algorithm::md5(), "000102030405060708090A0B0C0D0E0F").error().reason, Reason("hex.malformed"));
  EXPECT_EQ(Fingerprint::parse_hex(Algorithm::md5(), std::string(2 * kFingerprintBytesMax + 2, '0')).error().reason,
            Reason("fingerprint.bad_length"));
}

TEST(Fingerprint, QualityDecidesOnlyForThePdqConventions) {
  EXPECT_FALSE(Fingerprint::make(Algorithm::pdq(), Bytes(32), kPdqQualityMin - 1)->is_comparable());
  EXPECT_EQ(Fingerprint::make(Algorithm::pdq_pytx(), Bytes(32), kPdqQualityMin - 1)->why_not_compared(), "quality_below_50");
  EXPECT_EQ(Fingerprint::make(*Algorithm::parse("vpdq"), Bytes(32))->why_not_compared(), "algorithm_carried_only");
  EXPECT_TRUE(Fingerprint::make(Algorithm::pdq(), Bytes(32), kPdqQualityMin)->is_comparable());
  EXPECT_TRUE(Fingerprint::make(Algorithm::pdq(), Bytes(32))->is_comparable());
  EXPECT_FALSE(Fingerprint::make(Algorithm::pdq_nearest512(), Bytes(32), 0)->is_comparable());
  EXPECT_TRUE(Fingerprint::make(Algorithm::sha256(), Bytes(32), 0)->is_comparable());
  EXPECT_FALSE(Fingerprint::make(*Algorithm::parse("vpdq"), Bytes(32), 100)->is_comparable());
  EXPECT_EQ(Fingerprint::make(Algorithm::pdq(), Bytes(32), 101).error().reason, Reason("fingerprint.bad_quality"));
  EXPECT_EQ(Fingerprint::make(Algorithm::pdq(), Bytes(32), -1).error().reason, Reason("fingerprint.bad_quality"));
}

}  // namespace
}  // namespace tutela
