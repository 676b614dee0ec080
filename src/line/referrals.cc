#include "line/referrals.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "filing/actionability.h"
#include "filing/outbox_repository.h"
#include "line/case_facts.h"
#include "line/reports.h"
#include "line/routing.h"
#include "line/sealed.h"
#include "review/review_repository.h"

namespace tutela::line {
namespace {

using filing::ReferralEvent;
using filing::ReferralState;

constexpr std::string_view kMessageColumn = "referral.sealed_message";
constexpr std::string_view kSupplementColumn = "supplement.sealed_body";

// How soon a member has to choose another way once sending was given up. A working rule of the project.
constexpr std::chrono::hours kChooseChannelClock{1};

filing::About about_of(const filing::ReferralMessage& message) {
  const bool names_a_person =
      std::holds_alternative<filing::ConcernSubject>(message.subject) || !message.persons.empty() || !message.indicators.empty();
  return names_a_person ? filing::About::person : filing::About::content;
}

filing::Approval approval_of(const filing::ReferralRow& row) {
  return {row.drafted_by, row.approved_by, row.confirmed_by, row.confirm_due_at, row.breached_at};
}

void set_approval(filing::ReferralRow& row, const filing::Approval& approval) {
  row.approved_by = approval.approved_by;
  row.confirmed_by = approval.confirmed_by;
  row.confirm_due_at = approval.confirm_due_at;
  row.breached_at = approval.breached_at;
}

// Moves the row's state by `event`; the effect is the caller's to carry out.
Result<filing::ReferralEffect> advance(filing::ReferralRow& row, ReferralEvent event) {
  TUTELA_ASSIGN(const auto state, filing::parse_referral_state(row.state));
  TUTELA_ASSIGN(const auto transition, filing::advance(state, event));
  row.state = filing::to_word(transition.to);
  return transition.effect;
}

Result<> enqueue(const Context& context, store::Transaction& tx, const filing::ReferralRow& row, std::string_view kind,
                 std::string_view idempotency_key, std::string_view body) {
  TUTELA_ASSIGN(const auto key, new_key(context, vault::RecordClass::outbox));
  const Time now = context.clock.now();
  const OutboxId id = OutboxId::make(now, context.random);
  return filing::insert_outbox(tx, {.id = id,
                                    .kind = std::string(kind),
                                    .subject_id = Bytes(row.id.bytes().begin(), row.id.bytes().end()),
                                    .destination = row.authority,
                                    .idempotency_key = std::string(idempotency_key),
                                    .state = "waiting",
                                    .attempts = 0,
                                    .next_at = now,
                                    .last_reason = std::nullopt,
                                    .wrapped_key = key.wrapped,
                                    .sealed_payload = seal(context, key.key, "outbox.sealed_payload", id.bytes(), body),
                                    .created_at = now,
                                    .version = 1});
}

// A draft rests on a verdict. One that was taken back since, or became another, lets nothing leave (I9).
Result<> check_decision(store::Reader& reader, const filing::ReferralRow& row, const filing::ReferralMessage& message) {
  const auto* subject = std::get_if<filing::ItemSubject>(&message.subject);
  if (subject == nullptr) return {};
  TUTELA_ASSIGN(const auto item, ItemId::from_bytes(row.subject_id));
  TUTELA_ASSIGN(const auto verdict, review::find_verdict(reader, item));
  if (!verdict) return fail(ErrorCode::conflict, "item.no_verdict");
  const auto& judged = subject->classification;
  if (verdict->act != to_word(judged.act) || verdict->age_band != to_word(judged.age_band))
    return fail(ErrorCode::conflict, "referral.outdated");
  return {};
}

Result<> supplement(const Context& context, const ReferralId& id, filing::SupplementKind kind, const std::string& reason,
                    const SignedIn& member) {
  if (reason.empty()) return fail(ErrorCode::invalid, "referral.reason_missing", "field reason");
  if (reason.size() > limits::kReasonBytesMax) return fail(ErrorCode::limit, "referral.reason_too_long", "field reason");
  const bool is_correction = kind == filing::SupplementKind::correction;
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, filing::find_referral(tx, id));
    TUTELA_ASSIGN(const auto effect, advance(row, is_correction ? ReferralEvent::correct : ReferralEvent::withdraw));
    const Time now = context.clock.now();
    const About about("referral", id);
    if (effect == filing::ReferralEffect::send_supplement) {
      row.supplement_sequence += 1;
      filing::Supplement body{row.reference, row.supplement_sequence, kind, now, Sensitive<std::string>(reason), std::nullopt};
      if (is_correction) {
        TUTELA_ASSIGN(auto corrected, message_of(context, row));
        TUTELA_TRY(refresh_message(context, tx, row, corrected, reason));
        body.corrected = corrected;
        TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(row.wrapped_key));
        row.sealed_message = seal(context, key, kMessageColumn, id.bytes(), filing::encode_referral(corrected));
      }
      const std::string encoded = filing::encode_supplement(body);
      TUTELA_TRY(filing::parse_supplement(encoded));
      TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(row.wrapped_key));
      const SupplementId supplement_id = SupplementId::make(now, context.random);
      TUTELA_TRY(filing::insert_supplement(
          tx, {supplement_id, id, row.supplement_sequence, std::string(filing::to_word(kind)),
               seal(context, key, kSupplementColumn, supplement_id.bytes(), encoded), member.id(), now, std::nullopt}));
      TUTELA_TRY(enqueue(context, tx, row, "supplement", row.reference + "." + std::to_string(row.supplement_sequence), encoded));
    }
    TUTELA_TRY(filing::update_referral(tx, row));
    const std::string_view kind_of_event = is_correction ? "referral.corrected" : "referral.withdrawn";
    TUTELA_TRY(record(context, tx, kind_of_event, about, member.actor(), {{"sequence", row.supplement_sequence}}));
    TUTELA_TRY(record(context, tx, kind_of_event, About(row.subject_type, row.subject_id), member.actor(),
                      {{"referral", id.to_string()}, {"authority", row.authority}}));
    return settle_reports(context, tx, About(row.subject_type, row.subject_id));
  });
}

}  // namespace

Result<filing::ReferralRow> draft_referral(const Context& context, store::Transaction& tx, const Draft& draft,
                                           const Actor& actor) {
  TUTELA_TRY(filing::find_authority(tx, draft.authority));
  const Time now = context.clock.now();
  const ReferralId id = ReferralId::make(now, context.random);
  TUTELA_ASSIGN(const auto key, new_key(context, vault::RecordClass::referral));
  filing::ReferralMessage message = draft.message;
  message.reference = id.to_string();
  message.sender = context.node.name;
  message.sent_at = now;
  const std::string encoded = filing::encode_referral(message);
  // What the other side would refuse, a member would find out too late.
  TUTELA_TRY(filing::parse_referral(encoded));
  filing::ReferralRow row{.id = id,
                          .reference = message.reference,
                          .subject_type = draft.subject_type,
                          .subject_id = draft.subject_id,
                          .authority = draft.authority,
                          .state = std::string(filing::to_word(ReferralState::drafted)),
                          .urgent = message.urgent,
                          .drafted_by = draft.drafted_by,
                          .approved_by = std::nullopt,
                          .confirmed_by = std::nullopt,
                          .confirm_due_at = std::nullopt,
                          .breached_at = std::nullopt,
                          .drafted_at = now,
                          .due_at = draft.due,
                          .sent_at = std::nullopt,
                          .acknowledged_at = std::nullopt,
                          .outcome = std::nullopt,
                          .wrapped_key = key.wrapped,
                          .sealed_message = seal(context, key.key, kMessageColumn, id.bytes(), encoded)};
  TUTELA_TRY(filing::insert_referral(tx, row));
  const nlohmann::json facts = {{"referral", id.to_string()}, {"authority", draft.authority}, {"urgent", message.urgent}};
  TUTELA_TRY(record(context, tx, "referral.drafted", About("referral", id), actor, facts));
  // The subject's own chain says it too, so that the record of one item tells its whole way.
  TUTELA_TRY(record(context, tx, "referral.drafted", About(draft.subject_type, draft.subject_id), actor, facts));
  return row;
}

Result<filing::ReferralMessage> message_of(const Context& context, const filing::ReferralRow& referral) {
  TUTELA_ASSIGN(const auto text,
                open_sealed_text(context, referral.wrapped_key, kMessageColumn, referral.id.bytes(), referral.sealed_message));
  return filing::parse_referral(text);
}

std::vector<std::string> missing_words(const filing::ReferralMessage& message) {
  std::vector<std::string> words;
  for (const auto missing : filing::missing_for_action(message)) words.emplace_back(filing::to_word(missing));
  return words;
}

std::vector<filing::FiledLaw> cite(const law::JurisdictionTable& table, const law::LegalView& view) {
  std::vector<filing::FiledLaw> cited;
  const auto add = [&](const law::RowReference& reference, const law::Source& source) {
    if (std::ranges::none_of(cited, [&](const auto& row) { return row.row == reference; }))
      cited.push_back({reference, source.law, source.section, source.url});
  };
  for (const auto& [country, jurisdiction] : table.all()) {
    for (const auto& row : jurisdiction.illegal)
      for (const auto& where : view.illegal_where)
        if (where.row == row.reference) add(row.reference, row.source);
    for (const auto& row : jurisdiction.tell) {
      for (const auto& tell : view.must_tell)
        if (tell.row == row.reference) add(row.reference, row.source);
      for (const auto& tell : view.may_tell)
        if (tell.row == row.reference) add(row.reference, row.source);
    }
  }
  return cited;
}

Result<filing::ReferralRow> approve_referral(const Context& context, store::Transaction& tx, const ReferralId& id,
                                             const SignedIn& member) {
  TUTELA_ASSIGN(auto row, filing::find_referral(tx, id));
  TUTELA_ASSIGN(const auto message, message_of(context, row));
  TUTELA_TRY(advance(row, ReferralEvent::approve));
  TUTELA_TRY(check_decision(tx, row, message));
  const auto urgency = row.urgent ? filing::Urgency::urgent : filing::Urgency::normal;
  TUTELA_ASSIGN(const auto approval,
                filing::approve(approval_of(row), member.id(), about_of(message), urgency, context.clock.now()));
  set_approval(row, approval);
  TUTELA_ASSIGN(const auto effect, advance(row, ReferralEvent::queue));
  if (effect == filing::ReferralEffect::enqueue)
    TUTELA_TRY(enqueue(context, tx, row, "referral", row.reference, filing::encode_referral(message)));
  TUTELA_TRY(filing::update_referral(tx, row));
  const About about("referral", id);
  const bool awaits_second = row.confirm_due_at && !row.confirmed_by;
  TUTELA_TRY(record(context, tx, awaits_second ? "referral.sent_urgently" : "referral.approved", about, member.actor()));
  TUTELA_TRY(record(context, tx, "referral.sending", about, member.actor(), {{"authority", row.authority}}));
  return row;
}

Result<> approve_referral(const Context& context, const ReferralId& id, const SignedIn& member) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(approve_referral(context, tx, id, member));
    return {};
  });
}

Result<> confirm_referral(const Context& context, const ReferralId& id, const SignedIn& member) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, filing::find_referral(tx, id));
    TUTELA_ASSIGN(const auto approval, filing::confirm(approval_of(row), member.id()));
    set_approval(row, approval);
    TUTELA_TRY(filing::update_referral(tx, row));
    return record(context, tx, "referral.confirmed", About("referral", id), member.actor(),
                  {{"late", row.breached_at.has_value()}});
  });
}

Result<> correct_referral(const Context& context, const ReferralId& id, const std::string& reason, const SignedIn& member) {
  return supplement(context, id, filing::SupplementKind::correction, reason, member);
}

Result<> withdraw_referral(const Context& context, const ReferralId& id, const std::string& reason, const SignedIn& member) {
  return supplement(context, id, filing::SupplementKind::withdrawal, reason, member);
}

Result<> try_referral_again(const Context& context, const ReferralId& id, const SignedIn& member) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, filing::find_referral(tx, id));
    TUTELA_TRY(advance(row, ReferralEvent::try_again));
    TUTELA_TRY(filing::update_referral(tx, row));
    TUTELA_ASSIGN(auto waiting, filing::find_outbox_by_key(tx, row.reference));
    if (!waiting) return fail(ErrorCode::internal, "outbox.missing");
    waiting->state = "waiting";
    waiting->attempts = 0;
    waiting->next_at = context.clock.now();
    TUTELA_TRY(filing::update_outbox(tx, *waiting));
    // That was the choice that the routing task asked for.
    TUTELA_ASSIGN(const auto tasks, filing::open_routing_tasks_of(tx, row.subject_id));
    for (auto task : tasks) {
      task.decided_at = context.clock.now();
      task.decided_by = member.id();
      task.authority = row.authority;
      TUTELA_TRY(filing::update_routing_task(tx, task));
      TUTELA_TRY(record(context, tx, "routing.decided", About(row.subject_type, row.subject_id), member.actor(),
                        {{"authority", row.authority}}));
    }
    return record(context, tx, "referral.sending", About("referral", id), member.actor(), {{"authority", row.authority}});
  });
}

Result<> referral_delivered(const Context& context, store::Transaction& tx, const ReferralId& id) {
  TUTELA_ASSIGN(auto row, filing::find_referral(tx, id));
  // Withdrawn while it was on its way: it arrived all the same, and the withdrawal follows it.
  if (row.state == filing::to_word(ReferralState::sending)) TUTELA_TRY(advance(row, ReferralEvent::deliver));
  row.sent_at = context.clock.now();
  TUTELA_TRY(filing::update_referral(tx, row));
  const nlohmann::json facts = {{"referral", id.to_string()}, {"authority", row.authority}};
  TUTELA_TRY(record(context, tx, "referral.sent", About("referral", id), Actor::node(), facts));
  return record(context, tx, "referral.sent", About(row.subject_type, row.subject_id), Actor::node(), facts);
}

Result<> supplement_delivered(const Context& context, store::Transaction& tx, const ReferralId& id, std::int64_t sequence) {
  TUTELA_ASSIGN(const auto supplements, filing::supplements_of_referral(tx, id));
  for (const auto& supplement : supplements)
    if (supplement.sequence == sequence && !supplement.acknowledged_at) {
      TUTELA_TRY(filing::acknowledge_supplement(tx, supplement.id, context.clock.now()));
      TUTELA_TRY(record(context, tx, "referral.sent", About("referral", id), Actor::node(), {{"supplement", sequence}}));
    }
  return {};
}

Result<> referral_given_up(const Context& context, store::Transaction& tx, const ReferralId& id, std::string_view why) {
  TUTELA_ASSIGN(auto row, filing::find_referral(tx, id));
  TUTELA_ASSIGN(const auto effect, advance(row, ReferralEvent::give_up));
  TUTELA_TRY(filing::update_referral(tx, row));
  TUTELA_TRY(record(context, tx, "referral.undelivered", About("referral", id), Actor::node(), {{"why", why}}));
  if (effect != filing::ReferralEffect::open_routing_task) return {};
  return queue_routing(context, tx,
                       {row.subject_type, row.subject_id, std::string(why), context.clock.now() + kChooseChannelClock});
}

Result<> supplement_given_up(const Context& context, store::Transaction& tx, const ReferralId& id, std::int64_t sequence,
                             std::string_view why) {
  TUTELA_ASSIGN(const auto row, filing::find_referral(tx, id));
  TUTELA_TRY(record(context, tx, "referral.undelivered", About("referral", id), Actor::node(),
                    {{"why", why}, {"supplement", sequence}}));
  return queue_routing(context, tx,
                       {row.subject_type, row.subject_id, "supplement_undelivered", context.clock.now() + kChooseChannelClock});
}

Result<> reroute_referrals(const Context& context, store::Transaction& tx, const About& subject, const Actor& actor) {
  TUTELA_ASSIGN(const auto referrals, filing::referrals_of_subject(tx, subject.id));
  for (auto row : referrals) {
    if (row.state != filing::to_word(ReferralState::refused) && row.state != filing::to_word(ReferralState::choose_channel))
      continue;
    TUTELA_TRY(advance(row, ReferralEvent::reroute));
    TUTELA_TRY(filing::update_referral(tx, row));
    TUTELA_TRY(record(context, tx, "referral.rerouted", About("referral", row.id), actor));
  }
  return {};
}

Result<> take_answers(const Context& context, const ReferralId& id, const filing::Answers& answers) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, filing::find_referral(tx, id));
    bool changed = false;
    for (const auto& answer : answers.answers) {
      if (answer.sequence <= row.answer_sequence) continue;
      if (answer.sequence != row.answer_sequence + 1) return fail(ErrorCode::corrupt, "exchange.answer_gap");
      row.answer_sequence = answer.sequence;
      changed = true;
      const auto step = [&]() -> std::pair<ReferralEvent, std::string_view> {
        switch (answer.kind) {
          case filing::AnswerKind::acknowledged:
            return {ReferralEvent::acknowledge, "referral.acknowledged"};
          case filing::AnswerKind::accepted:
            return {ReferralEvent::accept, "referral.accepted"};
          case filing::AnswerKind::refused:
            return {ReferralEvent::refuse, "referral.refused"};
          case filing::AnswerKind::outcome:
            return {ReferralEvent::report_outcome, "referral.outcome"};
        }
        return {ReferralEvent::acknowledge, "referral.acknowledged"};
      }();
      if (answer.kind == filing::AnswerKind::acknowledged) row.acknowledged_at = answer.at;
      if (answer.outcome) row.outcome = filing::to_word(*answer.outcome);
      TUTELA_ASSIGN(const auto state, filing::parse_referral_state(row.state));
      // An answer that the state does not foresee (it crossed a withdrawal) is kept in the ledger and changes nothing.
      if (const auto moved = filing::advance(state, step.first)) {
        row.state = filing::to_word(moved->to);
        if (moved->effect == filing::ReferralEffect::open_routing_task)
          TUTELA_TRY(queue_routing(context, tx,
                                   {row.subject_type, row.subject_id, "refused", context.clock.now() + std::chrono::hours(24)}));
      }
      nlohmann::json facts = {{"referral", id.to_string()}, {"authority", row.authority}, {"sequence", answer.sequence}};
      if (answer.outcome) facts["outcome"] = filing::to_word(*answer.outcome);
      TUTELA_TRY(record(context, tx, step.second, About("referral", id), Actor::node(), facts));
      TUTELA_TRY(record(context, tx, step.second, About(row.subject_type, row.subject_id), Actor::node(), facts));
    }
    if (!changed) return {};
    TUTELA_TRY(filing::update_referral(tx, row));
    return settle_reports(context, tx, About(row.subject_type, row.subject_id));
  });
}

Result<std::size_t> record_breaches(const Context& context) {
  const Time now = context.clock.now();
  std::size_t recorded = 0;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    recorded = 0;
    TUTELA_ASSIGN(auto rows, filing::unconfirmed_urgent_referrals(tx, now));
    for (auto& row : rows) {
      const auto breach = filing::record_breach(approval_of(row), now);
      if (!breach) continue;
      set_approval(row, *breach);
      TUTELA_TRY(filing::update_referral(tx, row));
      TUTELA_TRY(record(context, tx, "referral.breached", About("referral", row.id), Actor::node()));
      ++recorded;
    }
    return {};
  }));
  return recorded;
}

}  // namespace tutela::line
