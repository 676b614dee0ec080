#include "filing/referral_message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/random.h"
#include "filing/sample_messages.h"

namespace tutela::filing {
namespace {

using nlohmann::json;

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "taken" : std::string(result.error().reason.text());
}
std::string reason_of(const json& message) { return reason_of(parse_referral(message.dump())); }

// Applies `change` to the encoded message and says what parsing it answers.
template <class Change>
std::string after(const ReferralMessage& message, Change change) {
  json value = json::parse(encode_referral(message));
  change(value);
  return reason_of(value);
}

TEST(ReferralMessage, RoundTripsWholeAndIsCanonical) {
  for (const auto& message : {sample::item(), sample::concern()}) {
    const std::string text = encode_referral(message);
    const auto parsed = parse_referral(text);
    ASSERT_TRUE(parsed) << to_string(parsed.error());
    EXPECT_EQ(*parsed, message);
    EXPECT_EQ(encode_referral(*parsed), text);
    EXPECT_EQ(json::parse(text).dump(), text);
  }
}

TEST(ReferralMessage, RefusesEveryMissingKeyEveryUnknownKeyAndEveryWrongType) {
  for (const auto& message : {sample::item(), sample::concern()}) {
    const json whole = json::parse(encode_referral(message));
    for (const auto& [key, value] : whole.items()) {
      json less = whole;
      less.erase(key);
      EXPECT_EQ(reason_of(less), key == "repeat_of" ? "taken" : "referral_message.missing_key") << key;
      json wrong = whole;
      wrong[key] = nullptr;
      EXPECT_EQ(reason_of(wrong), "referral_message.wrong_type") << key;
    }
    for (const auto& [key, value] : whole["subject"].items()) {
      json less = whole;
      less["subject"].erase(key);
      EXPECT_EQ(reason_of(less), key == "capture" ? "taken" : "referral_message.missing_key") << key;
      json wrong = whole;
      wrong["subject"][key] = 7;
      EXPECT_EQ(reason_of(wrong), "referral_message.wrong_type") << key;
    }
    json more = whole;
    more["extra"] = 1;
    EXPECT_EQ(reason_of(more), "referral_message.unknown_key");
    more = whole;
    more["subject"]["extra"] = 1;
    EXPECT_EQ(reason_of(more), "referral_message.unknown_key");
  }
}

// I9: neither a role nor a field for whoever told us.
TEST(ReferralMessage, HasNoPlaceForAReporter) {
  EXPECT_FALSE(filed_role(casework::PersonRole::reporter));
  for (const auto role :
       {casework::PersonRole::child_at_risk, casework::PersonRole::depicted_child, casework::PersonRole::suspect})
    EXPECT_TRUE(filed_role(role));
  EXPECT_EQ(after(sample::concern(), [](json& m) { m["persons"][0]["role"] = "reporter"; }), "referral_message.bad_value");
  for (const char* key : {"reporter", "contact", "receipt"})
    EXPECT_EQ(after(sample::concern(), [&](json& m) { m[key] = "someone"; }), "referral_message.unknown_key");
  for (const auto& message : {sample::item(), sample::concern()})
    EXPECT_EQ(encode_referral(message).find("reporter"), std::string::npos);
}

TEST(ReferralMessage, RefusesBadValues) {
  const auto item = [](auto change) { return after(sample::item(), change); };
  const auto concern = [](auto change) { return after(sample::concern(), change); };
  EXPECT_EQ(item([](json& m) { m["format"] = "tutela-referral/2"; }), "referral_message.unknown_format");
  EXPECT_EQ(item([](json& m) { m["reference"] = "a b"; }), "referral_message.bad_value");
  EXPECT_EQ(item([](json& m) { m["reference"] = ""; }), "referral_message.bad_value");
  EXPECT_EQ(item([](json& m) { m["reference"] = std::string(65, 'a'); }), "referral_message.too_long");
  EXPECT_EQ(item([](json& m) { m["sent_at"] = "2026-01-02T03:04:05Z"; }), "referral_message.bad_value");  // one spelling only
  EXPECT_EQ(item([](json& m) { m["sender"] = "a\nb"; }), "referral_message.bad_value");
  EXPECT_EQ(item([](json& m) { m["handling"] = "h0"; }), "referral_message.bad_value");
  EXPECT_EQ(item([](json& m) { m["subject"]["type"] = "person"; }), "referral_message.bad_value");
  EXPECT_EQ(item([](json& m) { m["subject"]["act"] = "A1"; }), "referral_message.bad_value");
  EXPECT_EQ(item([](json& m) { m["subject"]["fingerprints"][0]["value"] = "XYZ"; }), "referral_message.bad_value");
  EXPECT_EQ(item([](json& m) { m["subject"]["fingerprints"][0]["quality"] = -1; }), "referral_message.bad_value");
  EXPECT_EQ(item([](json& m) { m["subject"]["fingerprints"][0]["quality"] = 18446744073709551615ULL; }),
            "referral_message.bad_value");
  EXPECT_EQ(item([](json& m) { m["subject"]["fingerprints"][0]["quality"] = 1.5; }), "referral_message.wrong_type");
  EXPECT_EQ(item([](json& m) { m["subject"]["addresses"][0]["country"] = "XX"; }), "referral_message.bad_value");
  EXPECT_EQ(concern([](json& m) { m["indicators"][0]["person"] = 2; }), "referral_message.bad_value");
  EXPECT_EQ(concern([](json& m) { m["indicators"][1]["value"] = "+49 30 123456"; }), "referral_message.bad_value");  // not normal
  EXPECT_EQ(concern([](json& m) { m["subject"]["statement"] = "a\x1b[0m"; }), "referral_message.bad_value");
}

TEST(ReferralMessage, EveryListAndTextIsBounded) {
  const auto repeat = [](json& list, std::size_t count) {
    const json first = list[0];
    list = json::array();
    for (std::size_t i = 0; i < count; ++i) list.push_back(first);
  };
  const auto item = [](auto change) { return after(sample::item(), change); };
  const auto concern = [](auto change) { return after(sample::concern(), change); };
  EXPECT_EQ(item([&](json& m) { repeat(m["subject"]["fingerprints"], limits::kReferralFingerprintsMax); }), "taken");
  EXPECT_EQ(item([&](json& m) { repeat(m["subject"]["fingerprints"], limits::kReferralFingerprintsMax + 1); }),
            "referral_message.too_many");
  EXPECT_EQ(item([&](json& m) { repeat(m["subject"]["addresses"], limits::kLocationsPerReportMax + 1); }),
            "referral_message.too_many");
  EXPECT_EQ(item([&](json& m) { repeat(m["law"], limits::kReferralLawRowsMax + 1); }), "referral_message.too_many");
  EXPECT_EQ(concern([&](json& m) { repeat(m["persons"], limits::kPersonsPerReportMax + 1); }), "referral_message.too_many");
  EXPECT_EQ(concern([&](json& m) { repeat(m["indicators"], limits::kIndicatorsPerReportMax + 1); }), "referral_message.too_many");
  EXPECT_EQ(concern([](json& m) { m["subject"]["statement"] = std::string(limits::kReportTextBytesMax + 1, 'x'); }),
            "referral_message.too_long");
  EXPECT_EQ(reason_of(parse_referral(std::string(limits::kReferralBytesMax + 1, ' '))), "referral_message.too_large");
  EXPECT_EQ(reason_of(parse_referral(std::string(17, '[') + std::string(17, ']'))), "referral_message.too_deep");
  std::string zeros = "[0";
  for (int i = 0; i < 20'000; ++i) zeros += ",0";
  EXPECT_EQ(reason_of(parse_referral(zeros + "]")), "referral_message.too_many");
}

TEST(ReferralMessage, RefusesWhatIsNotOneStrictJsonObject) {
  const std::string good = encode_referral(sample::item());
  EXPECT_EQ(reason_of(parse_referral("")), "referral_message.malformed");
  EXPECT_EQ(reason_of(parse_referral("[]")), "referral_message.wrong_type");
  EXPECT_EQ(reason_of(parse_referral(good + "{}")), "referral_message.malformed");
  EXPECT_EQ(reason_of(parse_referral(good + "\xFF")), "referral_message.malformed");
  EXPECT_EQ(reason_of(parse_referral("{\"a\":1e999}")), "referral_message.malformed");
  // The second of two equal keys would silently win in most readers.
  EXPECT_EQ(reason_of(parse_referral("{\"urgent\":true," + good.substr(1))), "referral_message.repeated_key");
  std::string inner = good;
  inner.replace(inner.find("\"act\":"), 6, "\"act\":\"a\",\"act\":");
  EXPECT_EQ(reason_of(parse_referral(inner)), "referral_message.repeated_key");
}

TEST(ReferralMessage, CutAndFlippedBytesNeverPassAsAnotherMessage) {
  const std::uint64_t seed = 2026;
  RecordProperty("seed", std::to_string(seed));
  SeededRandom random(seed);
  for (const auto& message : {sample::item(), sample::concern()}) {
    const std::string good = encode_referral(message);
    for (std::size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(parse_referral(good.substr(0, cut)));
    for (int round = 0; round < 3'000; ++round) {
      std::string text = good;
      text[random.next() % text.size()] = static_cast<char>(random.next());
      const auto parsed = parse_referral(text);
      if (!parsed) continue;
      EXPECT_EQ(*parse_referral(encode_referral(*parsed)), *parsed);
    }
  }
}

TEST(ReferralMessage, ErrorsNeverCarryAValue) {
  const auto parsed = parse_referral("{\"format\":\"tutela-referral/1\",\"reference\":\"secret value\"}");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(to_string(parsed.error()), "invalid referral_message.bad_value (reference)");
  const auto unknown = parse_referral(R"({"secret":1})");
  EXPECT_EQ(to_string(unknown.error()).find("secret"), std::string::npos);
}

TEST(Supplement, RoundTripsAndAWithdrawalCarriesNothing) {
  const Supplement correction{"0190-ref_1",  1, SupplementKind::correction, sample::kNow, Sensitive(std::string("wrong address")),
                              sample::item()};
  EXPECT_EQ(*parse_supplement(encode_supplement(correction)), correction);
  const Supplement withdrawal{
      "0190-ref_1", 2, SupplementKind::withdrawal, sample::kNow, Sensitive(std::string("entry withdrawn")), {}};
  EXPECT_EQ(*parse_supplement(encode_supplement(withdrawal)), withdrawal);

  Supplement fault = withdrawal;
  fault.corrected = sample::item();
  EXPECT_EQ(reason_of(parse_supplement(encode_supplement(fault))), "referral_message.unknown_key");
  fault = correction;
  fault.corrected.reset();
  EXPECT_EQ(reason_of(parse_supplement(encode_supplement(fault))), "referral_message.missing_key");
  fault = correction;
  fault.reference = "another";
  EXPECT_EQ(reason_of(parse_supplement(encode_supplement(fault))), "referral_message.bad_value");
  fault = withdrawal;
  fault.sequence = 0;
  EXPECT_EQ(reason_of(parse_supplement(encode_supplement(fault))), "referral_message.bad_value");
  EXPECT_EQ(reason_of(parse_supplement(encode_referral(sample::item()))), "referral_message.unknown_format");
}

TEST(Answers, RoundTripAndAreAscendingWithoutAGap) {
  Answers answers{"0190-ref_1", {}, 2};
  answers.answers.push_back({3, AnswerKind::acknowledged, sample::kNow, {}, {}});
  answers.answers.push_back({4, AnswerKind::accepted, sample::kNow, {}, {}});
  answers.answers.push_back({5, AnswerKind::outcome, sample::kNow, Outcome::child_safeguarded, {}});
  EXPECT_EQ(*parse_answers(encode_answers(answers)), answers);
  EXPECT_EQ(*parse_answers(encode_answers({"r", {}, 0})), (Answers{"r", {}, 0}));
  Answers gap = answers;
  gap.answers.erase(gap.answers.begin() + 1);
  EXPECT_EQ(reason_of(parse_answers(encode_answers(gap))), "referral_message.bad_value");
}

TEST(Answers, AnOutcomeAndAReasonStandExactlyWhereTheyBelong) {
  for (const auto kind : kAnswerKinds)
    for (const bool with_outcome : {false, true})
      for (const bool with_reason : {false, true}) {
        Answer answer{1, kind, sample::kNow, {}, {}};
        if (with_outcome) answer.outcome = Outcome::arrest;
        if (with_reason) answer.reason = Sensitive(std::string("not ours"));
        const bool good = with_outcome == (kind == AnswerKind::outcome) && with_reason == (kind == AnswerKind::refused);
        EXPECT_EQ(parse_answers(encode_answers({"r", {answer}, 0})).has_value(), good) << to_word(kind);
      }
}

TEST(ReferralMessageWords, ReadBack) {
  for (const auto outcome : kOutcomes) EXPECT_EQ(parse_outcome(to_word(outcome)).value(), outcome);
  for (const auto kind : kAnswerKinds) EXPECT_EQ(parse_answer_kind(to_word(kind)).value(), kind);
  for (const auto role : kFiledRoles) EXPECT_EQ(parse_filed_role(to_word(role)).value(), role);
  for (const auto handling : {Handling::h0, Handling::h1, Handling::h2})
    EXPECT_EQ(parse_handling(to_word(handling)).value(), handling);
  for (const auto viewed : {Viewed::here, Viewed::off_node, Viewed::not_viewed})
    EXPECT_EQ(parse_viewed(to_word(viewed)).value(), viewed);
  for (const auto kind : {SupplementKind::correction, SupplementKind::withdrawal})
    EXPECT_EQ(parse_supplement_kind(to_word(kind)).value(), kind);
}

}  // namespace
}  // namespace tutela::filing
