#include "intake/submission.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "model/country.h"
#include "model/text.h"

namespace tutela::intake {
namespace {

constexpr std::array kChannels = {Channel::public_door, Channel::machine};
constexpr std::array kReportKinds = {ReportKind::content, ReportKind::concern};

std::string place_of(std::string_view field, std::size_t index) { return std::string(field) + " " + std::to_string(index + 1); }

// Forms send CR LF, and keyboards of right-to-left scripts leave direction marks behind; neither is part of what somebody says.
// Removed, with the white space around.
Sensitive<std::string> tidy(const Sensitive<std::string>& text) {
  constexpr std::array<std::string_view, 4> kMarks = {"\r", "\u200e", "\u200f", "\ufeff"};
  std::string kept;
  for (std::string_view rest = text.reveal(); !rest.empty();) {
    const auto* mark = std::ranges::find_if(kMarks, [&](std::string_view candidate) { return rest.starts_with(candidate); });
    if (mark == kMarks.end()) kept += rest.front();
    rest.remove_prefix(mark == kMarks.end() ? 1 : mark->size());
  }
  const std::size_t first = kept.find_first_not_of(" \t\n");
  if (first == std::string::npos) return Sensitive<std::string>{};
  return Sensitive<std::string>(kept.substr(first, kept.find_last_not_of(" \t\n") - first + 1));
}

bool is_empty(const Sensitive<std::string>& text) { return text.reveal().empty(); }

Result<> check_counts(const SubmissionDraft& draft) {
  if (draft.addresses.size() > limits::kLocationsPerReportMax) return fail(ErrorCode::limit, "report.too_many_addresses");
  if (draft.persons.size() > limits::kPersonsPerReportMax) return fail(ErrorCode::limit, "report.too_many_persons");
  if (draft.indicators.size() > limits::kIndicatorsPerReportMax) return fail(ErrorCode::limit, "report.too_many_indicators");
  if (draft.fingerprints.size() > kFingerprintsPerReportMax) return fail(ErrorCode::limit, "report.too_many_fingerprints");
  if (draft.channel == Channel::public_door && draft.media_parts > 0)
    return fail(ErrorCode::invalid, "report.no_upload", "media");
  if (draft.media_parts > kMediaPartsPerReportMax) return fail(ErrorCode::limit, "report.too_many_files");
  return {};
}

Result<> check_texts(const SubmissionDraft& draft) {
  if (draft.text.reveal().size() > limits::kReportTextBytesMax) return fail(ErrorCode::limit, "report.text_too_long", "text");
  if (!is_clean_text(draft.text.reveal(), Lines::many)) return fail(ErrorCode::invalid, "report.bad_text", "text");
  if (draft.contact.reveal().size() > limits::kContactBytesMax)
    return fail(ErrorCode::limit, "report.contact_too_long", "contact");
  if (!is_clean_text(draft.contact.reveal(), Lines::one)) return fail(ErrorCode::invalid, "report.bad_contact", "contact");
  for (std::size_t index = 0; index < draft.persons.size(); ++index) {
    const std::string& description = draft.persons[index].description.reveal();
    if (description.size() > limits::kReasonBytesMax)
      return fail(ErrorCode::limit, "report.description_too_long", place_of("person", index));
    if (!is_clean_text(description, Lines::many)) return fail(ErrorCode::invalid, "report.bad_text", place_of("person", index));
  }
  if (draft.uploader_country && !Country::parse(*draft.uploader_country))
    return fail(ErrorCode::invalid, "report.bad_country", "uploader_country");
  return {};
}

Result<> check_fingerprints(const std::vector<Fingerprint>& fingerprints) {
  for (std::size_t later = 0; later < fingerprints.size(); ++later)
    for (std::size_t earlier = 0; earlier < later; ++earlier)
      if (fingerprints[earlier].algorithm() == fingerprints[later].algorithm())
        return fail(ErrorCode::invalid, "report.duplicate_algorithm", place_of("fingerprint", later));
  return {};
}

Result<> check_says_something(const SubmissionDraft& draft) {
  if (draft.kind == ReportKind::content) {
    if (draft.concern) return fail(ErrorCode::invalid, "report.concern_unexpected", "concern");
    if (draft.addresses.empty() && draft.fingerprints.empty() && draft.media_parts == 0)
      return fail(ErrorCode::invalid, "report.nothing_reported", "address");
    return {};
  }
  if (!draft.concern) return fail(ErrorCode::invalid, "report.concern_missing", "concern");
  if (is_empty(draft.text) && draft.persons.empty() && draft.indicators.empty())
    return fail(ErrorCode::invalid, "report.nothing_reported", "text");
  return {};
}

Result<std::vector<Address>> parse_addresses(const std::vector<Sensitive<std::string>>& texts) {
  std::vector<Address> addresses;
  for (std::size_t index = 0; index < texts.size(); ++index) {
    auto address = parse_address(texts[index].reveal());
    if (!address) {
      Error error = std::move(address).error();
      error.place = place_of("address", index);
      return std::unexpected(std::move(error));
    }
    if (std::ranges::find(addresses, address->canonical, &Address::canonical) == addresses.end())
      addresses.push_back(*std::move(address));
  }
  return addresses;
}

// On the public door, what cannot be normalised joins `text` as it was written.
Result<std::vector<casework::Indicator>> parse_indicators(const SubmissionDraft& draft, Sensitive<std::string>& text) {
  std::vector<casework::Indicator> indicators;
  for (std::size_t index = 0; index < draft.indicators.size(); ++index) {
    const IndicatorDraft& given = draft.indicators[index];
    const Sensitive<std::string> value = tidy(given.value);
    auto indicator = casework::Indicator::parse(given.type, value.reveal());
    if (indicator) {
      if (std::ranges::find(indicators, *indicator) == indicators.end()) indicators.push_back(*std::move(indicator));
      continue;
    }
    const bool may_join_text = draft.channel == Channel::public_door && is_clean_text(value.reveal(), Lines::one);
    if (!may_join_text) {
      Error error = std::move(indicator).error();
      error.place = place_of("indicator", index);
      return std::unexpected(std::move(error));
    }
    if (is_empty(value)) continue;
    std::string joined = text.reveal();
    if (!joined.empty()) joined += '\n';
    joined += std::string(casework::to_word(given.type)) + ": " + value.reveal();
    text = Sensitive<std::string>(std::move(joined));
  }
  return indicators;
}

}  // namespace

std::string_view to_word(Channel channel) {
  constexpr std::array<std::string_view, kChannels.size()> kWords = {"public", "machine"};
  return kWords[static_cast<std::size_t>(channel)];
}

Result<Channel> parse_channel(std::string_view word) {
  for (const Channel channel : kChannels)
    if (to_word(channel) == word) return channel;
  return fail(ErrorCode::invalid, "report.unknown_channel");
}

std::string_view to_word(ReportKind kind) {
  constexpr std::array<std::string_view, kReportKinds.size()> kWords = {"content", "concern"};
  return kWords[static_cast<std::size_t>(kind)];
}

Result<ReportKind> parse_report_kind(std::string_view word) {
  for (const ReportKind kind : kReportKinds)
    if (to_word(kind) == word) return kind;
  return fail(ErrorCode::invalid, "report.unknown_kind");
}

Result<Submission> Submission::validate(SubmissionDraft draft) {
  TUTELA_TRY(check_counts(draft));
  draft.text = tidy(draft.text);
  draft.contact = tidy(draft.contact);
  for (PersonDraft& person : draft.persons) person.description = tidy(person.description);
  TUTELA_ASSIGN(auto indicators, parse_indicators(draft, draft.text));
  TUTELA_TRY(check_texts(draft));
  TUTELA_TRY(check_fingerprints(draft.fingerprints));
  TUTELA_TRY(check_says_something(draft));
  TUTELA_ASSIGN(auto addresses, parse_addresses(draft.addresses));
  return Submission(std::move(draft), std::move(addresses), std::move(indicators));
}

}  // namespace tutela::intake
