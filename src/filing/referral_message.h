#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/sensitive.h"
#include "casework/concern.h"
#include "casework/indicator.h"
#include "casework/person.h"
#include "model/classification.h"
#include "model/country.h"

// What two nodes say to each other about a referral; spec/exchange.md is normative. Encoding is canonical (sorted keys, no white
// space), so that an equal message is an equal body. Parsing refuses duplicate and unknown keys, wrong types, control characters
// and anything above a limit. No type here can hold a reporter: neither a role nor a field exists for one (I9).
namespace tutela::filing {

// How the receiver may use it: Europol's SIENA handling codes (public in Council document 6261/18).
enum class Handling : std::uint8_t { h0, h1, h2 };
std::string_view to_word(Handling handling);
Result<Handling> parse_handling(std::string_view word);  // invalid, "referral_message.unknown_handling"

// The persons a referral may name. Deliberately not casework::PersonRole, which has a reporter.
enum class FiledRole : std::uint8_t { child_at_risk, depicted_child, suspect };
inline constexpr std::array kFiledRoles{FiledRole::child_at_risk, FiledRole::depicted_child, FiledRole::suspect};
std::string_view to_word(FiledRole role);
Result<FiledRole> parse_filed_role(std::string_view word);  // invalid, "referral_message.unknown_role"
// Absent for a reporter.
std::optional<FiledRole> filed_role(casework::PersonRole role);

enum class Viewed : std::uint8_t { here, off_node, not_viewed };
std::string_view to_word(Viewed viewed);
Result<Viewed> parse_viewed(std::string_view word);  // invalid, "referral_message.unknown_viewed"

struct FiledFingerprint {
  std::string algorithm;         // "sha256", "pdq", …: lower-case letters, digits, '_', '.', '-'
  Sensitive<std::string> value;  // lower-case hex
  std::optional<std::int64_t> quality;
  friend bool operator==(const FiledFingerprint&, const FiledFingerprint&) = default;
};

struct FiledAddress {
  Sensitive<std::string> address;
  std::optional<Country> country;  // of hosting, when we looked
  Time seen_at;
  friend bool operator==(const FiledAddress&, const FiledAddress&) = default;
};

// What the file itself says about its making.
struct CaptureFacts {
  std::optional<Sensitive<std::string>> taken_at;  // as the device wrote it
  std::optional<Sensitive<std::string>> device;
  std::optional<Sensitive<std::string>> position;  // "latitude,longitude" in degrees
  friend bool operator==(const CaptureFacts&, const CaptureFacts&) = default;
};

struct ItemSubject {
  Classification classification;
  Viewed viewed;
  std::vector<FiledFingerprint> fingerprints;
  std::vector<FiledAddress> addresses;
  std::optional<CaptureFacts> capture;
  friend bool operator==(const ItemSubject&, const ItemSubject&) = default;
};

struct ConcernSubject {
  casework::ConcernKind kind;
  casework::ConcernAssessment assessment;
  Sensitive<std::string> statement;  // what the member states, in the member's words
  friend bool operator==(const ConcernSubject&, const ConcernSubject&) = default;
};

struct FiledPerson {
  FiledRole role;
  AgeBand age_band;
  Sensitive<std::string> description;
  friend bool operator==(const FiledPerson&, const FiledPerson&) = default;
};

struct FiledIndicator {
  casework::Indicator indicator;
  // Whose it is, as position in `persons`; absent when not known.
  std::optional<std::size_t> person;
  friend bool operator==(const FiledIndicator&, const FiledIndicator&) = default;
};

struct FiledLaw {
  std::string row;  // "US/duty_2258a"
  std::string law;
  std::string section;
  std::string url;
  friend bool operator==(const FiledLaw&, const FiledLaw&) = default;
};

struct ReferralMessage {
  std::string reference;  // the referral's id; the idempotency key
  std::string sender;     // the sending node's name
  Time sent_at;           // when it was drafted for sending: a repeat keeps it
  bool urgent = false;
  std::optional<std::string> repeat_of;  // the reference that this one repeats over another channel
  std::variant<ItemSubject, ConcernSubject> subject;
  std::vector<FiledPerson> persons;
  std::vector<FiledIndicator> indicators;
  std::vector<FiledLaw> law;
  Handling handling = Handling::h0;
  friend bool operator==(const ReferralMessage&, const ReferralMessage&) = default;
};

std::string encode_referral(const ReferralMessage& message);
// limit, "referral_message.too_large" above limits::kReferralBytesMax, "referral_message.too_many", "referral_message.too_long"
// invalid, "referral_message.malformed" (not JSON), "….repeated_key", "….too_deep", "….unknown_key", "….missing_key",
// "….wrong_type",
//          "….unknown_format", "….bad_value"; the error's place is the path ("subject.act"), never a value
Result<ReferralMessage> parse_referral(std::string_view json);

enum class SupplementKind : std::uint8_t { correction, withdrawal };
std::string_view to_word(SupplementKind kind);
Result<SupplementKind> parse_supplement_kind(std::string_view word);  // invalid, "referral_message.unknown_supplement"

struct Supplement {
  std::string reference;  // of the referral
  std::int64_t sequence;  // 1, 2, …
  SupplementKind kind;
  Time made_at;
  Sensitive<std::string> reason;
  // A correction carries what stands now, whole; a withdrawal carries nothing.
  std::optional<ReferralMessage> corrected;
  friend bool operator==(const Supplement&, const Supplement&) = default;
};
std::string encode_supplement(const Supplement& supplement);
Result<Supplement> parse_supplement(std::string_view json);  // errors as above

enum class AnswerKind : std::uint8_t { acknowledged, accepted, refused, outcome };
inline constexpr std::array kAnswerKinds{AnswerKind::acknowledged, AnswerKind::accepted, AnswerKind::refused,
                                         AnswerKind::outcome};
std::string_view to_word(AnswerKind kind);
Result<AnswerKind> parse_answer_kind(std::string_view word);  // invalid, "referral_message.unknown_answer"

// The words of what came of it (domain.md: outcome).
enum class Outcome : std::uint8_t {
  child_safeguarded,
  victim_identified,
  arrest,
  charged,
  convicted,
  removed,
  no_further_action
};
inline constexpr std::array kOutcomes{Outcome::child_safeguarded, Outcome::victim_identified, Outcome::arrest,
                                      Outcome::charged,           Outcome::convicted,         Outcome::removed,
                                      Outcome::no_further_action};
std::string_view to_word(Outcome outcome);
Result<Outcome> parse_outcome(std::string_view word);  // invalid, "referral_message.unknown_outcome"

struct Answer {
  std::int64_t sequence;  // 1, 2, … per referral
  AnswerKind kind;
  Time at;
  std::optional<Outcome> outcome;                // exactly with kind outcome
  std::optional<Sensitive<std::string>> reason;  // why refused; exactly with kind refused
  friend bool operator==(const Answer&, const Answer&) = default;
};

// The body of GET …/outcomes: every answer after the sequence asked for, ascending and without a gap.
struct Answers {
  std::string reference;
  std::vector<Answer> answers;
  // The highest supplement the other side has stored: the acknowledgement of corrections and withdrawals.
  std::int64_t supplements_received = 0;
  friend bool operator==(const Answers&, const Answers&) = default;
};
std::string encode_answers(const Answers& answers);
Result<Answers> parse_answers(std::string_view json);  // errors as above

}  // namespace tutela::filing
