#include <gtest/gtest.h>

#include "filing/incoming_repository.h"
#include "filing/outbox_repository.h"
#include "filing/referral_repository.h"
#include "intake/report_repository.h"
#include "line/concerns.h"
#include "line/delivery.h"
#include "line/incoming.h"
#include "line/referrals.h"
#include "line/reports.h"
#include "line/routing.h"
#include "scenario/line_node.h"

namespace tutela::test {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;
using filing::ReferralRow;
using line::SignedIn;

const Sensitive<std::string> kStatement("what the member states to the authority");

// A hotline and the authority it files with, over real HTTP on loopback.
class Filing : public testing::Test {
 protected:
  Filing() {
    const access::ScopeSet scopes{access::Scope::referral_receive, access::Scope::outcome_send};
    const auto token =
        must(line::issue_token(authority.context(), "sender.test", scopes, std::chrono::days(300), line::Actor::node()));
    sender = {token.id, "sender.test", scopes};
    adopt("clearing.test", authority.url(), token.token);
  }
  void adopt(const std::string& name, const std::string& url, const Sensitive<std::string>& token) {
    must(line::adopt_authority(
        context, {name, "Clearing house", must(Country::parse("US")), url, token, law::AuthorityKind::clearing_house},
        manager.id(), manager.actor()));
  }
  // Nobody listens there, and nobody who is given any port ever will.
  void cut_off() {
    must(node.store().write([](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("UPDATE authority SET url = 'http://127.0.0.1:9'"));
      return {};
    }));
  }
  ReferralRow row(const ReferralId& id) {
    return node.read<ReferralRow>([&](store::Reader& reader) { return filing::find_referral(reader, id); });
  }
  filing::OutboxRow outbox(const std::string& key) {
    return *node.read<std::optional<filing::OutboxRow>>(
        [&](store::Reader& reader) { return filing::find_outbox_by_key(reader, key); });
  }
  // A file that two members judged, and its drafted referral.
  ReferralId drafted(std::uint64_t seed) {
    const auto item = must(node.upload(png(seed), "image/png")).items.at(0).id;
    node.finish(item, analyst, assessor);
    return node
        .read<std::vector<ReferralRow>>([&](store::Reader& reader) { return filing::referrals_of_subject(reader, item.bytes()); })
        .at(0)
        .id;
  }
  ReferralId sent(std::uint64_t seed) {
    const auto id = drafted(seed);
    must(line::approve_referral(context, id, manager));
    EXPECT_EQ(must(line::send_due(context, {})), 1U);
    return id;
  }
  line::ReceivedReport worried(casework::DangerSaid danger = casework::DangerSaid::not_said) {
    return must(node.report_worry("somebody presses the child for pictures", danger));
  }
  Result<> assess(const ConcernId& concern, casework::ConcernAssessment assessment, const SignedIn& member) {
    return line::assess_concern(context, concern, {assessment, Sensitive<std::string>("an inner reason")}, member);
  }
  std::vector<filing::IncomingRow> received() {
    return authority.read<std::vector<filing::IncomingRow>>(
        [](store::Reader& reader) { return filing::list_incoming(reader, 100); });
  }
  void answer(const line::NewAnswer& given) {
    must(line::answer_incoming(authority.context(), received().at(0).id, given, officer));
    EXPECT_EQ(must(line::ask_for_answers(context)), 1U);
  }

  LineNode authority{{.name = "clearing.test", .kind = "hub", .seed = 7}};
  LineNode node{{.name = "sender.test"}};
  const line::Context& context = node.context();
  SignedIn analyst = node.join("analyst", {Role::analyst});
  SignedIn assessor = node.join("assessor", {Role::assessor});
  SignedIn manager = node.join("manager", {Role::manager});
  SignedIn officer = authority.join("officer", {Role::manager});
  line::CheckedToken sender{TokenId::make(node.clock.now(), node.random), "", {}};
};

TEST_F(Filing, ApprovalWritesTheOutboxRowInTheSameTransaction) {
  const auto id = drafted(40);
  EXPECT_EQ(row(id).state, "drafted");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM outbox"), 0);
  must(line::approve_referral(context, id, manager));
  EXPECT_EQ(row(id).state, "sending");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM outbox"), 1);
  EXPECT_EQ(reason_of(line::approve_referral(context, id, manager)), "referral.transition_refused");
  EXPECT_EQ(must(line::send_due(context, {})), 1U);
  EXPECT_EQ(must(line::send_due(context, {})), 0U);
  EXPECT_EQ(row(id).state, "sent");
  ASSERT_EQ(received().size(), 1U);
  EXPECT_EQ(received()[0].reference, row(id).reference);
  EXPECT_EQ(node.events("referral", id), (Words{"referral.drafted", "referral.approved", "referral.sending", "referral.sent"}));
  EXPECT_EQ(authority.events("incoming", received()[0].id), Words{"incoming.received"});
}

TEST_F(Filing, AnswersMoveTheReferralOnceAndCloseTheReport) {
  const auto id = sent(41);
  const auto report = node.read<std::vector<ReportId>>([&](store::Reader& reader) -> Result<std::vector<ReportId>> {
    TUTELA_ASSIGN(const auto item, ItemId::from_bytes(row(id).subject_id));
    return intake::reports_of_item(reader, item);
  })[0];
  const auto report_state = [&] {
    return node.read<intake::ReportRow>([&](store::Reader& reader) { return intake::find_report(reader, report); }).state;
  };
  EXPECT_EQ(must(line::ask_for_answers(context)), 0U);
  answer({filing::AnswerKind::acknowledged, {}, {}});
  EXPECT_EQ(row(id).state, "acknowledged");
  answer({filing::AnswerKind::accepted, {}, {}});
  EXPECT_EQ(report_state(), "decided");
  EXPECT_EQ(
      reason_of(line::answer_incoming(authority.context(), received()[0].id, {filing::AnswerKind::outcome, {}, {}}, officer)),
      "incoming.outcome_missing");
  answer({filing::AnswerKind::outcome, filing::Outcome::child_safeguarded, {}});
  EXPECT_EQ(row(id).state, "outcome");
  EXPECT_EQ(row(id).outcome, "child_safeguarded");
  EXPECT_EQ(report_state(), "closed");
  EXPECT_EQ(node.events("referral", id), (Words{"referral.drafted", "referral.approved", "referral.sending", "referral.sent",
                                                "referral.acknowledged", "referral.accepted", "referral.outcome"}));
  // The same answers once more change nothing.
  const filing::Answers again{row(id).reference, {{1, filing::AnswerKind::acknowledged, node.clock.now(), {}, {}}}, 0};
  must(line::take_answers(context, id, again));
  EXPECT_EQ(row(id).state, "outcome");
  const filing::Answers gap{
      row(id).reference, {{9, filing::AnswerKind::outcome, node.clock.now(), filing::Outcome::removed, {}}}, 0};
  EXPECT_EQ(reason_of(line::take_answers(context, id, gap)), "exchange.answer_gap");
  must(line::release_word(context, report, "child_safeguarded", manager));
  EXPECT_EQ(reason_of(line::release_word(context, report, "arrested", manager)), "report.bad_word");
}

TEST_F(Filing, ARefusedReferralReturnsToRoutingAndIsReplaced) {
  const auto id = sent(42);
  answer({filing::AnswerKind::acknowledged, {}, {}});
  answer({filing::AnswerKind::refused, {}, "another authority is competent"});
  EXPECT_EQ(row(id).state, "refused");
  const auto tasks = node.read<std::vector<filing::RoutingTaskRow>>(filing::open_routing_tasks);
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].why, "refused");
  adopt("other.test", authority.url(), Sensitive<std::string>("another token"));
  const auto next = must(line::decide_routing(context, tasks[0].id, {"other.test", "they said so"}, manager));
  ASSERT_TRUE(next);
  EXPECT_EQ(row(id).state, "rerouted");
  EXPECT_EQ(row(*next).state, "drafted");
  EXPECT_EQ(node.events("referral", id).back(), "referral.rerouted");
}

TEST_F(Filing, ADeadChannelIsRetriedOnAScheduleAndThenPutBeforeAMember) {
  cut_off();
  const auto id = drafted(43);
  must(line::approve_referral(context, id, manager));
  Time last = node.clock.now();
  int attempts = 0;
  while (row(id).state == "sending" && attempts < 100) {
    EXPECT_EQ(must(line::send_due(context, {})), 0U);
    ++attempts;
    const auto waiting = outbox(row(id).reference);
    EXPECT_EQ(waiting.attempts, attempts);
    EXPECT_EQ(waiting.last_reason, "net.unreachable");
    if (waiting.state != "waiting") break;
    EXPECT_GT(waiting.next_at, last);
    last = waiting.next_at;
    EXPECT_EQ(must(line::send_due(context, {})), 0U) << "not before its time";
    EXPECT_EQ(outbox(row(id).reference).attempts, attempts);
    node.clock.advance(waiting.next_at - node.clock.now());
  }
  EXPECT_EQ(row(id).state, "choose_channel");
  EXPECT_EQ(attempts, 20);
  EXPECT_EQ(outbox(row(id).reference).state, "given_up");
  const auto tasks = node.read<std::vector<filing::RoutingTaskRow>>(filing::open_routing_tasks);
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(node.events("referral", id).back(), "referral.undelivered");
  manager = node.again("manager");
  must(line::try_referral_again(context, id, manager));
  EXPECT_EQ(row(id).state, "sending");
  EXPECT_TRUE(node.read<std::vector<filing::RoutingTaskRow>>(filing::open_routing_tasks).empty()) << "the choice was made";
}

TEST_F(Filing, AReroutedReferralNamesTheOneThatMayHaveArrived) {
  cut_off();
  const auto id = drafted(44);
  must(line::approve_referral(context, id, manager));
  for (int i = 0; i < 20; ++i) {
    must(line::send_due(context, {}));
    node.clock.advance(20min);
  }
  ASSERT_EQ(row(id).state, "choose_channel");
  adopt("other.test", "http://127.0.0.1:9", Sensitive<std::string>("another token"));
  const auto tasks = node.read<std::vector<filing::RoutingTaskRow>>(filing::open_routing_tasks);
  manager = node.again("manager");
  const auto next = must(line::decide_routing(context, tasks.at(0).id, {"other.test", "by the other channel"}, manager));
  EXPECT_EQ(must(line::message_of(context, row(*next))).repeat_of, row(id).reference);
  EXPECT_EQ(row(id).state, "rerouted");
}

TEST_F(Filing, OneRowThatCannotBeSentKeepsNoOtherWaiting) {
  const auto dead = drafted(45);
  const auto alive = drafted(46);
  adopt("dead.test", "http://127.0.0.1:9", Sensitive<std::string>("another token"));
  must(node.store().write([&](store::Transaction& tx) -> Result<> {
    auto referral = row(dead);
    referral.authority = "dead.test";
    return filing::update_referral(tx, referral);
  }));
  must(line::approve_referral(context, dead, manager));
  must(line::approve_referral(context, alive, manager));
  // The first row cannot even be opened.
  must(node.store().write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("UPDATE outbox SET sealed_payload = $1 WHERE destination = 'dead.test'", {Bytes(40, 0)}));
    return {};
  }));
  EXPECT_EQ(must(line::send_due(context, {})), 1U);
  EXPECT_EQ(row(alive).state, "sent");
  EXPECT_EQ(row(dead).state, "sending");
}

TEST_F(Filing, CorrectionAndWithdrawalFollowInOrder) {
  const auto id = sent(47);
  EXPECT_EQ(reason_of(line::correct_referral(context, id, "", manager)), "referral.reason_missing");
  must(line::correct_referral(context, id, "the address was misread", manager));
  EXPECT_EQ(row(id).state, "corrected");
  node.clock.advance(1ms);  // within one the order is that of random ids, and the second waits for the next attempt
  must(line::withdraw_referral(context, id, "it was a drawing", manager));
  EXPECT_EQ(row(id).state, "withdrawn");
  node.clock.advance(1s);
  EXPECT_EQ(must(line::send_due(context, {})), 2U);
  EXPECT_EQ(received().at(0).state, "withdrawn");
  const auto detail = must(line::read_incoming(authority.context(), received()[0].id, officer));
  ASSERT_EQ(detail.supplements.size(), 2U);
  EXPECT_EQ(detail.supplements[0].kind, filing::SupplementKind::correction);
  EXPECT_TRUE(detail.supplements[0].corrected);
  EXPECT_EQ(detail.supplements[1].reason.reveal(), "it was a drawing");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM supplement WHERE acknowledged_at IS NOT NULL"), 2);
  EXPECT_EQ(authority.events("incoming", received()[0].id),
            (Words{"incoming.received", "incoming.supplemented", "incoming.supplemented", "detail.read"}));
}

TEST_F(Filing, ASupplementThatNobodyTakesIsPutBeforeAMember) {
  const auto id = sent(48);
  must(line::correct_referral(context, id, "the address was misread", manager));
  cut_off();
  for (int i = 0; i < 20; ++i) {
    must(line::send_due(context, {}));
    node.clock.advance(20min);
  }
  EXPECT_EQ(node.events("referral", id).back(), "referral.undelivered");
  EXPECT_EQ(node.read<std::vector<filing::RoutingTaskRow>>(filing::open_routing_tasks).at(0).why, "supplement_undelivered");
}

TEST_F(Filing, ADraftOfAVerdictThatWasTakenBackLetsNothingLeave) {
  const auto id = drafted(49);
  const auto entry =
      node.read<std::vector<store::Row>>([](store::Reader& reader) { return reader.query("SELECT id FROM bank_entry"); });
  must(line::withdraw_entry(context, entry.at(0).id<EntryId>(0), manager, "a wrong call"));
  EXPECT_EQ(reason_of(line::approve_referral(context, id, manager)), "item.no_verdict");
  must(line::withdraw_referral(context, id, "the verdict was taken back", manager));
  EXPECT_EQ(row(id).state, "withdrawn");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM outbox"), 0) << "nobody was told, so nobody is told of it";
}

TEST_F(Filing, ReceivingIsIdempotentAndRefusesAnotherBodyUnderTheReference) {
  const auto id = sent(50);
  const auto body = filing::encode_referral(must(line::message_of(context, row(id))));
  const auto& there = authority.context();
  const auto repeat = must(line::receive_referral(there, sender, row(id).reference, body));
  EXPECT_TRUE(repeat.was_here_before);
  auto other = must(line::message_of(context, row(id)));
  other.urgent = true;
  EXPECT_EQ(reason_of(line::receive_referral(there, sender, row(id).reference, filing::encode_referral(other))),
            "exchange.reference_reused");
  EXPECT_EQ(reason_of(line::receive_referral(there, sender, "another", body)), "exchange.key_mismatch");
  EXPECT_EQ(received().size(), 1U);

  filing::Supplement supplement{
      row(id).reference, 2, filing::SupplementKind::withdrawal, node.clock.now(), Sensitive<std::string>("late"), {}};
  const auto hand_in = [&] {
    return line::receive_supplement(there, sender, row(id).reference, filing::encode_supplement(supplement));
  };
  EXPECT_EQ(reason_of(hand_in()), "exchange.sequence_gap");
  supplement.sequence = 1;
  EXPECT_FALSE(must(hand_in()).was_here_before);
  EXPECT_TRUE(must(hand_in()).was_here_before);
  supplement.reason = Sensitive<std::string>("other words");
  EXPECT_EQ(reason_of(hand_in()), "exchange.sequence_reused");
  EXPECT_EQ(reason_of(line::receive_supplement(there, sender, "unknown", filing::encode_supplement(supplement))),
            "exchange.key_mismatch");
  const line::CheckedToken stranger{sender.id, "stranger.test", sender.scopes};
  EXPECT_EQ(reason_of(line::answers_for(there, stranger, row(id).reference, 0)), "exchange.unknown_reference");
  EXPECT_EQ(reason_of(line::answer_incoming(there, received()[0].id, {filing::AnswerKind::acknowledged, {}, {}}, officer)),
            "incoming.transition_refused")
      << "it is withdrawn";
}

TEST_F(Filing, AnUrgentConcernLeavesOnOneMembersWordAndASecondConfirms) {
  const auto report = worried(casework::DangerSaid::now);
  const auto concern = *report.concern;
  EXPECT_EQ(reason_of(line::refer_concern(context, concern, {"clearing.test", filing::Urgency::urgent, kStatement}, analyst)),
            "concern.not_assessed");
  must(assess(concern, casework::ConcernAssessment::urgent, analyst));
  const auto id = must(line::refer_concern(context, concern, {"clearing.test", filing::Urgency::urgent, kStatement}, analyst));
  EXPECT_EQ(row(id).state, "sending");
  EXPECT_TRUE(row(id).confirm_due_at);
  EXPECT_EQ(must(line::send_due(context, {})), 1U);
  EXPECT_TRUE(received().at(0).urgent);
  EXPECT_EQ(reason_of(line::confirm_referral(context, id, analyst)), "approval.same_member");
  must(line::confirm_referral(context, id, assessor));
  EXPECT_EQ(reason_of(line::confirm_referral(context, id, manager)), "approval.not_awaited");
  node.clock.advance(25h);
  EXPECT_EQ(must(line::record_breaches(context)), 0U);
  EXPECT_EQ(node.events("referral", id),
            (Words{"referral.drafted", "referral.sent_urgently", "referral.sending", "referral.sent", "referral.confirmed"}));
  EXPECT_EQ(node.events("concern", concern), (Words{"concern.received", "person.added", "concern.assessed", "referral.drafted",
                                                    "concern.closed", "referral.sent"}));
  EXPECT_EQ(reason_of(line::refer_concern(context, concern, {"clearing.test", filing::Urgency::urgent, kStatement}, analyst)),
            "concern.closed");
}

TEST_F(Filing, NobodyConfirmsAndTheBreachIsOnRecordOnce) {
  const auto concern = *worried(casework::DangerSaid::now).concern;
  must(assess(concern, casework::ConcernAssessment::urgent, analyst));
  const auto id = must(line::refer_concern(context, concern, {"clearing.test", filing::Urgency::urgent, kStatement}, analyst));
  node.clock.advance(24h - 1s);
  EXPECT_EQ(must(line::record_breaches(context)), 0U);
  node.clock.advance(2s);
  EXPECT_EQ(must(line::record_breaches(context)), 1U);
  EXPECT_EQ(must(line::record_breaches(context)), 0U);
  EXPECT_TRUE(row(id).breached_at);
  assessor = node.again("assessor");
  must(line::confirm_referral(context, id, assessor));
  EXPECT_TRUE(row(id).breached_at) << "late, and it stays on record";
  const auto events = node.events("referral", id);
  EXPECT_EQ(Words(events.end() - 2, events.end()), (Words{"referral.breached", "referral.confirmed"}));
  EXPECT_NE(node.payloads("referral", id.bytes(), "referral.confirmed").at(0).find("\"late\":true"), std::string::npos);
}

TEST_F(Filing, ACredibleConcernNeedsASecondMemberBeforeItLeaves) {
  const auto concern = *worried().concern;
  must(assess(concern, casework::ConcernAssessment::credible, analyst));
  EXPECT_EQ(reason_of(line::refer_concern(context, concern, {"clearing.test", filing::Urgency::urgent, kStatement}, analyst)),
            "concern.not_urgent");
  const auto id = must(line::refer_concern(context, concern, {"clearing.test", filing::Urgency::normal, kStatement}, analyst));
  EXPECT_EQ(reason_of(line::approve_referral(context, id, analyst)), "approval.second_member_needed");
  must(line::approve_referral(context, id, assessor));
  EXPECT_EQ(must(line::send_due(context, {})), 1U);
  const auto detail = must(line::read_incoming(authority.context(), received().at(0).id, officer));
  const auto& told = std::get<filing::ConcernSubject>(detail.message.subject);
  EXPECT_EQ(told.statement, kStatement);
  EXPECT_EQ(detail.message.persons.size(), 1U);
  EXPECT_EQ(detail.message.indicators.size(), 1U);
}

TEST_F(Filing, ARefusedConcernGoesOnWithTheMembersStatementAndNotWithTheInnerReason) {
  const auto concern = *worried().concern;
  must(assess(concern, casework::ConcernAssessment::credible, analyst));
  const auto id = must(line::refer_concern(context, concern, {"clearing.test", filing::Urgency::normal, kStatement}, analyst));
  must(line::approve_referral(context, id, assessor));
  must(line::send_due(context, {}));
  answer({filing::AnswerKind::acknowledged, {}, {}});
  answer({filing::AnswerKind::refused, {}, "not ours"});
  adopt("other.test", authority.url(), Sensitive<std::string>("another token"));
  const auto tasks = node.read<std::vector<filing::RoutingTaskRow>>(filing::open_routing_tasks);
  const auto next = must(line::decide_routing(context, tasks.at(0).id, {"other.test", "they said so"}, manager));
  const auto message = must(line::message_of(context, row(*next)));
  EXPECT_EQ(std::get<filing::ConcernSubject>(message.subject).statement, kStatement);
}

TEST_F(Filing, AStatementThatTheOtherSideWouldRefuseIsNotDrafted) {
  const auto concern = *worried().concern;
  must(assess(concern, casework::ConcernAssessment::credible, analyst));
  const Sensitive<std::string> control(std::string("a bell \x07 in it"));
  EXPECT_FALSE(line::refer_concern(context, concern, {"clearing.test", filing::Urgency::normal, control}, analyst));
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM referral"), 0);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM concern WHERE closed_at IS NULL"), 1);
}

TEST_F(Filing, AConcernOutOfRemitClosesItsReport) {
  const auto report = worried();
  EXPECT_EQ(reason_of(line::assess_concern(context, *report.concern, {casework::ConcernAssessment::credible, {}}, analyst)),
            "concern.reason_missing");
  must(assess(*report.concern, casework::ConcernAssessment::out_of_remit, analyst));
  EXPECT_EQ(node.read<intake::ReportRow>([&](store::Reader& reader) { return intake::find_report(reader, report.id); }).state,
            "closed");
  EXPECT_EQ(reason_of(assess(*report.concern, casework::ConcernAssessment::urgent, analyst)), "concern.closed");
  EXPECT_EQ(node.events("report", report.id),
            (Words{"report.received", "report.advanced", "report.advanced", "report.advanced"}));
}

TEST_F(Filing, WhatTheOtherSideCouldNotReadIsRefusedHere) {
  const auto id = sent(52);
  EXPECT_EQ(reason_of(line::correct_referral(context, id, "a bell \x07 in it", manager)), "referral_message.bad_value");
  EXPECT_EQ(row(id).state, "sent");
  answer({filing::AnswerKind::acknowledged, {}, {}});
  EXPECT_EQ(reason_of(line::answer_incoming(authority.context(), received().at(0).id,
                                            {filing::AnswerKind::refused, {}, "a bell \x07"}, officer)),
            "incoming.bad_reason");
}

TEST_F(Filing, TheLongestFingerprintOfAnUnknownAlgorithmIsFiled) {
  intake::SubmissionDraft draft;
  draft.channel = intake::Channel::machine;
  draft.fingerprints.push_back(
      must(Fingerprint::make(must(Algorithm::parse("some_future_one")), Bytes(kFingerprintBytesMax, 7))));
  const auto item = must(node.hand_in(std::move(draft))).items.at(0).id;
  node.finish(item, analyst, assessor);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM referral"), 1);
}

TEST_F(Filing, AnItemThatManyReportedIsFiledWithinTheLimits) {
  ItemId item = must(node.upload(png(51), "image/png")).items.at(0).id;
  for (int report = 0; report < 3; ++report) {
    std::vector<std::string> addresses;
    for (int i = 0; i < 10; ++i) addresses.push_back("https://host" + std::to_string(report) + ".test/" + std::to_string(i));
    EXPECT_EQ(must(node.upload(png(51), "image/png", "", addresses)).items.at(0).id, item);
  }
  node.finish(item, analyst, assessor);
  const auto tasks = node.read<std::vector<filing::RoutingTaskRow>>(filing::open_routing_tasks);
  const auto id = must(line::decide_routing(context, tasks.at(0).id, {"clearing.test", "the duty"}, manager));
  must(line::approve_referral(context, *id, manager));
  EXPECT_EQ(must(line::send_due(context, {})), 1U);
}

}  // namespace
}  // namespace tutela::test
