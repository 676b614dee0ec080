#include <gtest/gtest.h>

#include "filing/outbox_repository.h"
#include "filing/referral_repository.h"
#include "intake/report_repository.h"
#include "line/matching.h"
#include "line/routing.h"
#include "match/bank_repository.h"
#include "notice/notice_repository.h"
#include "review/review_repository.h"
#include "scenario/line_node.h"

namespace tutela::test {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;
using line::SignedIn;
using review::ViewMode;

class Reviewing : public testing::Test {
 protected:
  ItemId uploaded(std::uint64_t seed, std::vector<std::string> addresses = {}) {
    return must(node.upload(png(seed), "image/png", "", std::move(addresses))).items.at(0).id;
  }
  std::string report_state(const ReportId& id) {
    return node.read<intake::ReportRow>([&](store::Reader& reader) { return intake::find_report(reader, id); }).state;
  }
  line::NewAssessment judgement(Act act, review::Viewed viewed = review::Viewed::not_viewed, std::int64_t seconds = 0) {
    return {{act, AgeBand::prepubescent}, viewed, seconds, Sensitive<std::string>("shapes on a gradient")};
  }
  void adopt_clearing_house() {
    must(line::adopt_authority(node.context(),
                               {"clearing.test", "Clearing house", must(Country::parse("US")), "http://127.0.0.1:9",
                                Sensitive<std::string>("token of theirs"), law::AuthorityKind::clearing_house},
                               manager.id(), manager.actor()));
  }

  LineNode node;
  SignedIn analyst = node.join("analyst", {Role::analyst});
  SignedIn assessor = node.join("assessor", {Role::assessor});
  SignedIn third = node.join("third", {Role::analyst});
  SignedIn manager = node.join("manager", {Role::manager});
  const line::Context& context = node.context();
};

TEST_F(Reviewing, ALeaseIsOnesOwnUntilItRunsOut) {
  const auto item = uploaded(20);
  EXPECT_EQ(reason_of(line::assess_item(context, item, judgement(Act::c), analyst)), "lease.none");
  must(line::claim_item(context, item, analyst));
  EXPECT_EQ(reason_of(line::claim_item(context, item, assessor)), "lease.taken");
  EXPECT_EQ(reason_of(line::release_item(context, item, assessor)), "lease.taken");
  EXPECT_EQ(reason_of(line::open_view(context, item, ViewMode::grey, std::nullopt, assessor)), "lease.taken");
  EXPECT_EQ(node.item(item).state, "in_review");
  node.clock.advance(15min);
  EXPECT_EQ(reason_of(line::open_view(context, item, ViewMode::grey, std::nullopt, analyst)), "lease.expired");
  EXPECT_EQ(must(line::expire_leases(context)), 1U);
  EXPECT_EQ(node.item(item).state, "queued");
  must(line::claim_item(context, item, assessor));
  EXPECT_EQ(node.events("item", item),
            (Words{"item.created", "item.decoded", "item.matched", "item.claimed", "item.released", "item.claimed"}));
}

TEST_F(Reviewing, TakingOverAnExpiredLeaseEndsItsViewsFirst) {
  const auto item = uploaded(21);
  must(line::claim_item(context, item, analyst));
  node.clock.advance(14min + 55s);
  const auto view = must(line::open_view(context, item, ViewMode::full, std::nullopt, analyst)).view.id;
  must(line::picture_of_view(context, view, analyst));
  node.clock.advance(5s);
  EXPECT_EQ(reason_of(line::picture_of_view(context, view, analyst)), "lease.expired") << "full only while held";
  must(line::claim_item(context, item, assessor));
  EXPECT_EQ(node.events("item", item), (Words{"item.created", "item.decoded", "item.matched", "item.claimed", "item.viewed",
                                              "item.view_closed", "item.released", "item.claimed"}));
  EXPECT_EQ(reason_of(line::beat_view(context, view, analyst)), "view.closed");
}

TEST_F(Reviewing, ABeatAfterTheLeaseEndedStopsTheView) {
  const auto item = uploaded(22);
  must(line::claim_item(context, item, analyst));
  node.clock.advance(14min + 55s);
  const auto view = must(line::open_view(context, item, ViewMode::full, std::nullopt, analyst)).view.id;
  node.clock.advance(6s);
  const auto count = must(line::beat_view(context, view, analyst));
  EXPECT_TRUE(count.stop);
  EXPECT_EQ(count.view.seconds, 6);
  EXPECT_TRUE(count.view.closed_at);
}

TEST_F(Reviewing, EveryViewIsInTheLedgerBeforeItsFirstByte) {
  const auto item = uploaded(23);
  must(line::claim_item(context, item, analyst));
  const auto opened = must(line::open_view(context, item, ViewMode::blurred, std::nullopt, analyst));
  EXPECT_EQ(node.events("item", item).back(), "item.viewed");
  const auto blurred = must(line::picture_of_view(context, opened.view.id, analyst));
  EXPECT_LT(blurred.size(), 64U * 1024U);
  EXPECT_EQ(reason_of(line::picture_of_view(context, opened.view.id, assessor)), "view.unknown");
  node.clock.advance(4s);
  EXPECT_EQ(must(line::close_view(context, opened.view.id, 0, analyst)).view.seconds, 4);
  EXPECT_EQ(reason_of(line::picture_of_view(context, opened.view.id, analyst)), "view.closed");
  EXPECT_EQ(node.events("item", item).back(), "item.view_closed");
}

TEST_F(Reviewing, TwoMembersSeeTwoPicturesOfOneFile) {
  const auto item = uploaded(29);
  const auto seen_by = [&](const line::SignedIn& member, ViewMode mode) {
    must(line::claim_item(context, item, member));
    const auto opened = must(line::open_view(context, item, mode, std::nullopt, member));
    auto picture = must(line::picture_of_view(context, opened.view.id, member));
    must(line::close_view(context, opened.view.id, 0, member));
    node.clock.advance(1h);  // the lease is over
    return picture;
  };
  for (const auto mode : {ViewMode::blurred, ViewMode::grey, ViewMode::full}) {
    const auto one = seen_by(analyst, mode);
    EXPECT_EQ(one, seen_by(analyst, mode)) << review::to_word(mode);
    EXPECT_NE(one, seen_by(assessor, mode)) << review::to_word(mode) << ": a copy does not say who made it";
  }
}

TEST_F(Reviewing, TheExposureBudgetStopsHard) {
  const auto item = uploaded(24);
  must(line::claim_item(context, item, analyst));
  const auto first = must(line::open_view(context, item, ViewMode::full, std::nullopt, analyst));
  EXPECT_EQ(first.left.seconds, 1800);
  bool stopped = false;
  for (int beat = 0; beat < 400 && !stopped; ++beat) {
    node.clock.advance(5s);
    if (beat % 100 == 99) must(line::claim_item(context, item, analyst));
    stopped = must(line::beat_view(context, first.view.id, analyst)).stop;
  }
  EXPECT_TRUE(stopped);
  EXPECT_EQ(reason_of(line::picture_of_view(context, first.view.id, analyst)), "view.closed");
  EXPECT_EQ(reason_of(line::open_view(context, item, ViewMode::blurred, std::nullopt, analyst)), "review.exposure_spent");
  EXPECT_EQ(node.count("SELECT seconds FROM exposure"), 1800);
}

TEST_F(Reviewing, ASilentPageIsChargedUntilItWasLost) {
  const auto item = uploaded(25);
  must(line::claim_item(context, item, analyst));
  must(line::open_view(context, item, ViewMode::full, std::nullopt, analyst));
  node.clock.advance(10s);
  EXPECT_EQ(must(line::lapse_views(context)), 0U);
  node.clock.advance(60s);
  EXPECT_EQ(must(line::lapse_views(context)), 1U);
  EXPECT_EQ(node.count("SELECT seconds FROM exposure"), 15);
  EXPECT_EQ(must(line::lapse_views(context)), 0U);
  EXPECT_EQ(node.events("item", item).back(), "item.view_closed");
}

TEST_F(Reviewing, AnAddressIsHandedOutOnRecordAndDeclared) {
  const auto item = must(node.report_address("https://host.test/a")).items.at(0).id;
  must(line::claim_item(context, item, analyst));
  const auto location = node.read<std::vector<review::LocationRow>>(
                                [&](store::Reader& reader) { return review::locations_of_item(reader, item); })[0]
                            .id;
  const auto other = uploaded(26, {"https://other.test/b"});
  const auto strange = node.read<std::vector<review::LocationRow>>(
                               [&](store::Reader& reader) { return review::locations_of_item(reader, other); })[0]
                           .id;
  EXPECT_EQ(reason_of(line::open_view(context, item, ViewMode::address, std::nullopt, analyst)), "view.location_mismatch");
  EXPECT_EQ(reason_of(line::open_view(context, item, ViewMode::address, strange, analyst)), "location.unknown");
  EXPECT_EQ(reason_of(line::open_view(context, item, ViewMode::full, std::nullopt, analyst)), "item.no_picture");
  EXPECT_EQ(reason_of(line::assess_item(context, item, judgement(Act::a, review::Viewed::off_node, 30), analyst)),
            "review.address_not_handed_out");
  const auto opened = must(line::open_view(context, item, ViewMode::address, location, analyst));
  EXPECT_EQ(opened.address->reveal(), "https://host.test/a");
  EXPECT_EQ(reason_of(line::picture_of_view(context, opened.view.id, analyst)), "view.no_picture");
  node.clock.advance(2min);
  must(line::assess_item(context, item, judgement(Act::a, review::Viewed::off_node, 90), analyst));
  EXPECT_EQ(node.events("item", item), (Words{"item.created", "item.matched", "item.claimed", "address.handed_out",
                                              "assessment.given", "exposure.declared"}));
  EXPECT_EQ(node.count("SELECT seconds FROM exposure"), 90);
}

TEST_F(Reviewing, FingerprintsMadeOffNodeAreMatchedAtOnce) {
  const auto known = uploaded(27);
  node.finish(known, analyst, assessor);
  const auto rows = node.read<std::vector<review::FingerprintRow>>(
      [&](store::Reader& reader) { return review::fingerprints_of_item(reader, known); });
  const auto pdq = std::ranges::find(rows, "pdq", &review::FingerprintRow::algorithm);
  const auto item = must(node.report_address("https://host.test/c")).items.at(0).id;
  const std::vector fingerprints{must(Fingerprint::make(Algorithm::pdq(), pdq->value, pdq->quality))};
  EXPECT_EQ(reason_of(line::add_fingerprints(context, item, fingerprints, analyst)), "lease.none");
  must(line::claim_item(context, item, analyst));
  must(line::add_fingerprints(context, item, fingerprints, analyst));
  EXPECT_EQ(node.item(item).action, "hold") << "a near match holds while a member decides";
  EXPECT_EQ(node.item(item).state, "in_review");
  EXPECT_FALSE(node.item(item).is_new);
  EXPECT_EQ(reason_of(line::add_fingerprints(context, item, fingerprints, analyst)), "item.has_fingerprint");
}

TEST_F(Reviewing, TwoMembersBlindToEachOtherMakeItFinal) {
  adopt_clearing_house();
  const auto received = must(node.upload(png(28), "image/png"));
  const auto item = received.items.at(0).id;
  const auto first = must(node.judge(item, analyst));
  EXPECT_EQ(first.item_state, "needs_second");
  EXPECT_FALSE(first.verdict);
  EXPECT_EQ(report_state(received.id), "in_review");
  EXPECT_EQ(reason_of(line::claim_item(context, item, analyst)), "review.same_member");
  for (const auto& payload : node.payloads("item", item.bytes(), "assessment.given")) {
    EXPECT_EQ(payload.find("\"act\""), std::string::npos) << "the ledger would show the second what the first judged";
    EXPECT_EQ(payload.find("age_band"), std::string::npos);
  }
  const auto second = must(node.judge(item, assessor));
  ASSERT_TRUE(second.verdict);
  EXPECT_TRUE(second.verdict->viewed_here);
  EXPECT_EQ(second.item_state, "final");
  EXPECT_EQ(node.item(item).action, "block");
  EXPECT_EQ(report_state(received.id), "decided");
  EXPECT_EQ(node.events("item", item),
            (Words{"item.created", "item.decoded", "item.matched", "item.claimed", "item.viewed", "item.view_closed",
                   "assessment.given", "item.claimed", "item.viewed", "item.view_closed", "assessment.given", "verdict.given",
                   "item.action", "routing.decided", "referral.drafted"}));
  EXPECT_EQ(node.events("report", received.id), (Words{"report.received", "report.advanced", "report.advanced"}));
  const auto verdict = node.payloads("item", item.bytes(), "verdict.given");
  EXPECT_NE(verdict.at(0).find("\"judgements\""), std::string::npos);
  // Both who agreed stand behind the entry.
  const auto entry =
      node.read<std::optional<match::EntryRow>>([&](store::Reader& reader) { return match::find_entry_of_item(reader, item); });
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->adopted_first, analyst.id());
  EXPECT_EQ(entry->adopted_second, assessor.id());
  EXPECT_EQ(reason_of(line::claim_item(context, item, third)), "item.not_waiting");
}

TEST_F(Reviewing, WithoutAnAdoptedAuthorityAMemberRoutesWithAClock) {
  const auto item = uploaded(29);
  node.finish(item, analyst, assessor);
  EXPECT_EQ(node.events("item", item).back(), "routing.queued");
  const auto tasks = node.read<std::vector<filing::RoutingTaskRow>>(filing::open_routing_tasks);
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].why, "no_adopted_authority");
  EXPECT_GT(tasks[0].due_at, node.clock.now());
  EXPECT_EQ(reason_of(line::decide_routing(context, tasks[0].id, {"nobody.test", "reason"}, manager)), "authority.unknown");
  adopt_clearing_house();
  const auto referral = must(line::decide_routing(context, tasks[0].id, {"clearing.test", "the duty"}, manager));
  EXPECT_TRUE(referral);
  EXPECT_EQ(reason_of(line::decide_routing(context, tasks[0].id, {"clearing.test", "again"}, manager)), "routing.decided");
}

TEST_F(Reviewing, NobodyIsToldAndTheReportCloses) {
  const auto received = must(node.upload(png(30), "image/png"));
  node.finish(received.items.at(0).id, analyst, assessor);
  EXPECT_EQ(report_state(received.id), "decided");
  const auto tasks = node.read<std::vector<filing::RoutingTaskRow>>(filing::open_routing_tasks);
  EXPECT_FALSE(must(line::decide_routing(context, tasks.at(0).id, {std::nullopt, "told by telephone"}, manager)));
  EXPECT_EQ(report_state(received.id), "closed");
}

TEST_F(Reviewing, DisagreementGoesToAThirdAndThenToAManager) {
  const auto item = uploaded(31);
  must(node.judge(item, analyst, Act::a));
  EXPECT_EQ(must(node.judge(item, assessor, Act::not_illegal)).item_state, "needs_second");
  const auto decided = must(node.judge(item, third, Act::not_illegal));
  ASSERT_TRUE(decided.verdict);
  EXPECT_EQ(node.item(item).state, "final");
  EXPECT_EQ(node.item(item).action, "none");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM bank_entry"), 0) << "what is dismissed is no entry";

  const auto hard = uploaded(32);
  must(node.judge(hard, analyst, Act::a));
  must(node.judge(hard, assessor, Act::b));
  EXPECT_FALSE(must(node.judge(hard, third, Act::c)).verdict);
  const auto fourth = node.join("fourth", {Role::analyst});
  EXPECT_EQ(reason_of(line::claim_item(context, hard, fourth)), "review.manager_needed");
  EXPECT_EQ(reason_of(node.judge(hard, manager, Act::indicative)), "review.manager_must_choose");
  EXPECT_TRUE(must(line::assess_item(context, hard, judgement(Act::b, review::Viewed::here), manager)).verdict);
}

// An entry that comes after an item says something of it all the same.
TEST_F(Reviewing, WhatWaitsIsComparedAgainWhenAnEntryAppears) {
  const auto waiting = uploaded(133);
  const auto other = uploaded(134);
  const auto known = must(node.upload(pnm(133), "")).items.at(0).id;  // the same picture in other bytes
  ASSERT_NE(waiting, known);
  node.finish(known, analyst, assessor);
  EXPECT_EQ(node.item(waiting).action, "none");
  const auto before = node.events("item", waiting);
  const auto other_before = node.events("item", other);

  EXPECT_EQ(must(line::compare_undecided_items(context)).matched, 1U);
  EXPECT_EQ(node.item(waiting).action, "hold");
  EXPECT_EQ(node.item(waiting).state, "matched");
  auto expected = before;
  expected.insert(expected.end(), {"item.matched", "item.action"});
  EXPECT_EQ(node.events("item", waiting), expected);
  EXPECT_EQ(node.events("item", other), other_before) << "no entry of the ledger for what did not change";

  EXPECT_EQ(must(line::compare_undecided_items(context)).matched, 0U) << "once";
  EXPECT_EQ(node.events("item", waiting), expected);
}

// The members who are at it are not overtaken, and what fails half-way is done by the next round.
TEST_F(Reviewing, ComparingAgainLeavesTheDecisionToWhoBeganAndResumes) {
  const auto begun = uploaded(135);
  must(line::claim_item(context, begun, third));
  const auto known = must(node.upload(pnm(135), "")).items.at(0).id;
  node.finish(known, analyst, assessor);
  node.faults->fail_call(5);
  EXPECT_FALSE(line::compare_undecided_items(context));
  node.faults->heal();
  must(line::compare_undecided_items(context));
  EXPECT_EQ(node.item(begun).state, "in_review");
  EXPECT_EQ(node.item(begun).action, "hold");
}

TEST_F(Reviewing, AByteExactCopyInheritsAndANearOneIsOnlyHeld) {
  const auto first = must(node.upload(png(33), "image/png"));
  node.finish(first.items.at(0).id, analyst, assessor);
  // The same bytes come back as the item that is known.
  const auto copy = must(node.upload(png(33), "image/png"));
  EXPECT_EQ(copy.items.at(0).id, first.items[0].id);
  EXPECT_EQ(copy.items[0].action, "block");
  EXPECT_EQ(report_state(copy.id), "decided");
  // Another file of the same picture.
  const auto near = must(node.upload(pnm(33), ""));
  ASSERT_NE(near.items.at(0).id, first.items[0].id);
  EXPECT_EQ(near.items[0].state, "matched");
  EXPECT_EQ(near.items[0].action, "hold");
  ASSERT_FALSE(near.items[0].matches.empty());
  EXPECT_EQ(line::effect_of(near.items[0].matches[0]), "holds");
  EXPECT_FALSE(node.read<std::optional<review::VerdictRow>>(
      [&](store::Reader& reader) { return review::find_verdict(reader, near.items[0].id); }));
  const auto noisy = must(node.upload(png(33, 12), "image/png"));
  EXPECT_EQ(noisy.items.at(0).action, "hold");
}

TEST_F(Reviewing, BytesOfAnAdoptedEntryAreActedOnWithoutAView) {
  adopt_clearing_house();
  const auto first = must(node.upload(png(34), "image/png"));
  const auto item = first.items.at(0).id;
  node.finish(item, analyst, assessor);
  const auto rows = node.read<std::vector<review::FingerprintRow>>(
      [&](store::Reader& reader) { return review::fingerprints_of_item(reader, item); });
  // Known by its address first, so that it is an item of its own.
  const auto address = must(node.report_address("https://host.test/e"));
  ASSERT_NE(address.items.at(0).id, item);
  const auto other = address.items[0].id;
  must(node.store().write([&](store::Transaction& tx) -> Result<> {
    for (const auto& row : rows) TUTELA_TRY(review::insert_fingerprint(tx, other, row));
    TUTELA_TRY(line::match_item(context, tx, other));
    return {};
  }));
  EXPECT_EQ(node.item(other).state, "final");
  EXPECT_EQ(node.item(other).action, "block");
  const auto verdict =
      node.read<std::optional<review::VerdictRow>>([&](store::Reader& reader) { return review::find_verdict(reader, other); });
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->inherited_entry);
  EXPECT_FALSE(verdict->viewed_here);
  const auto events = node.events("item", other);
  EXPECT_NE(std::ranges::find(events, "verdict.inherited"), events.end());
  EXPECT_EQ(std::ranges::find(events, "item.viewed"), events.end());
  EXPECT_NE(node.payloads("item", other.bytes(), "verdict.inherited").at(0).find("\"viewed_here\":false"), std::string::npos);
}

TEST_F(Reviewing, TheQueueShowsWhatIsUrgentHoweverMuchIsOlder) {
  for (int i = 0; i < 510; ++i) {
    must(node.report_address("https://host.test/" + std::to_string(i)));
    node.clock.advance(1s);
  }
  const auto urgent = must(node.report_address("https://host.test/urgent")).items.at(0).id;
  must(node.store().write([&](store::Transaction& tx) -> Result<> {
    auto row = node.item(urgent);
    row.urgent = true;
    return review::update_item(tx, row);
  }));
  const auto queue = node.read<line::QueueView>([&](store::Reader& reader) { return line::read_queue(context, reader); });
  EXPECT_EQ(queue.items.size(), 500U);
  EXPECT_EQ(queue.items.at(0).id, urgent);
  EXPECT_EQ(queue.counts.waiting, 511) << "all are counted";
  EXPECT_EQ(queue.counts.urgent, 1);
  EXPECT_EQ((node.read<std::map<ItemId, std::int64_t>>(review::count_waiting_locations)).size(), 511U);
}

class Withdrawing : public Reviewing {
 protected:
  EntryId entry_of(const ItemId& item) {
    return node
        .read<std::optional<match::EntryRow>>([&](store::Reader& reader) { return match::find_entry_of_item(reader, item); })
        ->id;
  }
};

TEST_F(Withdrawing, ReopensWhatRestedOnItAndNeverMatchesAgain) {
  const auto received = must(node.upload(png(35), "image/png"));
  const auto item = received.items.at(0).id;
  node.finish(item, analyst, assessor);
  const auto near = must(node.upload(pnm(35), "")).items.at(0).id;
  const auto claimed = must(node.upload(png(35, 12), "image/png")).items.at(0).id;
  must(line::claim_item(context, claimed, third));
  ASSERT_EQ(node.item(claimed).action, "hold");
  const auto entry = entry_of(item);

  EXPECT_EQ(reason_of(line::withdraw_entry(context, entry, manager, "")), "bank.reason_missing");
  auto reopened = must(line::withdraw_entry(context, entry, manager, "a wrong call"));
  std::ranges::sort(reopened);
  std::vector expected{item, near, claimed};
  std::ranges::sort(expected);
  EXPECT_EQ(reopened, expected);
  EXPECT_EQ(reason_of(line::withdraw_entry(context, entry, manager, "again")), "bank.already_withdrawn");

  EXPECT_EQ(node.item(item).state, "queued");
  EXPECT_EQ(node.item(near).state, "queued");
  EXPECT_EQ(node.item(claimed).state, "in_review") << "whoever holds it goes on";
  for (const auto& id : expected) EXPECT_EQ(node.item(id).action, "none");
  EXPECT_TRUE(node.item(item).due_at) << "its clock runs again";
  EXPECT_EQ(report_state(received.id), "reopened");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM verdict"), 0);
  const auto events = node.events("item", item);
  EXPECT_EQ(Words(events.end() - 3, events.end()), (Words{"item.reopened", "item.action", "item.matched"}));
  // Neither a lookup nor an upload nor a page shows it again.
  EXPECT_EQ(must(node.upload(pnm(35), "")).items.at(0).matches.size(), 0U);
  const auto rows = node.read<std::vector<review::FingerprintRow>>(
      [&](store::Reader& reader) { return review::fingerprints_of_item(reader, item); });
  for (const auto& row : rows) {
    const std::vector asked{must(Fingerprint::make(must(Algorithm::parse(row.algorithm)), row.value, row.quality))};
    EXPECT_TRUE(must(line::answer_match(context, node.machine(), asked)).answers[0].matches.empty()) << row.algorithm;
  }
}

TEST_F(Withdrawing, TheSameItemCanBeDecidedAnew) {
  const auto item = uploaded(36);
  node.finish(item, analyst, assessor);
  const auto old = entry_of(item);
  must(line::withdraw_entry(context, old, manager, "a wrong call"));
  node.clock.advance(1min);
  analyst = node.again("analyst");
  assessor = node.again("assessor");
  node.finish(item, analyst, assessor, Act::b);
  EXPECT_NE(entry_of(item), old);
  EXPECT_EQ(must(node.upload(pnm(36), "")).items.at(0).action, "hold");
}

TEST_F(Withdrawing, AnotherEntryThatSaysTheSameStillHolds) {
  const auto first = uploaded(37);
  node.finish(first, analyst, assessor);
  const auto second = must(node.upload(pnm(37), "")).items.at(0).id;
  node.finish(second, analyst, assessor);
  const auto third_item = must(node.upload(png(37, 12), "image/png")).items.at(0).id;
  ASSERT_EQ(node.item(third_item).action, "hold");
  must(line::withdraw_entry(context, entry_of(first), manager, "a wrong call"));
  EXPECT_EQ(node.item(third_item).action, "hold");
  EXPECT_EQ(node.item(third_item).state, "matched");
  EXPECT_EQ(node.item(second).state, "final") << "its members judged it themselves";
  EXPECT_EQ(node.item(first).state, "matched") << "the other entry is of the same picture";
}

TEST_F(Withdrawing, AnIndexThatCouldNotBeRebuiltIsNotAsked) {
  const auto item = uploaded(38);
  node.finish(item, analyst, assessor);
  const auto rows = node.read<std::vector<review::FingerprintRow>>(
      [&](store::Reader& reader) { return review::fingerprints_of_item(reader, item); });
  const std::vector asked{must(Fingerprint::make(Algorithm::parse(rows[0].algorithm).value(), rows[0].value, rows[0].quality))};
  // The last call of the withdrawal is the rebuild's.
  const auto entry = entry_of(item);
  bool withdrawn = false;
  for (int call = 1; !withdrawn; ++call) {
    node.faults->fail_call(call);
    withdrawn = line::withdraw_entry(context, entry, manager, "a wrong call").has_value();
    ASSERT_EQ(withdrawn, node.count("SELECT COUNT(*) FROM bank_entry WHERE status = 'withdrawn'") == 1) << call;
  }
  ASSERT_TRUE(node.faults->has_failed()) << "committed, and only the rebuild failed";
  node.faults->fail_call(1);
  EXPECT_FALSE(line::answer_match(context, node.machine(), asked)) << "better no answer than a withdrawn one";
  node.faults->heal();
  EXPECT_TRUE(must(line::answer_match(context, node.machine(), asked)).answers[0].matches.empty());
}

}  // namespace
}  // namespace tutela::test
