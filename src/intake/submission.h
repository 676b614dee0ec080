#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sensitive.h"
#include "intake/address.h"
#include "intake/person.h"
#include "model/fingerprint.h"

// A report as somebody sends it, and the same checked.
namespace tutela::intake {

enum class Channel : std::uint8_t { public_door, machine };  // words: "public", "machine"
std::string_view to_word(Channel channel);
Result<Channel> parse_channel(std::string_view word);  // invalid, "report.unknown_channel"

enum class ReportKind : std::uint8_t { content, concern };
std::string_view to_word(ReportKind kind);
Result<ReportKind> parse_report_kind(std::string_view word);  // invalid, "report.unknown_kind"

enum class ConcernKind : std::uint8_t { grooming, extortion, live_stream, trafficking, worry };
std::string_view to_word(ConcernKind kind);
Result<ConcernKind> parse_concern_kind(std::string_view word);  // invalid, "report.unknown_concern"

enum class IndicatorType : std::uint8_t { account, email, phone, ip, domain, url, onion, payment, wallet, group, info_hash };
std::string_view to_word(IndicatorType type);
Result<IndicatorType> parse_indicator_type(std::string_view word);  // invalid, "report.unknown_indicator"

struct PersonDraft {
  PersonRole role = PersonRole::child_at_risk;
  AgeBand age_band = AgeBand::unknown;
  Sensitive<std::string> description;
};

struct IndicatorDraft {
  IndicatorType type = IndicatorType::account;
  Sensitive<std::string> value;
};

struct ConcernDraft {
  ConcernKind kind = ConcernKind::worry;
  bool is_in_danger_now = false;
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
  // "report.bad_text" (not UTF-8, or control characters), "report.bad_contact", "report.bad_country", "report.empty_indicator",
  // "report.duplicate_algorithm", and those of parse_address(). limit: "report.text_too_long", "report.contact_too_long",
  // "report.too_many_addresses", "report.too_many_persons", "report.too_many_indicators", "report.too_many_files",
  // "report.too_many_fingerprints", "report.indicator_too_long", "report.description_too_long". Equal addresses and equal
  // indicators are kept once; white space around text is dropped.
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
  const std::vector<IndicatorDraft>& indicators() const { return draft_.indicators; }
  const std::optional<std::string>& uploader_country() const { return draft_.uploader_country; }

 private:
  Submission(SubmissionDraft draft, std::vector<Address> addresses)
      : draft_(std::move(draft)), addresses_(std::move(addresses)) {}
  SubmissionDraft draft_;
  std::vector<Address> addresses_;
};

}  // namespace tutela::intake
