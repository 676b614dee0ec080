#include "line/routing.h"

#include <nlohmann/json.hpp>

#include "filing/referral_state.h"
#include "law/routing.h"
#include "line/case_facts.h"
#include "line/record.h"
#include "line/referrals.h"
#include "line/reports.h"
#include "line/sealed.h"
#include "match/bank_repository.h"
#include "notice/notice_repository.h"
#include "notice/notice_state.h"
#include "review/item_state.h"
#include "review/review_repository.h"

namespace tutela::line {
namespace {

Result<std::vector<law::AdoptedAuthority>> adopted_authorities(store::Reader& reader) {
  std::vector<law::AdoptedAuthority> adopted;
  TUTELA_ASSIGN(const auto rows, filing::list_authorities(reader));
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto country, Country::parse(row.country));
    std::optional<law::AuthorityKind> kind;
    if (row.kind) {
      TUTELA_ASSIGN(kind, law::parse_authority_kind(*row.kind));
    }
    adopted.push_back({row.name, country, kind});
  }
  return adopted;
}

Bytes bytes_of(BytesView view) { return Bytes(view.begin(), view.end()); }

Result<law::LegalView> view_of_item(const Context& context, store::Reader& reader, const ItemId& item,
                                    const Classification& classification) {
  TUTELA_ASSIGN(const auto countries, countries_of_item(context, reader, item));
  TUTELA_ASSIGN(const auto kind, node_kind(context));
  return law::evaluate(context.law, classification, countries, kind);
}

Result<> draft_notices(const Context& context, store::Transaction& tx, const review::ItemRow& item, const MemberId& drafted_by,
                       const Actor& actor) {
  TUTELA_ASSIGN(const auto locations, review::locations_of_item(tx, item.id));
  TUTELA_ASSIGN(const auto known, notice::notices_of_item(tx, item.id));
  for (const auto& location : locations) {
    const auto asks_already = [&](const auto& row) { return row.location_id == location.id && !row.closed_at; };
    if (location.state == "gone" || std::ranges::any_of(known, asks_already)) continue;
    const Time now = context.clock.now();
    const NoticeId id = NoticeId::make(now, context.random);
    TUTELA_ASSIGN(const auto key, new_key(context, vault::RecordClass::notice));
    TUTELA_TRY(notice::insert_notice(tx, {.id = id,
                                          .item_id = item.id,
                                          .location_id = location.id,
                                          .state = std::string(notice::to_word(notice::NoticeState::drafted)),
                                          .drafted_by = drafted_by,
                                          .approved_by = std::nullopt,
                                          .drafted_at = now,
                                          .sent_at = std::nullopt,
                                          .answer_due_at = std::nullopt,
                                          .next_check_at = std::nullopt,
                                          .answer = std::nullopt,
                                          .answered_at = std::nullopt,
                                          .closed_at = std::nullopt,
                                          .token_hash = std::nullopt,
                                          .token_expires_at = std::nullopt,
                                          .wrapped_key = key.wrapped,
                                          .sealed_contact = seal(context, key.key, "notice.sealed_contact", id.bytes(), "")}));
    TUTELA_TRY(record(context, tx, "notice.drafted", About("notice", id), actor));
    TUTELA_TRY(record(context, tx, "notice.drafted", About("item", item.id), actor, {{"notice", id.to_string()}}));
  }
  return {};
}

// What the members already said of it stands in the referral that this one replaces: the statement about a concern is theirs, and
// the reason of its assessment is not meant for an authority. One that may have arrived all the same is named as repeated.
Result<> take_from_earlier(const Context& context, store::Reader& reader, const Bytes& subject,
                           filing::ReferralMessage& message) {
  TUTELA_ASSIGN(const auto referrals, filing::referrals_of_subject(reader, subject));
  if (referrals.empty()) return {};
  const auto& latest = referrals.back();
  TUTELA_ASSIGN(const auto earlier, message_of(context, latest));
  if (const auto* told = std::get_if<filing::ConcernSubject>(&earlier.subject))
    if (auto* concern = std::get_if<filing::ConcernSubject>(&message.subject)) concern->statement = told->statement;
  if (latest.state == filing::to_word(filing::ReferralState::choose_channel)) message.repeat_of = latest.reference;
  return {};
}

// One of those on whose judgement the item's verdict rests.
Result<MemberId> member_behind(store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto assessments, review::assessments_of_item(reader, item));
  if (!assessments.empty()) return assessments.front().member_id;
  TUTELA_ASSIGN(const auto verdict, review::find_verdict(reader, item));
  if (!verdict || !verdict->inherited_entry) return fail(ErrorCode::conflict, "item.no_verdict");
  TUTELA_ASSIGN(const auto entry, match::find_entry(reader, *verdict->inherited_entry));
  if (!entry.adopted_first) return fail(ErrorCode::internal, "bank.not_adopted");
  return *entry.adopted_first;
}

}  // namespace

Result<> ask_for_removal(const Context& context, store::Transaction& tx, const review::ItemRow& item) {
  const bool stays_down = item.state == review::to_word(review::ItemState::final) && item.action == "block";
  if (!stays_down) return {};
  TUTELA_ASSIGN(const auto member, member_behind(tx, item.id));
  return draft_notices(context, tx, item, member, Actor::node());
}

Result<> queue_routing(const Context& context, store::Transaction& tx, const RoutingNeed& need) {
  const Time now = context.clock.now();
  const RoutingTaskId id = RoutingTaskId::make(now, context.random);
  TUTELA_TRY(filing::insert_routing_task(tx, {id, need.subject_type, need.subject_id, need.why, now, need.due, std::nullopt,
                                              std::nullopt, std::nullopt, std::nullopt, 1}));
  return record(context, tx, "routing.queued", About(need.subject_type, need.subject_id), Actor::node(), {{"why", need.why}});
}

Result<> carry_out_verdict(const Context& context, store::Transaction& tx, const review::ItemRow& item,
                           const Classification& classification, const MemberId& drafted_by, const Actor& actor) {
  TUTELA_ASSIGN(const auto view, view_of_item(context, tx, item.id, classification));
  TUTELA_ASSIGN(const auto adopted, adopted_authorities(tx));
  const auto route = law::route(view, adopted, context.clock.now());
  const Bytes subject = bytes_of(item.id.bytes());
  if (const auto* to = std::get_if<law::ToAuthority>(&route)) {
    TUTELA_TRY(record(context, tx, "routing.decided", About("item", item.id), Actor::node(),
                      {{"authority", to->authority}, {"country", to->country.text()}, {"row", to->row}}));
    TUTELA_ASSIGN(auto message, item_message(context, tx, item.id, view));
    TUTELA_TRY(draft_referral(context, tx, {"item", subject, to->authority, to->due, drafted_by, std::move(message)}, actor));
  } else {
    const auto& member = std::get<law::MemberMustDecide>(route);
    TUTELA_TRY(queue_routing(context, tx, {"item", subject, std::string(law::to_word(member.why)), member.due}));
  }
  return draft_notices(context, tx, item, drafted_by, actor);
}

Result<std::optional<ReferralId>> decide_routing(const Context& context, const RoutingTaskId& id, const RoutingDecision& decision,
                                                 const SignedIn& member) {
  if (decision.reason.empty()) return fail(ErrorCode::invalid, "routing.reason_missing", "field reason");
  std::optional<ReferralId> referral;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    referral.reset();
    TUTELA_ASSIGN(auto task, filing::find_routing_task(tx, id));
    if (task.decided_at) return fail(ErrorCode::conflict, "routing.decided");
    task.decided_at = context.clock.now();
    task.decided_by = member.id();
    if (decision.authority) {
      TUTELA_ASSIGN(const auto authority, filing::find_authority(tx, *decision.authority));
      task.authority = authority.name;
      task.country = authority.country;
      TUTELA_ASSIGN(const auto kind, node_kind(context));
      std::optional<filing::ReferralMessage> message;
      if (task.subject_type == "item") {
        TUTELA_ASSIGN(const auto item, ItemId::from_bytes(task.subject_id));
        TUTELA_ASSIGN(const auto verdict, review::find_verdict(tx, item));
        if (!verdict) return fail(ErrorCode::conflict, "item.no_verdict");
        TUTELA_ASSIGN(const auto act, parse_act(verdict->act));
        TUTELA_ASSIGN(const auto age_band, parse_age_band(verdict->age_band));
        TUTELA_ASSIGN(const auto view, view_of_item(context, tx, item, {act, age_band}));
        TUTELA_ASSIGN(message, item_message(context, tx, item, view));
      } else {
        TUTELA_ASSIGN(const auto concern, ConcernId::from_bytes(task.subject_id));
        TUTELA_ASSIGN(const auto countries, countries_of_concern(context, tx, concern));
        TUTELA_ASSIGN(message, concern_message(context, tx, concern, law::evaluate_concern(context.law, countries, kind)));
      }
      TUTELA_TRY(take_from_earlier(context, tx, task.subject_id, *message));
      TUTELA_TRY(reroute_referrals(context, tx, About(task.subject_type, task.subject_id), member.actor()));
      TUTELA_ASSIGN(
          const auto row,
          draft_referral(context, tx, {task.subject_type, task.subject_id, authority.name, task.due_at, member.id(), *message},
                         member.actor()));
      referral = row.id;
    }
    TUTELA_TRY(filing::update_routing_task(tx, task));
    const About subject(task.subject_type, task.subject_id);
    TUTELA_TRY(keep_reason(context, tx, "routing.decided", subject, member, decision.reason));
    TUTELA_TRY(
        record(context, tx, "routing.decided", subject, member.actor(), {{"authority", decision.authority.value_or("none")}}));
    return settle_reports(context, tx, subject);
  }));
  return referral;
}

}  // namespace tutela::line
