#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sensitive.h"
#include "casework/concern.h"
#include "casework/indicator.h"
#include "casework/person.h"
#include "intake/address.h"
#include "model/classification.h"
#include "model/fingerprint.h"

// A report as somebody sends it, and the same checked.
namespace tutela::intake {

enum class Channel : std::uint8_t { public_door, machine };  // words: "public", "machine"
std::string_view to_word(Channel channel);
Result<Channel> parse_channel(std::string_view word);  // invalid, "report.unknown_channel"

enum class ReportKind : std::uint8_t { content, concern };
std::string_view to_word(ReportKind kind);
Result<ReportKind> parse_report_kind(std::string_view word);  // invalid, "report.unknown_kind"

struct PersonDraft {
  casework::PersonRole role = casework::PersonRole::child_at_risk;
  AgeBand age_band = AgeBand::unknown;
  Sensitive<std::string> description;
};

struct IndicatorDraft {
  casework::IndicatorType type = casework::IndicatorType::account;
  Sensitive<std::string> value;
};

struct ConcernDraft {
  casework::ConcernKind kind = casework::ConcernKind::worry;
  casework::DangerSaid danger = casework::DangerSaid::not_said;
};

struct SubmissionDraft {
  Channel channel = Channel::public_door;
  ReportKind kind = ReportKind::content;
  Sensitive<std::string> text;     // empty: none
  Sensitive<std::string> contact;  // empty: none
  std::vector<Sensitive<std::string>> addresses;
  std::vector<Fingerprint> fingerprints;
  std::size_t media_parts = 0;  // files that came with it; machine channel only
  std::optional<ConcernDraft> concern;
  std::vector<PersonDraft> persons;
  std::vector<IndicatorDraft> indicators;
  std::optional<std::string> uploader_country;
};

inline constexpr std::size_t kMediaPartsPerReportMax = 1;
inline constexpr std::size_t kFingerprintsPerReportMax = 16;

// A checked report. Only validate() makes one.
class Submission {
 public:
  // The first fault, with the field as place ("address 2", "indicator 1", "contact"), never its content. invalid:
  // "report.nothing_reported" (content needs an address, a fingerprint or a file; a concern needs a text, a person or an
  // indicator), "report.no_upload" (a file on the public door), "report.concern_missing", "report.concern_unexpected",
  // "report.bad_text" (not UTF-8, or control characters), "report.bad_contact", "report.bad_country",
  // "report.duplicate_algorithm", and those of parse_address() and casework::Indicator::parse(). limit: "report.text_too_long",
  // "report.contact_too_long", "report.too_many_addresses", "report.too_many_persons", "report.too_many_indicators",
  // "report.too_many_files", "report.too_many_fingerprints", "report.description_too_long". Equal addresses and equal indicators
  // are kept once; white space around text is dropped. On the public door an indicator that cannot be normalised goes to the text
  // as it was written: nobody is turned away over a spelling.
  static Result<Submission> validate(SubmissionDraft draft);

  Channel channel() const { return draft_.channel; }
  ReportKind kind() const { return draft_.kind; }
  const Sensitive<std::string>& text() const { return draft_.text; }
  const Sensitive<std::string>& contact() const { return draft_.contact; }
  const std::vector<Address>& addresses() const { return addresses_; }
  const std::vector<Fingerprint>& fingerprints() const { return draft_.fingerprints; }
  std::size_t media_parts() const { return draft_.media_parts; }
  const std::optional<ConcernDraft>& concern() const { return draft_.concern; }
  const std::vector<PersonDraft>& persons() const { return draft_.persons; }
  const std::vector<casework::Indicator>& indicators() const { return indicators_; }
  const std::optional<std::string>& uploader_country() const { return draft_.uploader_country; }

 private:
  Submission(SubmissionDraft draft, std::vector<Address> addresses, std::vector<casework::Indicator> indicators)
      : draft_(std::move(draft)), addresses_(std::move(addresses)), indicators_(std::move(indicators)) {}
  SubmissionDraft draft_;
  std::vector<Address> addresses_;
  std::vector<casework::Indicator> indicators_;
};

}  // namespace tutela::intake
