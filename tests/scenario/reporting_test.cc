#include <gtest/gtest.h>

#include <sys/mount.h>

#include "intake/receipt.h"
#include "intake/report_repository.h"
#include "line/matching.h"
#include "line/reports.h"
#include "line/sealed.h"
#include "match/bank_repository.h"
#include "scenario/line_node.h"

namespace tutela::test {
namespace {

using Words = std::vector<std::string>;
using line::ReportedItem;

std::string state_of(LineNode& node, const ReportId& id) {
  return node.read<intake::ReportRow>([&](store::Reader& reader) { return intake::find_report(reader, id); }).state;
}

TEST(Reporting, AnAddressAloneBecomesAnItemThatWaits) {
  LineNode node;
  const auto received = must(node.report_address("https://Host.test/Page?x=1", "beside the second picture"));
  ASSERT_EQ(received.items.size(), 1U);
  EXPECT_EQ(received.items[0].state, "queued");
  EXPECT_EQ(received.items[0].action, "none");
  EXPECT_FALSE(received.items[0].known);
  EXPECT_EQ(state_of(node, received.id), "triaged");
  EXPECT_EQ(node.events("report", received.id), Words{"report.received"});
  EXPECT_EQ(node.events("item", received.items[0].id), (Words{"item.created", "item.matched"}));
  const auto state = must(line::state_for_receipt(node.context(), must(intake::Receipt::parse(received.receipt.reveal()))));
  EXPECT_EQ(state.word, intake::ReporterWord::being_checked);
  EXPECT_EQ(node.decoder.jobs, 0) << "nothing was fetched or decoded";
}

TEST(Reporting, AnUploadIsDecodedFingerprintedAndKept) {
  LineNode node;
  const auto file = png(1);
  const auto received = must(node.upload(file, "image/png", "key", {"https://host.test/a.png"}));
  ASSERT_EQ(received.items.size(), 1U);
  const auto item = node.item(received.items[0].id);
  EXPECT_EQ(item.state, "queued");
  EXPECT_TRUE(item.is_new);
  EXPECT_EQ(item.width, 320);
  EXPECT_EQ(item.format, "png");
  ASSERT_TRUE(item.object_name);
  EXPECT_EQ(node.object_files(), 1U);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item_fingerprint"), 5);
  EXPECT_EQ(node.events("item", item.id), (Words{"item.created", "item.decoded", "item.matched"}));
}

TEST(Reporting, TheSameReportTwiceIsOneReportUnderItsKeyAndOneItemUnderAnother) {
  LineNode node;
  const auto file = png(2);
  const auto first = must(node.upload(file, "image/png", "key-a"));
  const auto repeat = must(node.upload(file, "image/png", "key-a"));
  EXPECT_EQ(repeat.id, first.id);
  EXPECT_EQ(repeat.receipt, first.receipt);
  ASSERT_EQ(repeat.items.size(), 1U);
  EXPECT_EQ(repeat.items[0].id, first.items[0].id);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM report"), 1);

  auto changed = file;
  changed[3] ^= 1U;  // of the digest that the caller stands for
  EXPECT_EQ(reason_of(node.upload(changed, "image/png", "key-a")), "report.repeated_key");

  const auto other = must(node.upload(file, "image/png", "key-b"));
  EXPECT_NE(other.id, first.id);
  ASSERT_EQ(other.items.size(), 1U);
  EXPECT_EQ(other.items[0].id, first.items[0].id);
  EXPECT_TRUE(other.items[0].known);
  EXPECT_EQ(node.object_files(), 1U);
  EXPECT_EQ(node.events("item", first.items[0].id).back(), "report.duplicate_linked");
}

TEST(Reporting, TheSameAddressIsTheSameItemHoweverItIsWritten) {
  LineNode node;
  const auto first = must(node.report_address("https://host.test/a"));
  const auto second = must(node.report_address("HTTPS://HOST.test:443/a#top"));
  EXPECT_EQ(second.items.at(0).id, first.items.at(0).id);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item_location"), 1);
}

TEST(Reporting, AFileCompletesAnItemKnownByItsAddressAndAllItsAddressesAreKept) {
  LineNode node;
  const auto first = must(node.report_address("https://host.test/a"));
  const auto second = must(node.upload(png(3), "image/png", "", {"https://host.test/a", "https://mirror.test/a"}));
  ASSERT_EQ(second.items.size(), 1U);
  EXPECT_EQ(second.items[0].id, first.items.at(0).id);
  const auto item = node.item(first.items[0].id);
  EXPECT_TRUE(item.object_name);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item_location"), 2);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item_fingerprint"), 5);
  // Other bytes at the same address are another item.
  const auto third = must(node.upload(png(4), "image/png", "", {"https://host.test/a"}));
  EXPECT_EQ(third.items.size(), 2U);
}

TEST(Reporting, AFileCompletesAnItemKnownByItsDigestAlone) {
  LineNode node;
  const auto file = png(5);
  const auto digest = must(node.upload(file, "image/png", "first"));
  const auto rows = node.read<std::vector<review::FingerprintRow>>(
      [&](store::Reader& reader) { return review::fingerprints_of_item(reader, digest.items.at(0).id); });
  const auto sha256 = std::ranges::find(rows, "sha256", &review::FingerprintRow::algorithm);
  ASSERT_NE(sha256, rows.end());

  LineNode other({.seed = 2});
  intake::SubmissionDraft draft;
  draft.channel = intake::Channel::machine;
  draft.fingerprints.push_back(must(Fingerprint::make(Algorithm::sha256(), sha256->value)));
  const auto known = must(other.hand_in(std::move(draft)));
  EXPECT_FALSE(other.item(known.items.at(0).id).object_name);
  const auto completed = must(other.upload(file, "image/png"));
  ASSERT_EQ(completed.items.size(), 1U);
  EXPECT_EQ(completed.items[0].id, known.items[0].id);
  EXPECT_TRUE(other.item(known.items[0].id).object_name) << "a member can look at it";
  EXPECT_EQ(other.count("SELECT COUNT(*) FROM item_fingerprint"), 5);
}

TEST(Reporting, ADamagedOrMislabelledPictureKeepsTheReport) {
  LineNode node;
  auto file = png(6);
  const auto mislabelled = must(node.upload(file, "image/jpeg"));
  EXPECT_EQ(mislabelled.items.at(0).decode_reason, "media.mislabelled");
  file.resize(file.size() / 2);
  const auto truncated = must(node.upload(file, "image/png"));
  EXPECT_EQ(truncated.items.at(0).decode_reason, "media.truncated");
  const auto text = must(node.upload(to_bytes("not a picture at all, only words"), ""));
  EXPECT_EQ(text.items.at(0).decode_reason, "media.not_an_image");
  for (const auto& one : {mislabelled, truncated, text}) {
    EXPECT_EQ(one.items.at(0).state, "queued");
    EXPECT_EQ(node.events("item", one.items[0].id), (Words{"item.created", "item.decode_failed", "item.matched"}));
    EXPECT_TRUE(node.item(one.items[0].id).object_name) << "evidence all the same";
  }
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item_fingerprint WHERE algorithm = 'pdq'"), 0);
}

TEST(Reporting, WithoutADecoderTheReportIsKeptAndALaterCopyTellsTheRest) {
  LineNode node;
  const auto file = png(7);
  node.decoder.failure = Error{ErrorCode::unavailable, "decoder.died"};
  const auto blind = must(node.upload(file, "image/png"));
  EXPECT_EQ(blind.items.at(0).decode_reason, "decoder.died");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item_fingerprint"), 3);
  node.decoder.failure.reset();
  const auto seen = must(node.upload(file, "image/png"));
  EXPECT_EQ(seen.items.at(0).id, blind.items[0].id);
  const auto item = node.item(blind.items[0].id);
  EXPECT_EQ(item.decode_reason, std::nullopt);
  EXPECT_EQ(item.width, 320);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item_fingerprint"), 5);
  EXPECT_EQ(node.object_files(), 1U);
}

// The words and months of data/jurisdictions are those of this node's keys.
TEST(Reporting, WhatIsKeptAndForHowLongFollowsTheCountrysRow) {
  LineNode node;
  const auto& law = node.context().law;
  for (const auto& [country, jurisdiction] : law.all()) {
    for (const auto& row : jurisdiction.keep)
      for (const auto& record : row.records) EXPECT_TRUE(vault::parse_record_class(record)) << row.reference << " " << record;
    ASSERT_NE(jurisdiction.kept("item"), nullptr) << country.text();
    EXPECT_EQ(line::keep_months(law, std::string(country.text()), vault::RecordClass::item), jurisdiction.kept("item")->months);
  }
  law::JurisdictionTable other;
  auto rows = *law.find(must(Country::parse("US")));
  rows.keep = {{"US/a", {"item"}, 7}};
  must(other.add(rows));
  EXPECT_EQ(line::keep_months(other, "US", vault::RecordClass::item), 7);
  EXPECT_EQ(line::keep_months(other, "US", vault::RecordClass::notice), 12) << "the working rule";
  EXPECT_EQ(line::keep_months(other, "IS", vault::RecordClass::item), 24) << "the working rule";
}

TEST(Reporting, WithoutALawRowNoFileIsKeptWhateverTheMandate) {
  LineNode node({.country = "IS"});
  ASSERT_EQ(node.context().law.find(must(Country::parse("IS"))), nullptr);
  const auto received = must(node.upload(png(40), "image/png"));
  EXPECT_FALSE(node.item(received.items.at(0).id).object_name);
  EXPECT_EQ(node.item(received.items.at(0).id).width, 320) << "the fingerprints and sizes of it are";
  EXPECT_EQ(node.object_files(), 0U);
}

TEST(Reporting, WithoutAMandateFingerprintsAreKeptAndTheFileIsNot) {
  LineNode node({.mandate = false});
  const auto file = png(8);
  const auto received = must(node.upload(file, "image/png"));
  EXPECT_FALSE(node.item(received.items.at(0).id).object_name);
  EXPECT_EQ(node.object_files(), 0U);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item_fingerprint"), 5);
  const auto analyst = node.join("analyst", {Role::analyst});
  must(line::claim_item(node.context(), received.items[0].id, analyst));
  EXPECT_EQ(reason_of(line::open_view(node.context(), received.items[0].id, review::ViewMode::grey, std::nullopt, analyst)),
            "item.no_picture");

  const auto second = node.join("second", {Role::manager});
  must(line::record_mandate(node.context(), {"law", "counsel", std::chrono::days(1)}, analyst.id(), second.id()));
  EXPECT_EQ(reason_of(line::record_mandate(node.context(), {"law", "counsel", std::chrono::days(1)}, second.id(), second.id())),
            "mandate.one_member");
  const auto again = must(node.upload(file, "image/png"));
  EXPECT_EQ(again.items.at(0).id, received.items[0].id);
  EXPECT_EQ(node.object_files(), 1U) << "what may be kept now is kept";
  // It runs out: what is kept is shown to nobody.
  const auto view = must(line::open_view(node.context(), received.items[0].id, review::ViewMode::grey, std::nullopt, analyst));
  EXPECT_FALSE(must(line::picture_of_view(node.context(), view.view.id, analyst)).empty());
  node.clock.advance(std::chrono::hours(25));
  const auto later = node.again("analyst");
  must(line::expire_leases(node.context()));
  must(line::claim_item(node.context(), received.items[0].id, later));
  EXPECT_EQ(reason_of(line::open_view(node.context(), received.items[0].id, review::ViewMode::grey, std::nullopt, later)),
            "mandate.missing");
}

TEST(Reporting, AnUnknownReceiptAndAnothersReportTellNothing) {
  LineNode node;
  SeededRandom random(99);
  const auto stranger = intake::Receipt::make(random);
  EXPECT_EQ(reason_of(line::state_for_receipt(node.context(), stranger)), "receipt.unknown");
  const auto received = must(node.upload(png(9), "image/png"));
  EXPECT_EQ(reason_of(line::state_for_token(node.context(), received.id, node.machine().id)), "ok");
  const auto other = TokenId::make(node.clock.now(), random);
  const auto unknown = ReportId::make(node.clock.now(), random);
  EXPECT_EQ(reason_of(line::state_for_token(node.context(), received.id, other)), "report.unknown");
  EXPECT_EQ(reason_of(line::state_for_token(node.context(), unknown, node.machine().id)), "report.unknown");
}

TEST(Reporting, EveryReportOfAPopularItemCostsTheSame) {
  LineNode node;
  const auto calls_of = [&] {
    int calls = 1;
    for (;; ++calls) {
      node.faults->fail_call(calls);
      const auto received = node.report_address("https://host.test/popular");
      node.faults->heal();
      if (received) return calls;
    }
  };
  must(node.report_address("https://host.test/popular"));
  const int second = calls_of();
  for (int i = 0; i < 30; ++i) must(node.report_address("https://host.test/popular"));
  EXPECT_EQ(calls_of(), second);
}

TEST(Reporting, AFullObjectStoreAcknowledgesNothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting a small file system needs root";
  LineNode node;
  const auto objects = node.folder() / "objects";
  ASSERT_EQ(::mount("tmpfs", objects.c_str(), "tmpfs", 0, "size=64k"), 0) << std::strerror(errno);
  const auto full = node.upload(pnm(10), "");
  ASSERT_EQ(::umount(objects.c_str()), 0);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::limit);
  EXPECT_EQ(reason_of(full), "vault.disk_full");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM report"), 0);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM idempotency"), 0);
  EXPECT_EQ(reason_of(node.upload(pnm(10), "")), "ok");
}

TEST(Reporting, MatchAnswersAreOneEntryACallerAndMinute) {
  LineNode node;
  const auto first = node.join("first", {Role::analyst});
  const auto second = node.join("second", {Role::assessor});
  const auto received = must(node.upload(png(11), "image/png"));
  node.finish(received.items.at(0).id, first, second);
  const auto rows = node.read<std::vector<review::FingerprintRow>>(
      [&](store::Reader& reader) { return review::fingerprints_of_item(reader, received.items[0].id); });
  std::vector<Fingerprint> questions;
  for (const auto& row : rows)
    questions.push_back(must(Fingerprint::make(must(Algorithm::parse(row.algorithm)), row.value, row.quality)));
  const auto caller = node.machine();
  const auto answers = must(line::answer_match(node.context(), caller, questions));
  ASSERT_EQ(answers.answers.size(), questions.size());
  for (const auto& answer : answers.answers) EXPECT_EQ(answer.matches.size(), 1U);
  must(line::answer_match(node.context(), caller, questions));
  EXPECT_EQ(must(line::record_match_minutes(node.context())), 0U) << "the minute is not over";
  node.clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(must(line::record_match_minutes(node.context())), 1U);
  EXPECT_EQ(must(line::record_match_minutes(node.context())), 0U);
  const auto payloads = node.payloads("token", caller.id.bytes(), "match.answered");
  ASSERT_EQ(payloads.size(), 1U);
  EXPECT_NE(payloads[0].find("\"queries\":10"), std::string::npos) << payloads[0];
  EXPECT_EQ(payloads[0].find("queries_max"), std::string::npos) << payloads[0];
}

// A process that ends without a last word: its bound is what is known, and the entry says so.
TEST(Reporting, MatchAnswersThatWereNotCountedAreBounded) {
  LineNode node;
  const auto caller = node.machine();
  const auto question = must(Fingerprint::parse_hex(Algorithm::md5(), std::string(32, 'a')));
  must(line::answer_match(node.context(), caller, {question}));
  EXPECT_EQ(node.count("SELECT queries FROM match_answer"), 0);
  const auto bound = node.count("SELECT queries_max FROM match_answer");
  EXPECT_GE(bound, 1);
  for (int answer = 0; answer < 300; ++answer) must(line::answer_match(node.context(), caller, {question}));
  EXPECT_GE(node.count("SELECT queries_max FROM match_answer"), 301);

  // Another process looks after the minute: it waits for the first one, then records what it sees.
  line::AnswerCounts other;
  auto context = line::Context{node.context().store,   node.context().clock,       node.context().random,
                               node.context().keys,    node.context().objects,     node.context().recorder,
                               node.context().decoder, node.context().banks,       other,
                               node.context().floods,  node.context().generations, node.context().tokens,
                               node.context().law,     node.context().node,        node.context().destinations,
                               node.context().settings};
  node.clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(must(line::record_match_minutes(context)), 0U);
  node.clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(must(line::record_match_minutes(context)), 1U);
  const auto payloads = node.payloads("token", caller.id.bytes(), "match.answered");
  ASSERT_EQ(payloads.size(), 1U);
  EXPECT_NE(payloads[0].find("\"queries_max\":"), std::string::npos) << payloads[0];
  // What the first one says now comes too late, and changes nothing.
  must(line::settle_match_answers(node.context()));
  EXPECT_EQ(node.count("SELECT queries FROM match_answer"), 0);
}

TEST(Reporting, MatchAnswersOfAStoppedServerAreExact) {
  LineNode node;
  const auto caller = node.machine();
  const auto question = must(Fingerprint::parse_hex(Algorithm::md5(), std::string(32, 'a')));
  for (int answer = 0; answer < 3; ++answer) must(line::answer_match(node.context(), caller, {question}));
  must(line::settle_match_answers(node.context()));
  EXPECT_EQ(node.count("SELECT queries FROM match_answer"), 3);
  EXPECT_EQ(node.count("SELECT queries_max FROM match_answer"), 3);
  must(line::answer_match(node.context(), caller, {question}));
  must(line::settle_match_answers(node.context()));
  EXPECT_EQ(node.count("SELECT queries_max - queries FROM match_answer"), 0);
}

}  // namespace
}  // namespace tutela::test
