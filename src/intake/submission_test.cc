#include "intake/submission.h"

#include <gmock/gmock.h>

#include "base/limits.h"

namespace tutela::intake {
namespace {

using casework::IndicatorType;

Sensitive<std::string> said(std::string text) { return Sensitive<std::string>(std::move(text)); }

SubmissionDraft address_report() {
  SubmissionDraft draft;
  draft.addresses = {said("http://www.example.org/a")};
  return draft;
}

SubmissionDraft worry() {
  SubmissionDraft draft;
  draft.kind = ReportKind::concern;
  draft.concern = ConcernDraft{};
  draft.text = said("a teacher's worry");
  return draft;
}

// "reason (place)", or "valid".
std::string check(SubmissionDraft draft) {
  const auto submission = Submission::validate(std::move(draft));
  if (submission) return "valid";
  const Error& error = submission.error();
  return std::string(error.reason.text()) + (error.place.empty() ? "" : " (" + error.place + ")");
}

TEST(Submission, AnAddressIsEnough) {
  const auto submission = Submission::validate(address_report());
  ASSERT_TRUE(submission);
  EXPECT_EQ(submission->kind(), ReportKind::content);
  ASSERT_EQ(submission->addresses().size(), 1U);
  EXPECT_EQ(submission->addresses()[0].canonical, "http://www.example.org/a");
}

TEST(Submission, SomethingMustBeSaid) {
  EXPECT_EQ(check(SubmissionDraft{}), "report.nothing_reported (address)");
  SubmissionDraft draft = worry();
  draft.text = said(" \r\n\t");
  EXPECT_EQ(check(draft), "report.nothing_reported (text)");
  draft.persons = {PersonDraft{}};
  EXPECT_EQ(check(draft), "valid");
  draft = worry();
  draft.concern = std::nullopt;
  EXPECT_EQ(check(draft), "report.concern_missing (concern)");
  draft = address_report();
  draft.concern = ConcernDraft{};
  EXPECT_EQ(check(draft), "report.concern_unexpected (concern)");
}

TEST(Submission, AMachineMaySendAFileOrAFingerprintThePublicMayNot) {
  SubmissionDraft draft;
  draft.media_parts = 1;
  EXPECT_EQ(check(draft), "report.no_upload (media)");
  draft.channel = Channel::machine;
  EXPECT_EQ(check(draft), "valid");
  draft.media_parts = kMediaPartsPerReportMax + 1;
  EXPECT_EQ(check(draft), "report.too_many_files");
  draft.media_parts = 0;
  draft.fingerprints = {*Fingerprint::make(Algorithm::sha256(), Bytes(32))};
  EXPECT_EQ(check(draft), "valid");
  draft.fingerprints.push_back(*Fingerprint::make(Algorithm::sha256(), Bytes(32, 1)));
  EXPECT_EQ(check(draft), "report.duplicate_algorithm (fingerprint 2)");
}

TEST(Submission, AFaultNamesItsPlaceAndNotItsContent) {
  SubmissionDraft draft = address_report();
  draft.addresses.push_back(said("secret-address"));
  EXPECT_EQ(check(draft), "address.no_scheme (address 2)");
  draft = worry();
  draft.channel = Channel::machine;
  draft.indicators = {{IndicatorType::email, said("ana@example.org")}, {IndicatorType::email, said("secret")}};
  EXPECT_EQ(check(draft), "indicator.malformed (indicator 2)");
  draft = worry();
  draft.persons = {PersonDraft{}, PersonDraft{.description = said("\x01")}};
  EXPECT_EQ(check(draft), "report.bad_text (person 2)");
  draft = worry();
  draft.text = said("a\xff");
  EXPECT_EQ(check(draft), "report.bad_text (text)");
  draft = worry();
  draft.contact = said("ana@example.org\nBcc: x");
  EXPECT_EQ(check(draft), "report.bad_contact (contact)");
  draft = address_report();
  draft.uploader_country = "de";
  EXPECT_EQ(check(draft), "report.bad_country (uploader_country)");
  draft.uploader_country = "DE";
  EXPECT_EQ(check(draft), "valid");
}

TEST(Submission, EveryListAndTextHasALimit) {
  SubmissionDraft draft = address_report();
  draft.addresses.assign(limits::kLocationsPerReportMax, said("http://example.org/"));
  EXPECT_EQ(check(draft), "valid");
  draft.addresses.push_back(said("http://example.org/"));
  EXPECT_EQ(check(draft), "report.too_many_addresses");

  draft = worry();
  draft.persons.resize(limits::kPersonsPerReportMax);
  EXPECT_EQ(check(draft), "valid");
  draft.persons.resize(limits::kPersonsPerReportMax + 1);
  EXPECT_EQ(check(draft), "report.too_many_persons");

  draft = worry();
  draft.indicators.assign(limits::kIndicatorsPerReportMax + 1, {IndicatorType::email, said("ana@example.org")});
  EXPECT_EQ(check(draft), "report.too_many_indicators");

  draft = worry();
  draft.text = said(std::string(limits::kReportTextBytesMax, 'x'));
  EXPECT_EQ(check(draft), "valid");
  draft.text = said(std::string(limits::kReportTextBytesMax + 1, 'x'));
  EXPECT_EQ(check(draft), "report.text_too_long (text)");

  draft = worry();
  draft.contact = said(std::string(limits::kContactBytesMax + 1, 'x'));
  EXPECT_EQ(check(draft), "report.contact_too_long (contact)");

  draft = worry();
  draft.persons = {PersonDraft{.description = said(std::string(limits::kReasonBytesMax + 1, 'x'))}};
  EXPECT_EQ(check(draft), "report.description_too_long (person 1)");

  draft = address_report();
  for (std::size_t count = 0; count <= kFingerprintsPerReportMax; ++count)
    draft.fingerprints.push_back(*Fingerprint::make(*Algorithm::parse("x" + std::to_string(count)), Bytes(1)));
  EXPECT_EQ(check(draft), "report.too_many_fingerprints");
}

TEST(Submission, EqualsAreKeptOnce) {
  SubmissionDraft draft = worry();
  draft.addresses = {said("http://example.org/a"), said("HTTP://example.org:80/a#x"), said("http://example.org/b")};
  draft.indicators = {{IndicatorType::domain, said("Example.org")}, {IndicatorType::domain, said("example.org.")}};
  const auto submission = Submission::validate(draft);
  ASSERT_TRUE(submission);
  ASSERT_EQ(submission->addresses().size(), 2U);
  EXPECT_EQ(submission->addresses()[1].canonical, "http://example.org/b");
  EXPECT_EQ(submission->indicators().size(), 1U);
}

TEST(Submission, WhatFormsAndKeyboardsAddIsTakenAway) {
  SubmissionDraft draft = worry();
  draft.text = said("\u200f one\r\ntwo \ufeff\r\n");
  draft.contact = said(" ana@example.org\t");
  const auto submission = Submission::validate(draft);
  ASSERT_TRUE(submission);
  EXPECT_EQ(submission->text().reveal(), "one\ntwo");
  EXPECT_EQ(submission->contact().reveal(), "ana@example.org");
}

TEST(Submission, ThePublicIsNotTurnedAwayOverASpelling) {
  SubmissionDraft draft = worry();
  draft.indicators = {{IndicatorType::account, said("somebody, in that game")}, {IndicatorType::account, said("")}};
  const auto submission = Submission::validate(draft);
  ASSERT_TRUE(submission);
  EXPECT_TRUE(submission->indicators().empty());
  EXPECT_EQ(submission->text().reveal(), "a teacher's worry\naccount: somebody, in that game");
  draft.indicators = {{IndicatorType::account, said("a\x01")}};
  EXPECT_EQ(check(draft), "indicator.malformed (indicator 1)");
}

TEST(Submission, WordsRoundTrip) {
  for (const Channel channel : {Channel::public_door, Channel::machine}) EXPECT_EQ(*parse_channel(to_word(channel)), channel);
  for (const ReportKind kind : {ReportKind::content, ReportKind::concern}) EXPECT_EQ(*parse_report_kind(to_word(kind)), kind);
  EXPECT_EQ(to_word(Channel::public_door), "public");
  EXPECT_EQ(parse_channel("public_door").error().reason, Reason("report.unknown_channel"));
  EXPECT_EQ(parse_report_kind("").error().reason, Reason("report.unknown_kind"));
}

}  // namespace
}  // namespace tutela::intake
