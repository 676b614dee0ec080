#include "line/reviewing.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "intake/report_repository.h"
#include "line/banks.h"
#include "line/matching.h"
#include "line/picture.h"
#include "line/reports.h"
#include "line/routing.h"
#include "line/sealed.h"
#include "review/item_repository.h"
#include "review/item_state.h"
#include "review/lease.h"
#include "review/quorum.h"
#include "review/review_repository.h"

namespace tutela::line {
namespace {

using review::ItemState;

constexpr std::int64_t kQueueRowsMax = 500;

Result<> move(review::ItemRow& item, ItemState to) {
  TUTELA_ASSIGN(const auto from, review::parse_item_state(item.state));
  if (from == to) return {};
  TUTELA_TRY(review::check_transition(from, to));
  item.state = review::to_word(to);
  return {};
}

Result<std::vector<review::Assessment>> assessments_of(store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto rows, review::assessments_of_item(reader, item));
  std::vector<review::Assessment> assessments;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto assessment, review::Assessment::restore(row));
    assessments.push_back(assessment);
  }
  return assessments;
}

Result<int> leases_held(store::Reader& reader, const MemberId& member, Time now) {
  int held = 0;
  TUTELA_ASSIGN(const auto leases, review::list_leases(reader));
  for (const auto& lease : leases)
    if (lease.member_id == member && review::is_live(lease, now)) ++held;
  return held;
}

Result<> require_lease(store::Reader& reader, const ItemId& item, const MemberId& member, Time now) {
  TUTELA_ASSIGN(const auto lease, review::find_lease(reader, item));
  return review::check_lease(lease, member, now);
}

// Writes what a step of a view changed, with its ledger entry when it closed.
Result<ViewCount> settle_view(const Context& context, store::Transaction& tx, const review::ViewRow& before,
                              const review::ViewAccount& account, const Actor& actor) {
  TUTELA_TRY(review::update_view(tx, account.view));
  TUTELA_TRY(review::put_exposure(tx, account.exposure));
  if (!before.closed_at && account.view.closed_at) {
    const bool is_declared = before.mode == review::to_word(review::ViewMode::address);
    TUTELA_TRY(record(context, tx, is_declared ? "exposure.declared" : "item.view_closed", About("item", before.item_id), actor,
                      {{"view", before.id.to_string()}, {"mode", before.mode}, {"seconds", account.view.seconds}}));
  }
  return ViewCount{account.view, review::exposure_left(account.exposure, exposure_rules(context)), account.must_stop};
}

Result<review::ExposureRow> exposure_for(const Context& context, store::Reader& reader, const MemberId& member, Time at) {
  return review::find_exposure(reader, member, review::shift_start(at, exposure_rules(context)));
}

Result<> close_views(const Context& context, store::Transaction& tx, const ItemId& item, const MemberId& member,
                     const Actor& actor) {
  TUTELA_ASSIGN(const auto views, review::views_of_item(tx, item, member));
  for (const auto& view : views) {
    // An address stays open until its member has declared the seconds.
    if (view.closed_at || view.mode == review::to_word(review::ViewMode::address)) continue;
    TUTELA_ASSIGN(const auto exposure, exposure_for(context, tx, member, context.clock.now()));
    TUTELA_ASSIGN(const auto account,
                  review::close_view(view, exposure, member, 0, context.clock.now(), exposure_rules(context)));
    TUTELA_TRY(settle_view(context, tx, view, account, actor));
  }
  return {};
}

// The lease ends without a decision: the item waits again.
Result<> return_to_queue(const Context& context, store::Transaction& tx, const review::LeaseRow& lease, const Actor& actor) {
  const ItemId& id = lease.item_id;
  // What was held open under the lease ends with it.
  TUTELA_TRY(close_views(context, tx, id, lease.member_id, actor));
  TUTELA_ASSIGN(auto item, review::find_item(tx, id));
  TUTELA_TRY(review::delete_lease(tx, id));
  if (item.state == review::to_word(ItemState::in_review)) {
    TUTELA_ASSIGN(const auto assessments, review::assessments_of_item(tx, id));
    TUTELA_TRY(move(item, review::state_after_release({static_cast<int>(assessments.size()), item.is_new})));
    TUTELA_TRY(review::update_item(tx, item));
  }
  return record(context, tx, "item.released", About("item", id), actor);
}

review::QueueCounts fold(const std::vector<review::WaitingCountRow>& rows) {
  review::QueueCounts counts;
  const auto keep_earlier = [](std::optional<Time>& earliest, const std::optional<Time>& candidate) {
    if (candidate && (!earliest || *candidate < *earliest)) earliest = candidate;
  };
  for (const auto& row : rows) {
    counts.overdue += row.overdue;
    keep_earlier(counts.next_due_at, row.next_due_at);
    if (row.state == review::to_word(ItemState::in_review)) {
      counts.in_review += row.items;
      continue;
    }
    counts.waiting += row.items;
    if (row.urgent) counts.urgent += row.items;
    if (row.is_new) counts.is_new += row.items;
    if (row.is_safe) counts.safe += row.items;
    if (row.state == review::to_word(ItemState::needs_second)) counts.needs_second += row.items;
    keep_earlier(counts.oldest_at, row.oldest_at);
  }
  return counts;
}

// What nobody has assessed yet may be decided by its bytes alone: it goes back to where it came from, is compared there, and
// comes back to its member unless a final verdict on the same bytes was inherited.
Result<> match_under_review(const Context& context, store::Transaction& tx, const ItemId& id, const SignedIn& member) {
  TUTELA_ASSIGN(const auto assessments, review::assessments_of_item(tx, id));
  TUTELA_ASSIGN(auto item, review::find_item(tx, id));
  if (assessments.empty()) {
    TUTELA_TRY(move(item, review::state_after_release({0, item.is_new})));
    TUTELA_TRY(review::update_item(tx, item));
  }
  TUTELA_TRY(match_item(context, tx, id));
  TUTELA_ASSIGN(item, review::find_item(tx, id));
  if (item.state != review::to_word(ItemState::final)) {
    TUTELA_TRY(move(item, ItemState::in_review));
    return review::update_item(tx, item);
  }
  TUTELA_TRY(close_views(context, tx, id, member.id(), member.actor()));
  TUTELA_TRY(review::delete_lease(tx, id));
  return settle_reports(context, tx, About("item", id));
}

// Members agreed.
Result<review::VerdictRow> conclude(const Context& context, store::Transaction& tx, review::ItemRow item,
                                    const review::Verdict& verdict, const std::vector<review::Assessment>& assessments,
                                    const SignedIn& member) {
  const Time now = context.clock.now();
  auto row = review::to_row(verdict, VerdictId::make(now, context.random));
  TUTELA_TRY(review::insert_verdict(tx, row));
  // The judgements enter the ledger with the verdict and not before, where the next member could read them.
  nlohmann::json judgements = nlohmann::json::array();
  for (const auto& one : assessments)
    judgements.push_back({{"assessment", one.id().to_string()},
                          {"act", to_word(one.judgement().act)},
                          {"age_band", to_word(one.judgement().age_band)}});
  nlohmann::json rests_on = nlohmann::json::array();
  std::vector<MemberId> agreeing;
  for (const auto& id : verdict.rests_on()) {
    rests_on.push_back(id.to_string());
    const auto found = std::ranges::find(assessments, id, &review::Assessment::id);
    if (found != assessments.end()) agreeing.push_back(found->member());
  }
  if (agreeing.size() < 2) return fail(ErrorCode::internal, "review.verdict_without_members");
  TUTELA_TRY(record(context, tx, "verdict.given", About("item", item.id), member.actor(),
                    {{"act", row.act},
                     {"age_band", row.age_band},
                     {"viewed_here", row.viewed_here},
                     {"judgements", judgements},
                     {"rests_on", rests_on}}));
  const bool acts = verdict.is_upheld();
  TUTELA_TRY(move(item, acts ? ItemState::upheld : ItemState::dismissed));
  TUTELA_TRY(move(item, ItemState::final));
  const std::string action_before = item.action;
  item.action = acts ? "block" : "none";
  item.due_at.reset();
  TUTELA_TRY(review::update_item(tx, item));
  if (item.action != action_before)
    TUTELA_TRY(record(context, tx, "item.action", About("item", item.id), member.actor(),
                      {{"action", item.action}, {"why", "verdict"}}));
  if (acts) {
    TUTELA_TRY(add_own_entry(context, tx, {item.id, row.act, row.age_band, agreeing[0], agreeing[1]}, member.actor()));
    TUTELA_TRY(carry_out_verdict(context, tx, item, verdict.judgement(), member.id(), member.actor()));
  }
  return row;
}

}  // namespace

review::ExposureRules exposure_rules(const Context& context) {
  review::ExposureRules rules;
  rules.seconds_max = context.settings.exposure_max.count();
  rules.weight_max = context.settings.exposure_weight_max;
  return rules;
}

Result<review::ExposureRow> exposure_of(const Context& context, store::Reader& reader, const MemberId& member) {
  return exposure_for(context, reader, member, context.clock.now());
}

Result<review::QueueCounts> count_queue(const Context& context, store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, review::count_waiting(reader, context.clock.now()));
  return fold(rows);
}

namespace {

Result<QueueView> queue_of(const Context& context, store::Reader& reader, std::vector<review::ItemRow> rows) {
  const Time now = context.clock.now();
  QueueView queue;
  queue.rows = std::move(rows);
  TUTELA_ASSIGN(queue.stacks, review::count_stacks(reader));
  TUTELA_ASSIGN(const auto leases, review::list_leases(reader));
  for (const auto& lease : leases)
    if (review::is_live(lease, now)) queue.leases.emplace(lease.item_id, lease);
  std::map<ItemId, std::vector<MemberId>> assessed;
  TUTELA_ASSIGN(const auto assessors, review::assessors_of_waiting(reader));
  for (const auto& [item, member] : assessors) assessed[item].push_back(member);
  for (const auto& item : queue.rows) {
    TUTELA_ASSIGN(const auto state, review::parse_item_state(item.state));
    const auto lease = queue.leases.find(item.id);
    queue.items.push_back({item.id, state, item.urgent, item.is_new, item.is_safe, item.first_seen_at, item.due_at,
                           lease == queue.leases.end() ? std::nullopt : std::optional(lease->second.member_id),
                           assessed[item.id]});
  }
  TUTELA_ASSIGN(queue.counts, count_queue(context, reader));
  return queue;
}

}  // namespace

Result<QueueView> read_queue(const Context& context, store::Reader& reader) {
  TUTELA_ASSIGN(auto rows, review::list_waiting(reader, kQueueRowsMax));
  return queue_of(context, reader, std::move(rows));
}

Result<QueueView> read_stack(const Context& context, store::Reader& reader, const EntryId& entry) {
  TUTELA_ASSIGN(auto rows, review::list_stack(reader, entry, kQueueRowsMax));
  return queue_of(context, reader, std::move(rows));
}

Result<review::LeaseRow> claim_item(const Context& context, const ItemId& id, const SignedIn& member) {
  std::optional<review::LeaseRow> claimed;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(auto item, review::find_item(tx, id));
    TUTELA_ASSIGN(auto current, review::find_lease(tx, id));
    if (current && !review::is_live(*current, now)) {
      TUTELA_TRY(return_to_queue(context, tx, *current, Actor::node()));
      current.reset();
      TUTELA_ASSIGN(item, review::find_item(tx, id));
    }
    const bool own = current && current->member_id == member.id();
    if (own) {
      TUTELA_ASSIGN(claimed, review::extend_lease(current, member.id(), now));
      return review::put_lease(tx, *claimed);
    }
    if (item.state == "final" || item.state == "upheld" || item.state == "dismissed")
      return fail(ErrorCode::conflict, "item.not_waiting");
    TUTELA_ASSIGN(const auto assessments, assessments_of(tx, id));
    TUTELA_TRY(review::check_next_assessor(assessments, member.presence));
    TUTELA_ASSIGN(const int held, leases_held(tx, member.id(), now));
    TUTELA_ASSIGN(claimed, review::claim_lease(current, {id, member.id(), held}, now));
    TUTELA_TRY(review::put_lease(tx, *claimed));
    TUTELA_TRY(move(item, ItemState::in_review));
    TUTELA_TRY(review::update_item(tx, item));
    TUTELA_ASSIGN(const auto reports, intake::reports_of_item(tx, id));
    for (const auto& report : reports) TUTELA_TRY(take_into_review(context, tx, report, member.actor()));
    return record(context, tx, "item.claimed", About("item", id), member.actor());
  }));
  return *std::move(claimed);
}

Result<> release_item(const Context& context, const ItemId& id, const SignedIn& member) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto lease, review::find_lease(tx, id));
    TUTELA_TRY(review::check_lease(lease, member.id(), context.clock.now()));
    return return_to_queue(context, tx, *lease, member.actor());
  });
}

Result<std::size_t> expire_leases(const Context& context) {
  const Time now = context.clock.now();
  TUTELA_ASSIGN(const auto leases, in_snapshot<std::vector<review::LeaseRow>>(context.store, review::list_leases));
  std::size_t expired = 0;
  for (const auto& lease : leases) {
    if (review::is_live(lease, now)) continue;
    TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto current, review::find_lease(tx, lease.item_id));
      if (!current || review::is_live(*current, now)) return {};
      return return_to_queue(context, tx, *current, Actor::node());
    }));
    ++expired;
  }
  return expired;
}

Result<OpenedView> open_view(const Context& context, const ItemId& id, review::ViewMode mode,
                             const std::optional<LocationId>& location, const SignedIn& member) {
  const bool is_address = mode == review::ViewMode::address;
  if (is_address != location.has_value()) return fail(ErrorCode::invalid, "view.location_mismatch", "field location_id");
  std::optional<OpenedView> opened;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(const auto item, review::find_item(tx, id));
    TUTELA_TRY(require_lease(tx, id, member.id(), now));
    std::optional<Sensitive<std::string>> address;
    if (is_address) {
      TUTELA_ASSIGN(const auto row, review::find_location(tx, *location));
      if (row.item_id != id) return fail(ErrorCode::not_found, "location.unknown");
      TUTELA_ASSIGN(auto text, open_sealed_text(context, item.wrapped_key, "item_location.sealed_address", row.id.bytes(),
                                                row.sealed_address));
      address = Sensitive<std::string>(std::move(text));
    } else {
      if (!item.object_name) return fail(ErrorCode::conflict, "item.no_picture");
      TUTELA_ASSIGN(const bool mandate, has_valid_mandate(tx, now));
      if (!mandate) return fail(ErrorCode::denied, "mandate.missing");
    }
    std::optional<Act> suspected;
    TUTELA_ASSIGN(const auto matches, stored_matches(context, tx, id));
    if (!matches.empty()) suspected = matches.front().act;
    TUTELA_ASSIGN(const auto exposure, exposure_for(context, tx, member.id(), now));
    const ViewId view_id = ViewId::make(now, context.random);
    auto account =
        review::open_view({view_id, id, member.id(), location, mode, suspected}, exposure, now, exposure_rules(context));
    if (!account && account.error().reason == Reason("exposure.budget_spent"))
      return fail(ErrorCode::limit, "review.exposure_spent");
    TUTELA_TRY(account);
    TUTELA_TRY(review::insert_view(tx, account->view));
    TUTELA_TRY(review::put_exposure(tx, account->exposure));
    nlohmann::json facts = {{"view", view_id.to_string()}, {"mode", review::to_word(mode)}};
    if (location) facts["location"] = location->to_string();
    TUTELA_TRY(record(context, tx, is_address ? "address.handed_out" : "item.viewed", About("item", id), member.actor(), facts));
    opened = OpenedView{account->view, std::move(address), review::exposure_left(account->exposure, exposure_rules(context))};
    return {};
  }));
  return *std::move(opened);
}

Result<ViewCount> beat_view(const Context& context, const ViewId& id, const SignedIn& member) {
  std::optional<ViewCount> count;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(const auto view, review::find_view(tx, id));
    TUTELA_ASSIGN(const auto exposure, exposure_for(context, tx, member.id(), now));
    auto account = review::beat_view(view, exposure, member.id(), now, exposure_rules(context));
    // Full only while held: a lease that ended ends the view.
    if (account && !account->view.closed_at && !require_lease(tx, view.item_id, member.id(), now))
      account = review::close_view(view, exposure, member.id(), 0, now, exposure_rules(context));
    TUTELA_TRY(account);
    TUTELA_ASSIGN(count, settle_view(context, tx, view, *account, member.actor()));
    return {};
  }));
  return *std::move(count);
}

Result<ViewCount> close_view(const Context& context, const ViewId& id, std::int64_t declared_seconds, const SignedIn& member) {
  std::optional<ViewCount> count;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(const auto view, review::find_view(tx, id));
    TUTELA_ASSIGN(const auto exposure, exposure_for(context, tx, member.id(), now));
    TUTELA_ASSIGN(const auto account,
                  review::close_view(view, exposure, member.id(), declared_seconds, now, exposure_rules(context)));
    TUTELA_ASSIGN(count, settle_view(context, tx, view, account, member.actor()));
    return {};
  }));
  return *std::move(count);
}

Result<std::size_t> lapse_views(const Context& context) {
  const Time now = context.clock.now();
  const auto rules = exposure_rules(context);
  TUTELA_ASSIGN(const auto views, in_snapshot<std::vector<review::ViewRow>>(context.store, [&](store::Reader& reader) {
                  return review::open_views(reader, now - rules.beat_lost_after);
                }));
  for (const auto& silent : views)
    TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto view, review::find_view(tx, silent.id));
      if (view.closed_at || !review::is_lost(view, now, rules)) return {};
      TUTELA_ASSIGN(const auto exposure, exposure_for(context, tx, view.member_id, now));
      TUTELA_TRY(settle_view(context, tx, view, review::lapse_view(view, exposure, now, rules), Actor::node()));
      return {};
    }));
  return views.size();
}

Result<Bytes> picture_of_view(const Context& context, const ViewId& id, const SignedIn& member) {
  std::optional<review::ViewMode> mode;
  std::optional<review::ItemRow> item;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto view, review::find_view(reader, id));
    const Time now = context.clock.now();
    TUTELA_ASSIGN(mode, review::check_picture(view, member.id(), now, exposure_rules(context)));
    TUTELA_TRY(require_lease(reader, view.item_id, member.id(), now));
    TUTELA_ASSIGN(const bool mandate, has_valid_mandate(reader, now));
    if (!mandate) return fail(ErrorCode::denied, "mandate.missing");
    TUTELA_ASSIGN(item, review::find_item(reader, view.item_id));
    return {};
  }));
  if (!item->object_name) return fail(ErrorCode::conflict, "item.no_picture");
  TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(item->wrapped_key));
  TUTELA_ASSIGN(const auto bytes, context.objects.get(key, *item->object_name));
  return draw_preview(context.decoder, bytes, *mode, member.pseudonym);
}

Result<> add_fingerprints(const Context& context, const ItemId& id, const std::vector<Fingerprint>& fingerprints,
                          const SignedIn& member) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(require_lease(tx, id, member.id(), context.clock.now()));
    TUTELA_ASSIGN(const auto known, review::fingerprints_of_item(tx, id));
    std::vector<std::string> has;
    for (const auto& row : known) has.push_back(row.algorithm);
    for (const auto& fingerprint : fingerprints) {
      const std::string algorithm(fingerprint.algorithm().word());
      if (std::ranges::find(has, algorithm) != has.end()) return fail(ErrorCode::conflict, "item.has_fingerprint", algorithm);
      has.push_back(algorithm);
      TUTELA_TRY(review::insert_fingerprint(tx, id, {algorithm, fingerprint.reveal_value(), fingerprint.quality(), "off_node"}));
      TUTELA_TRY(record(context, tx, "item.fingerprint_added", About("item", id), member.actor(),
                        {{"algorithm", algorithm}, {"origin", "off_node"}}));
    }
    return match_under_review(context, tx, id, member);
  });
}

Result<AssessmentTaken> assess_item(const Context& context, const ItemId& id, const NewAssessment& given,
                                    const SignedIn& member) {
  std::optional<AssessmentTaken> taken;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(auto item, review::find_item(tx, id));
    TUTELA_ASSIGN(const auto earlier, assessments_of(tx, id));
    TUTELA_TRY(review::check_next_assessor(earlier, member.presence));
    TUTELA_TRY(require_lease(tx, id, member.id(), now));
    TUTELA_TRY(close_views(context, tx, id, member.id(), member.actor()));
    TUTELA_ASSIGN(const auto views, review::views_of_item(tx, id, member.id()));
    TUTELA_ASSIGN(const auto viewing, review::Viewing::check(given.viewed, given.declared_seconds, views));
    const AssessmentId assessment_id = AssessmentId::make(now, context.random);
    TUTELA_ASSIGN(const auto assessment,
                  review::Assessment::make(assessment_id, id, member.presence, given.judgement, viewing, given.reason));
    TUTELA_ASSIGN(const auto decision, review::add_assessment(earlier, assessment, member.presence));
    TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(item.wrapped_key));
    TUTELA_TRY(review::insert_assessment(
        tx, assessment.to_row(seal(context, key, "assessment.sealed_reason", assessment_id.bytes(), given.reason.reveal()))));
    TUTELA_TRY(record(context, tx, "assessment.given", About("item", id), member.actor(),
                      {{"assessment", assessment_id.to_string()},
                       {"viewed", review::to_word(given.viewed)},
                       {"declared_seconds", given.declared_seconds}}));
    if (const auto uncounted = review::uncounted_seconds(given.declared_seconds, views); uncounted > 0) {
      TUTELA_ASSIGN(const auto exposure, exposure_for(context, tx, member.id(), now));
      TUTELA_TRY(review::put_exposure(tx, review::declare_seconds(exposure, uncounted)));
      TUTELA_TRY(record(context, tx, "exposure.declared", About("item", id), member.actor(), {{"seconds", uncounted}}));
    }
    TUTELA_TRY(review::delete_lease(tx, id));
    std::optional<review::VerdictRow> verdict;
    if (decision.verdict) {
      auto all = earlier;
      all.push_back(assessment);
      TUTELA_ASSIGN(verdict, conclude(context, tx, item, *decision.verdict, all, member));
    } else {
      TUTELA_TRY(move(item, ItemState::needs_second));
      TUTELA_TRY(review::update_item(tx, item));
    }
    TUTELA_TRY(settle_reports(context, tx, About("item", id)));
    TUTELA_ASSIGN(item, review::find_item(tx, id));
    taken = AssessmentTaken{assessment_id, item.state, verdict};
    return {};
  }));
  if (taken->verdict) take_over_change(context);
  return *std::move(taken);
}

}  // namespace tutela::line
