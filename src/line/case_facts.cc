#include "line/case_facts.h"

#include <algorithm>
#include <ranges>
#include <tuple>

#include "base/limits.h"
#include "casework/concern_repository.h"
#include "intake/report_repository.h"
#include "line/capture.h"
#include "line/referrals.h"
#include "line/sealed.h"
#include "review/item_repository.h"
#include "review/review_repository.h"

namespace tutela::line {
namespace {

Result<std::optional<Country>> uploader_of(store::Reader& reader, const std::vector<ReportId>& reports) {
  for (const auto& id : reports) {
    TUTELA_ASSIGN(const auto report, intake::find_report(reader, id));
    if (!report.uploader_country) continue;
    TUTELA_ASSIGN(const auto country, Country::parse(*report.uploader_country));
    return std::optional(country);
  }
  return std::nullopt;
}

Result<std::vector<filing::FiledIndicator>> indicators_of(const Context& context, store::Reader& reader,
                                                          const std::vector<ReportId>& reports) {
  std::vector<filing::FiledIndicator> filed;
  for (const auto& id : reports) {
    TUTELA_ASSIGN(const auto report, intake::find_report(reader, id));
    TUTELA_ASSIGN(const auto rows, intake::indicators_of_report(reader, id));
    for (const auto& row : rows) {
      TUTELA_ASSIGN(const auto type, casework::parse_indicator_type(row.type));
      TUTELA_ASSIGN(const auto value,
                    open_sealed_text(context, report.wrapped_key, "indicator.sealed_value", row.id.bytes(), row.sealed_value));
      TUTELA_ASSIGN(auto indicator, casework::Indicator::parse(type, value));
      const filing::FiledIndicator one{std::move(indicator), std::nullopt};
      if (std::ranges::find(filed, one) == filed.end()) filed.push_back(one);
      // What a message can hold (spec/exchange.md); the others stay on record here.
      if (filed.size() == limits::kIndicatorsPerReportMax) return filed;
    }
  }
  return filed;
}

Result<filing::ItemSubject> item_subject(const Context& context, store::Reader& reader, const ItemId& id) {
  TUTELA_ASSIGN(const auto item, review::find_item(reader, id));
  TUTELA_ASSIGN(const auto verdict, review::find_verdict(reader, id));
  if (!verdict) return fail(ErrorCode::conflict, "item.no_verdict");
  TUTELA_ASSIGN(const auto act, parse_act(verdict->act));
  TUTELA_ASSIGN(const auto age_band, parse_age_band(verdict->age_band));
  filing::ItemSubject subject{.classification = {act, age_band},
                              .viewed = verdict->viewed_here ? filing::Viewed::here : filing::Viewed::not_viewed,
                              .fingerprints = {},
                              .addresses = {},
                              .capture = std::nullopt};
  if (!verdict->viewed_here) {
    TUTELA_ASSIGN(const auto assessments, review::assessments_of_item(reader, id));
    for (const auto& assessment : assessments)
      if (assessment.viewed == "off_node") subject.viewed = filing::Viewed::off_node;
  }
  TUTELA_ASSIGN(const auto fingerprints, review::fingerprints_of_item(reader, id));
  for (const auto& row : fingerprints | std::views::take(limits::kReferralFingerprintsMax))
    subject.fingerprints.push_back({row.algorithm, Sensitive<std::string>(encode_hex(row.value)), row.quality});
  TUTELA_ASSIGN(auto locations, review::locations_of_item(reader, id));
  // Of more than a message can hold, those that still serve and were seen last.
  std::ranges::sort(locations, std::greater<>(),
                    [](const auto& row) { return std::tuple(row.state == "live", row.first_seen_at, row.id); });
  for (const auto& row : locations | std::views::take(limits::kLocationsPerReportMax)) {
    TUTELA_ASSIGN(auto address, open_sealed_text(context, item.wrapped_key, "item_location.sealed_address", row.id.bytes(),
                                                 row.sealed_address));
    std::optional<Country> country;
    if (row.country) {
      TUTELA_ASSIGN(country, Country::parse(*row.country));
    }
    subject.addresses.push_back({Sensitive<std::string>(std::move(address)), country, row.first_seen_at});
  }
  if (item.sealed_capture) {
    TUTELA_ASSIGN(const auto text,
                  open_sealed_text(context, item.wrapped_key, "item.sealed_capture", id.bytes(), *item.sealed_capture));
    TUTELA_ASSIGN(const auto facts, parse_capture(text));
    subject.capture = filed_capture(facts);
  }
  return subject;
}

}  // namespace

Result<law::OrganisationKind> node_kind(const Context& context) { return law::parse_organisation_kind(context.node.kind); }

Result<Country> node_country(const Context& context) { return Country::parse(context.node.country); }

Result<law::Countries> countries_of_item(const Context& context, store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto own, node_country(context));
  law::Countries countries{std::nullopt, std::nullopt, own};
  TUTELA_ASSIGN(const auto locations, review::locations_of_item(reader, item));
  if (locations.empty()) countries.hosting = own;
  for (const auto& location : locations)
    if (location.country && !countries.hosting) {
      TUTELA_ASSIGN(countries.hosting, Country::parse(*location.country));
    }
  TUTELA_ASSIGN(const auto reports, intake::reports_of_item(reader, item));
  TUTELA_ASSIGN(countries.uploader, uploader_of(reader, reports));
  return countries;
}

Result<law::Countries> countries_of_concern(const Context& context, store::Reader& reader, const ConcernId& id) {
  TUTELA_ASSIGN(const auto own, node_country(context));
  TUTELA_ASSIGN(const auto concern, casework::find_concern(reader, id));
  law::Countries countries{std::nullopt, std::nullopt, own};
  TUTELA_ASSIGN(countries.uploader, uploader_of(reader, {concern.report_id}));
  return countries;
}

Result<filing::ReferralMessage> item_message(const Context& context, store::Reader& reader, const ItemId& item,
                                             const law::LegalView& view) {
  TUTELA_ASSIGN(auto subject, item_subject(context, reader, item));
  TUTELA_ASSIGN(const auto reports, intake::reports_of_item(reader, item));
  TUTELA_ASSIGN(auto indicators, indicators_of(context, reader, reports));
  TUTELA_ASSIGN(const auto row, review::find_item(reader, item));
  return filing::ReferralMessage{.reference = {},
                                 .sender = context.node.name,
                                 .sent_at = context.clock.now(),
                                 .urgent = row.urgent,
                                 .repeat_of = std::nullopt,
                                 .subject = std::move(subject),
                                 .persons = {},
                                 .indicators = std::move(indicators),
                                 .law = cite(context.law, view),
                                 .handling = filing::Handling::h0};
}

Result<filing::ReferralMessage> concern_message(const Context& context, store::Reader& reader, const ConcernId& id,
                                                const law::LegalView& view) {
  TUTELA_ASSIGN(const auto concern, casework::find_concern(reader, id));
  if (!concern.assessment || !concern.sealed_reason) return fail(ErrorCode::conflict, "concern.not_assessed");
  TUTELA_ASSIGN(const auto kind, casework::parse_concern_kind(concern.kind));
  TUTELA_ASSIGN(const auto assessment, casework::parse_concern_assessment(*concern.assessment));
  TUTELA_ASSIGN(const auto report, intake::find_report(reader, concern.report_id));
  TUTELA_ASSIGN(auto statement,
                open_sealed_text(context, report.wrapped_key, "concern.sealed_reason", id.bytes(), *concern.sealed_reason));
  std::vector<filing::FiledPerson> persons;
  TUTELA_ASSIGN(const auto rows, casework::persons_of_concern(reader, id));
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto role, casework::parse_person_role(row.role));
    TUTELA_ASSIGN(const auto age_band, parse_age_band(row.age_band));
    const auto filed = filing::filed_role(role);
    if (!filed) continue;
    std::string description;
    if (row.sealed_description) {
      TUTELA_ASSIGN(description, open_sealed_text(context, report.wrapped_key, "person.sealed_description", row.id.bytes(),
                                                  *row.sealed_description));
    }
    persons.push_back({*filed, age_band, Sensitive<std::string>(std::move(description))});
  }
  TUTELA_ASSIGN(auto indicators, indicators_of(context, reader, {concern.report_id}));
  return filing::ReferralMessage{
      .reference = {},
      .sender = context.node.name,
      .sent_at = context.clock.now(),
      .urgent = assessment == casework::ConcernAssessment::urgent,
      .repeat_of = std::nullopt,
      .subject = filing::ConcernSubject{kind, assessment, Sensitive<std::string>(std::move(statement))},
      .persons = std::move(persons),
      .indicators = std::move(indicators),
      .law = cite(context.law, view),
      .handling = filing::Handling::h0};
}

Result<> refresh_message(const Context& context, store::Reader& reader, const filing::ReferralRow& referral,
                         filing::ReferralMessage& message, const std::string& statement) {
  if (referral.subject_type == "item") {
    TUTELA_ASSIGN(const auto item, ItemId::from_bytes(referral.subject_id));
    // A reopened item has no verdict to correct from: what was filed then stands, with the reason beside it.
    if (auto subject = item_subject(context, reader, item)) message.subject = *std::move(subject);
    return {};
  }
  if (auto* concern = std::get_if<filing::ConcernSubject>(&message.subject))
    concern->statement = Sensitive<std::string>(statement);
  return {};
}

}  // namespace tutela::line
