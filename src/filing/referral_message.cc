#include "filing/referral_message.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"
#include "filing/strict_json.h"
#include "model/fingerprint.h"
#include "model/words.h"

namespace tutela::filing {
namespace {

using nlohmann::json;

constexpr std::string_view kReferralFormat = "tutela-referral/1";
constexpr std::string_view kSupplementFormat = "tutela-supplement/1";
constexpr std::string_view kAnswersFormat = "tutela-answers/1";
constexpr std::size_t kReferenceBytesMax = 64;
constexpr std::size_t kFingerprintDigitsMax = 2 * kFingerprintBytesMax;
constexpr std::int64_t kSequenceMax = 1'000'000;

constexpr std::array kHandlingWords{Word{Handling::h0, "H0"}, Word{Handling::h1, "H1"}, Word{Handling::h2, "H2"}};
constexpr std::array kRoleWords{Word{FiledRole::child_at_risk, "child_at_risk"},
                                Word{FiledRole::depicted_child, "depicted_child"}, Word{FiledRole::suspect, "suspect"}};
constexpr std::array kViewedWords{Word{Viewed::here, "here"}, Word{Viewed::off_node, "off_node"},
                                  Word{Viewed::not_viewed, "not_viewed"}};
constexpr std::array kSupplementWords{Word{SupplementKind::correction, "correction"},
                                      Word{SupplementKind::withdrawal, "withdrawal"}};
constexpr std::array kAnswerWords{Word{AnswerKind::acknowledged, "acknowledged"}, Word{AnswerKind::accepted, "accepted"},
                                  Word{AnswerKind::refused, "refused"}, Word{AnswerKind::outcome, "outcome"}};
constexpr std::array kOutcomeWords{Word{Outcome::child_safeguarded, "child_safeguarded"},
                                   Word{Outcome::victim_identified, "victim_identified"},
                                   Word{Outcome::arrest, "arrest"},
                                   Word{Outcome::charged, "charged"},
                                   Word{Outcome::convicted, "convicted"},
                                   Word{Outcome::removed, "removed"},
                                   Word{Outcome::no_further_action, "no_further_action"}};

bool is_reference(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

bool is_algorithm(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; });
}

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<> verify_format(ObjectReader& reader, std::string_view format) {
  TUTELA_ASSIGN(const auto found, reader.text("format", {64}));
  if (found != format) return fail(ErrorCode::unsupported, "referral_message.unknown_format");
  return {};
}

Result<std::string> read_reference(ObjectReader& reader, std::string_view key) {
  TUTELA_ASSIGN(auto reference, reader.text(key, {kReferenceBytesMax}));
  if (!is_reference(reference)) return fail(ErrorCode::invalid, "referral_message.bad_value", reader.at(key));
  return reference;
}

// --- item
// -----------------------------------------------------------------------------------------------------------------------------

json encode(const CaptureFacts& capture) {
  json out = json::object();
  if (capture.taken_at) out["taken_at"] = capture.taken_at->reveal();
  if (capture.device) out["device"] = capture.device->reveal();
  if (capture.position) out["position"] = capture.position->reveal();
  return out;
}

json encode(const ItemSubject& item) {
  json fingerprints = json::array();
  for (const auto& fingerprint : item.fingerprints) {
    json one{{"algorithm", fingerprint.algorithm}, {"value", fingerprint.value.reveal()}};
    if (fingerprint.quality) one["quality"] = *fingerprint.quality;
    fingerprints.push_back(std::move(one));
  }
  json addresses = json::array();
  for (const auto& address : item.addresses) {
    json one{{"address", address.address.reveal()}, {"seen_at", to_rfc3339(address.seen_at)}};
    if (address.country) one["country"] = address.country->text();
    addresses.push_back(std::move(one));
  }
  json out{{"type", "item"},
           {"act", to_word(item.classification.act)},
           {"age_band", to_word(item.classification.age_band)},
           {"viewed", to_word(item.viewed)},
           {"fingerprints", std::move(fingerprints)},
           {"addresses", std::move(addresses)}};
  if (item.capture) out["capture"] = encode(*item.capture);
  return out;
}

Result<FiledFingerprint> read_fingerprint(ObjectReader reader) {
  TUTELA_ASSIGN(auto algorithm, reader.text("algorithm", {32}));
  if (!is_algorithm(algorithm)) return fail(ErrorCode::invalid, "referral_message.bad_value", reader.at("algorithm"));
  TUTELA_ASSIGN(auto value, reader.text("value", {kFingerprintDigitsMax}));
  if (!is_lower_hex(value)) return fail(ErrorCode::invalid, "referral_message.bad_value", reader.at("value"));
  TUTELA_ASSIGN(const auto quality, reader.optional_integer("quality", {0, 1'000}));
  TUTELA_TRY(reader.finish());
  return FiledFingerprint{std::move(algorithm), Sensitive(std::move(value)), quality};
}

Result<FiledAddress> read_address(ObjectReader reader) {
  TUTELA_ASSIGN(auto address, reader.text("address", {limits::kAddressBytesMax}));
  std::optional<Country> country;
  if (reader.has("country")) {
    TUTELA_ASSIGN(country, reader.word("country", Country::parse));
  }
  TUTELA_ASSIGN(const auto seen_at, reader.time("seen_at"));
  TUTELA_TRY(reader.finish());
  return FiledAddress{Sensitive(std::move(address)), country, seen_at};
}

Result<CaptureFacts> read_capture(ObjectReader reader) {
  const auto read = [&](std::string_view key) -> Result<std::optional<Sensitive<std::string>>> {
    TUTELA_ASSIGN(auto text, reader.optional_text(key, {limits::kNameBytesMax}));
    if (!text) return std::nullopt;
    return Sensitive(*std::move(text));
  };
  CaptureFacts capture;
  TUTELA_ASSIGN(capture.taken_at, read("taken_at"));
  TUTELA_ASSIGN(capture.device, read("device"));
  TUTELA_ASSIGN(capture.position, read("position"));
  TUTELA_TRY(reader.finish());
  return capture;
}

Result<ItemSubject> read_item(ObjectReader& reader) {
  TUTELA_ASSIGN(const auto act, reader.word("act", parse_act));
  TUTELA_ASSIGN(const auto age_band, reader.word("age_band", parse_age_band));
  TUTELA_ASSIGN(const auto viewed, reader.word("viewed", parse_viewed));
  ItemSubject item{{act, age_band}, viewed, {}, {}, {}};
  TUTELA_ASSIGN(const auto fingerprints, reader.objects("fingerprints", limits::kReferralFingerprintsMax));
  for (const auto& one : fingerprints) {
    TUTELA_ASSIGN(auto fingerprint, read_fingerprint(one));
    item.fingerprints.push_back(std::move(fingerprint));
  }
  TUTELA_ASSIGN(const auto addresses, reader.objects("addresses", limits::kLocationsPerReportMax));
  for (const auto& one : addresses) {
    TUTELA_ASSIGN(auto address, read_address(one));
    item.addresses.push_back(std::move(address));
  }
  if (reader.has("capture")) {
    TUTELA_ASSIGN(auto inner, reader.object("capture"));
    TUTELA_ASSIGN(item.capture, read_capture(std::move(inner)));
  }
  return item;
}

// --- concern, persons, indicators, law
// ----------------------------------------------------------------------------------------------------

json encode(const ConcernSubject& concern) {
  return {{"type", "concern"},
          {"kind", casework::to_word(concern.kind)},
          {"assessment", casework::to_word(concern.assessment)},
          {"statement", concern.statement.reveal()}};
}

Result<ConcernSubject> read_concern(ObjectReader& reader) {
  TUTELA_ASSIGN(const auto kind, reader.word("kind", casework::parse_concern_kind));
  TUTELA_ASSIGN(const auto assessment, reader.word("assessment", casework::parse_concern_assessment));
  TUTELA_ASSIGN(auto statement, reader.text("statement", {limits::kReportTextBytesMax, Lines::many, 0}));
  return ConcernSubject{kind, assessment, Sensitive(std::move(statement))};
}

Result<std::variant<ItemSubject, ConcernSubject>> read_subject(ObjectReader reader) {
  TUTELA_ASSIGN(const auto type, reader.text("type", {16}));
  if (type == "item") {
    TUTELA_ASSIGN(auto item, read_item(reader));
    TUTELA_TRY(reader.finish());
    return item;
  }
  if (type == "concern") {
    TUTELA_ASSIGN(auto concern, read_concern(reader));
    TUTELA_TRY(reader.finish());
    return concern;
  }
  return fail(ErrorCode::invalid, "referral_message.bad_value", reader.at("type"));
}

Result<FiledPerson> read_person(ObjectReader reader) {
  TUTELA_ASSIGN(const auto role, reader.word("role", parse_filed_role));
  TUTELA_ASSIGN(const auto age_band, reader.word("age_band", parse_age_band));
  TUTELA_ASSIGN(auto description, reader.text("description", {limits::kReasonBytesMax, Lines::many, 0}));
  TUTELA_TRY(reader.finish());
  return FiledPerson{role, age_band, Sensitive(std::move(description))};
}

Result<FiledIndicator> read_indicator(ObjectReader reader, std::size_t persons) {
  TUTELA_ASSIGN(const auto type, reader.word("type", casework::parse_indicator_type));
  TUTELA_ASSIGN(const auto value, reader.text("value", {limits::kIndicatorBytesMax}));
  const auto indicator = casework::Indicator::parse(type, value);
  // Only the normal form: two nodes that disagree about it would not find each other's identifiers.
  if (!indicator || indicator->value().reveal() != value)
    return fail(ErrorCode::invalid, "referral_message.bad_value", reader.at("value"));
  TUTELA_ASSIGN(const auto person,
                reader.optional_integer("person", {0, static_cast<std::int64_t>(limits::kPersonsPerReportMax)}));
  if (person && static_cast<std::size_t>(*person) >= persons)
    return fail(ErrorCode::invalid, "referral_message.bad_value", reader.at("person"));
  TUTELA_TRY(reader.finish());
  std::optional<std::size_t> position;
  if (person) position = static_cast<std::size_t>(*person);
  return FiledIndicator{*indicator, position};
}

Result<FiledLaw> read_law(ObjectReader reader) {
  FiledLaw law;
  TUTELA_ASSIGN(law.row, reader.text("row", {limits::kNameBytesMax}));
  TUTELA_ASSIGN(law.law, reader.text("law", {limits::kJurisdictionTextBytesMax}));
  TUTELA_ASSIGN(law.section, reader.text("section", {limits::kJurisdictionTextBytesMax}));
  TUTELA_ASSIGN(law.url, reader.text("url", {limits::kJurisdictionTextBytesMax}));
  TUTELA_TRY(reader.finish());
  return law;
}

// --- referral
// ---------------------------------------------------------------------------------------------------------------------------

json encode(const ReferralMessage& message) {
  json persons = json::array();
  for (const auto& person : message.persons)
    persons.push_back(
        {{"role", to_word(person.role)}, {"age_band", to_word(person.age_band)}, {"description", person.description.reveal()}});
  json indicators = json::array();
  for (const auto& filed : message.indicators) {
    json one{{"type", casework::to_word(filed.indicator.type())}, {"value", filed.indicator.value().reveal()}};
    if (filed.person) one["person"] = *filed.person;
    indicators.push_back(std::move(one));
  }
  json law = json::array();
  for (const auto& row : message.law)
    law.push_back({{"row", row.row}, {"law", row.law}, {"section", row.section}, {"url", row.url}});
  json out{{"format", kReferralFormat},
           {"reference", message.reference},
           {"sender", message.sender},
           {"sent_at", to_rfc3339(message.sent_at)},
           {"urgent", message.urgent},
           {"subject", std::visit([](const auto& subject) { return encode(subject); }, message.subject)},
           {"persons", std::move(persons)},
           {"indicators", std::move(indicators)},
           {"law", std::move(law)},
           {"handling", to_word(message.handling)}};
  if (message.repeat_of) out["repeat_of"] = *message.repeat_of;
  return out;
}

Result<ReferralMessage> read_referral(ObjectReader reader) {
  TUTELA_TRY(verify_format(reader, kReferralFormat));
  TUTELA_ASSIGN(auto reference, read_reference(reader, "reference"));
  TUTELA_ASSIGN(auto sender, reader.text("sender", {limits::kNameBytesMax}));
  TUTELA_ASSIGN(const auto sent_at, reader.time("sent_at"));
  TUTELA_ASSIGN(const bool urgent, reader.boolean("urgent"));
  std::optional<std::string> repeat_of;
  if (reader.has("repeat_of")) {
    TUTELA_ASSIGN(repeat_of, read_reference(reader, "repeat_of"));
  }
  TUTELA_ASSIGN(auto subject_reader, reader.object("subject"));
  TUTELA_ASSIGN(auto subject, read_subject(std::move(subject_reader)));
  ReferralMessage message{
      std::move(reference), std::move(sender), sent_at, urgent, std::move(repeat_of), std::move(subject), {}, {}, {},
      Handling::h0};
  TUTELA_ASSIGN(const auto persons, reader.objects("persons", limits::kPersonsPerReportMax));
  for (const auto& one : persons) {
    TUTELA_ASSIGN(auto person, read_person(one));
    message.persons.push_back(std::move(person));
  }
  TUTELA_ASSIGN(const auto indicators, reader.objects("indicators", limits::kIndicatorsPerReportMax));
  for (const auto& one : indicators) {
    TUTELA_ASSIGN(auto indicator, read_indicator(one, message.persons.size()));
    message.indicators.push_back(std::move(indicator));
  }
  TUTELA_ASSIGN(const auto law, reader.objects("law", limits::kReferralLawRowsMax));
  for (const auto& one : law) {
    TUTELA_ASSIGN(auto row, read_law(one));
    message.law.push_back(std::move(row));
  }
  TUTELA_ASSIGN(message.handling, reader.word("handling", parse_handling));
  TUTELA_TRY(reader.finish());
  return message;
}

// --- answers
// ----------------------------------------------------------------------------------------------------------------------------

json encode(const Answer& answer) {
  json out{{"sequence", answer.sequence}, {"kind", to_word(answer.kind)}, {"at", to_rfc3339(answer.at)}};
  if (answer.outcome) out["outcome"] = to_word(*answer.outcome);
  if (answer.reason) out["reason"] = answer.reason->reveal();
  return out;
}

Result<Answer> read_answer(ObjectReader reader) {
  TUTELA_ASSIGN(const auto sequence, reader.integer("sequence", {1, kSequenceMax}));
  TUTELA_ASSIGN(const auto kind, reader.word("kind", parse_answer_kind));
  TUTELA_ASSIGN(const auto at, reader.time("at"));
  Answer answer{sequence, kind, at, {}, {}};
  if (kind == AnswerKind::outcome) {
    TUTELA_ASSIGN(answer.outcome, reader.word("outcome", parse_outcome));
  }
  if (kind == AnswerKind::refused) {
    TUTELA_ASSIGN(auto reason, reader.text("reason", {limits::kReasonBytesMax, Lines::many}));
    answer.reason = Sensitive(std::move(reason));
  }
  TUTELA_TRY(reader.finish());
  return answer;
}

}  // namespace

std::string_view to_word(Handling handling) { return word_of(kHandlingWords, handling); }
std::string_view to_word(FiledRole role) { return word_of(kRoleWords, role); }
std::string_view to_word(Viewed viewed) { return word_of(kViewedWords, viewed); }
std::string_view to_word(SupplementKind kind) { return word_of(kSupplementWords, kind); }
std::string_view to_word(AnswerKind kind) { return word_of(kAnswerWords, kind); }
std::string_view to_word(Outcome outcome) { return word_of(kOutcomeWords, outcome); }

Result<Handling> parse_handling(std::string_view word) {
  if (const auto value = value_of(kHandlingWords, word)) return *value;
  return fail(ErrorCode::invalid, "referral_message.unknown_handling");
}
Result<FiledRole> parse_filed_role(std::string_view word) {
  if (const auto value = value_of(kRoleWords, word)) return *value;
  return fail(ErrorCode::invalid, "referral_message.unknown_role");
}
Result<Viewed> parse_viewed(std::string_view word) {
  if (const auto value = value_of(kViewedWords, word)) return *value;
  return fail(ErrorCode::invalid, "referral_message.unknown_viewed");
}
Result<SupplementKind> parse_supplement_kind(std::string_view word) {
  if (const auto value = value_of(kSupplementWords, word)) return *value;
  return fail(ErrorCode::invalid, "referral_message.unknown_supplement");
}
Result<AnswerKind> parse_answer_kind(std::string_view word) {
  if (const auto value = value_of(kAnswerWords, word)) return *value;
  return fail(ErrorCode::invalid, "referral_message.unknown_answer");
}
Result<Outcome> parse_outcome(std::string_view word) {
  if (const auto value = value_of(kOutcomeWords, word)) return *value;
  return fail(ErrorCode::invalid, "referral_message.unknown_outcome");
}

std::optional<FiledRole> filed_role(casework::PersonRole role) {
  switch (role) {
    case casework::PersonRole::child_at_risk:
      return FiledRole::child_at_risk;
    case casework::PersonRole::depicted_child:
      return FiledRole::depicted_child;
    case casework::PersonRole::suspect:
      return FiledRole::suspect;
    case casework::PersonRole::reporter:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string encode_referral(const ReferralMessage& message) { return dump_canonical(encode(message)); }

Result<ReferralMessage> parse_referral(std::string_view text) {
  TUTELA_ASSIGN(const auto value, parse_strict_object(text));
  TUTELA_ASSIGN(auto reader, ObjectReader::open(value, ""));
  return read_referral(std::move(reader));
}

std::string encode_supplement(const Supplement& supplement) {
  json out{
      {"format", kSupplementFormat},      {"reference", supplement.reference},         {"sequence", supplement.sequence},
      {"kind", to_word(supplement.kind)}, {"made_at", to_rfc3339(supplement.made_at)}, {"reason", supplement.reason.reveal()}};
  if (supplement.corrected) out["corrected"] = encode(*supplement.corrected);
  return dump_canonical(out);
}

Result<Supplement> parse_supplement(std::string_view text) {
  TUTELA_ASSIGN(const auto value, parse_strict_object(text));
  TUTELA_ASSIGN(auto reader, ObjectReader::open(value, ""));
  TUTELA_TRY(verify_format(reader, kSupplementFormat));
  TUTELA_ASSIGN(auto reference, read_reference(reader, "reference"));
  TUTELA_ASSIGN(const auto sequence, reader.integer("sequence", {1, kSequenceMax}));
  TUTELA_ASSIGN(const auto kind, reader.word("kind", parse_supplement_kind));
  TUTELA_ASSIGN(const auto made_at, reader.time("made_at"));
  TUTELA_ASSIGN(auto reason, reader.text("reason", {limits::kReasonBytesMax, Lines::many}));
  Supplement supplement{std::move(reference), sequence, kind, made_at, Sensitive(std::move(reason)), {}};
  if (kind == SupplementKind::correction) {
    TUTELA_ASSIGN(auto inner, reader.object("corrected"));
    TUTELA_ASSIGN(supplement.corrected, read_referral(std::move(inner)));
    if (supplement.corrected->reference != supplement.reference)
      return fail(ErrorCode::invalid, "referral_message.bad_value", "corrected.reference");
  }
  TUTELA_TRY(reader.finish());
  return supplement;
}

std::string encode_answers(const Answers& answers) {
  json list = json::array();
  for (const auto& answer : answers.answers) list.push_back(encode(answer));
  return dump_canonical({{"format", kAnswersFormat},
                         {"reference", answers.reference},
                         {"answers", std::move(list)},
                         {"supplements_received", answers.supplements_received}});
}

Result<Answers> parse_answers(std::string_view text) {
  TUTELA_ASSIGN(const auto value, parse_strict_object(text));
  TUTELA_ASSIGN(auto reader, ObjectReader::open(value, ""));
  TUTELA_TRY(verify_format(reader, kAnswersFormat));
  Answers answers;
  TUTELA_ASSIGN(answers.reference, read_reference(reader, "reference"));
  TUTELA_ASSIGN(const auto list, reader.objects("answers", limits::kReferralAnswersMax));
  for (const auto& one : list) {
    TUTELA_ASSIGN(auto answer, read_answer(one));
    const bool follows = answers.answers.empty() || answer.sequence == answers.answers.back().sequence + 1;
    if (!follows) return fail(ErrorCode::invalid, "referral_message.bad_value", one.at("sequence"));
    answers.answers.push_back(std::move(answer));
  }
  TUTELA_ASSIGN(answers.supplements_received, reader.integer("supplements_received", {0, kSequenceMax}));
  TUTELA_TRY(reader.finish());
  return answers;
}

}  // namespace tutela::filing
