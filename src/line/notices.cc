#include "line/notices.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "crypto/mac.h"
#include "filing/outbox_repository.h"
#include "law/assessment.h"
#include "line/case_facts.h"
#include "line/referrals.h"
#include "line/reports.h"
#include "line/sealed.h"
#include "model/classification.h"
#include "net/http_client.h"
#include "net/mail_message.h"
#include "notice/notice_text.h"
#include "notice/xarf.h"
#include "review/item_repository.h"
#include "review/review_repository.h"

namespace tutela::line {
namespace {

using notice::NoticeState;

constexpr std::chrono::days kLinkLifetime{30};

Bytes token_hash(const Context& context, std::string_view token) {
  const auto mac = crypto::keyed_hash(context.keys.lookup_key(), "notice", as_bytes(token));
  return Bytes(mac.begin(), mac.end());
}

Result<std::string> address_of(const Context& context, store::Reader& reader, const notice::NoticeRow& row) {
  TUTELA_ASSIGN(const auto item, review::find_item(reader, row.item_id));
  TUTELA_ASSIGN(const auto location, review::find_location(reader, row.location_id));
  return open_sealed_text(context, item.wrapped_key, "item_location.sealed_address", location.id.bytes(),
                          location.sealed_address);
}

Result<std::vector<filing::FiledLaw>> law_of_item(const Context& context, store::Reader& reader, const ItemId& item) {
  TUTELA_ASSIGN(const auto verdict, review::find_verdict(reader, item));
  if (!verdict) return std::vector<filing::FiledLaw>{};
  TUTELA_ASSIGN(const auto act, parse_act(verdict->act));
  TUTELA_ASSIGN(const auto age_band, parse_age_band(verdict->age_band));
  TUTELA_ASSIGN(const auto countries, countries_of_item(context, reader, item));
  TUTELA_ASSIGN(const auto kind, node_kind(context));
  auto view = law::evaluate(context.law, {act, age_band}, countries, kind);
  view.must_tell.clear();
  view.may_tell.clear();
  return cite(context.law, view);
}

Result<notice::NoticeFacts> facts_of(store::Reader& reader, const notice::NoticeRow& row) {
  TUTELA_ASSIGN(const auto state, notice::parse_notice_state(row.state));
  notice::NoticeFacts facts{.state = state,
                            .sent_at = row.sent_at.value_or(row.drafted_at),
                            .answer = std::nullopt,
                            .answered_at = row.answered_at,
                            .last_seen_at = std::nullopt,
                            .next_check_at = row.next_check_at,
                            .contradicted = row.contradicted};
  if (row.answer) {
    TUTELA_ASSIGN(facts.answer, notice::parse_host_answer(*row.answer));
  }
  TUTELA_ASSIGN(const auto checks, notice::checks_of_notice(reader, row.id));
  facts.checks = static_cast<std::int64_t>(checks.size());
  for (const auto& check : checks)
    if (check.seen != notice::to_word(notice::Seen::unreachable)) facts.last_seen_at = check.checked_at;
  return facts;
}

void apply(notice::NoticeRow& row, const notice::NoticeStep& step, Time now) {
  row.state = notice::to_word(step.state);
  row.contradicted = step.contradicted;
  row.next_check_at = step.next_check_at;
  row.answer_due_at = step.answer_due_at;
  if (notice::is_closed(step.state)) row.closed_at = now;
}

// What the step says beyond the row: the ledger, the location and the reports.
Result<> settle(const Context& context, store::Transaction& tx, const notice::NoticeRow& before, const notice::NoticeRow& after,
                const Actor& actor) {
  const About about("notice", after.id);
  if (!before.contradicted && after.contradicted) TUTELA_TRY(record(context, tx, "notice.contradicted", about, actor));
  if (before.closed_at || !after.closed_at) return {};
  TUTELA_TRY(record(context, tx, "notice.closed", about, actor, {{"state", after.state}}));
  TUTELA_TRY(record(context, tx, "notice.closed", About("item", after.item_id), actor,
                    {{"notice", after.id.to_string()}, {"state", after.state}}));
  if (after.state == notice::to_word(NoticeState::removed)) {
    TUTELA_ASSIGN(const auto location, review::find_location(tx, after.location_id));
    TUTELA_TRY(review::set_location_state(tx, location, "gone"));
  }
  return settle_reports(context, tx, About("item", after.item_id));
}

notice::Seen seen_by(net::Serving serving) {
  switch (serving) {
    case net::Serving::gone:
      return notice::Seen::gone;
    case net::Serving::serving:
      return notice::Seen::serving;
    case net::Serving::unknown:
      return notice::Seen::unreachable;
  }
  return notice::Seen::unreachable;
}

Result<notice::NoticeRow> open_notice_by_token(const Context& context, store::Reader& reader, std::string_view token) {
  TUTELA_ASSIGN(auto row, notice::find_notice_by_token(reader, token_hash(context, token)));
  if (!row || !row->token_expires_at || *row->token_expires_at <= context.clock.now())
    return fail(ErrorCode::not_found, "link.unknown");
  return *std::move(row);
}

}  // namespace

Result<std::string> contact_of(const Context& context, const notice::NoticeRow& row) {
  return open_sealed_text(context, row.wrapped_key, "notice.sealed_contact", row.id.bytes(), row.sealed_contact);
}

Result<> approve_notice(const Context& context, const NoticeId& id, const std::string& contact, const SignedIn& member) {
  TUTELA_TRY(net::verify_mail_address(contact));
  const std::string token = encode_hex(context.random.bytes<32>());
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(auto row, notice::find_notice(tx, id));
    TUTELA_ASSIGN(const auto state, notice::parse_notice_state(row.state));
    TUTELA_TRY(notice::advance(state, notice::NoticeEvent::send));
    if (row.approved_by) return fail(ErrorCode::conflict, "notice.already_approved");
    // What it says of the address rests on the verdict: without one, nothing leaves (I9).
    TUTELA_ASSIGN(const auto verdict, review::find_verdict(tx, row.item_id));
    if (!verdict) return fail(ErrorCode::conflict, "item.no_verdict");
    TUTELA_ASSIGN(const auto address, address_of(context, tx, row));
    TUTELA_ASSIGN(const auto location, review::find_location(tx, row.location_id));
    TUTELA_ASSIGN(const auto law, law_of_item(context, tx, row.item_id));
    std::optional<Country> country;
    if (location.country) {
      TUTELA_ASSIGN(country, Country::parse(*location.country));
    }
    notice::NoticeMail mail{.reference = id.to_string(),
                            .organisation = context.node.name,
                            .contact = context.settings.mail_from,
                            .address = Sensitive<std::string>(address),
                            .country = country,
                            .seen_at = location.first_seen_at,
                            .answer_due_at = now + context.settings.notice_clocks.answer_clock,
                            .law = {},
                            .answer_link = Sensitive<std::string>(context.settings.portal_url + "/n/" + token)};
    for (const auto& cited : law) mail.law.push_back({cited.law, cited.section, cited.url});
    TUTELA_ASSIGN(const auto text, notice::compose_notice(mail));
    TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(row.wrapped_key));
    row.approved_by = member.id();
    row.token_hash = token_hash(context, token);
    row.token_expires_at = now + kLinkLifetime;
    row.sealed_contact = seal(context, key, "notice.sealed_contact", id.bytes(), contact);
    TUTELA_TRY(notice::update_notice(tx, row));
    TUTELA_ASSIGN(const auto outbox_key, new_key(context, vault::RecordClass::outbox));
    const OutboxId outbox_id = OutboxId::make(now, context.random);
    const nlohmann::json payload = {{"to", contact}, {"subject", text.subject}, {"text", text.body}};
    TUTELA_TRY(filing::insert_outbox(
        tx, {.id = outbox_id,
             .kind = "notice",
             .subject_id = Bytes(id.bytes().begin(), id.bytes().end()),
             .destination = "mail",
             .idempotency_key = "notice/" + id.to_string(),
             .state = "waiting",
             .next_at = now,
             .last_reason = std::nullopt,
             .wrapped_key = outbox_key.wrapped,
             .sealed_payload = seal(context, outbox_key.key, "outbox.sealed_payload", outbox_id.bytes(), payload.dump()),
             .created_at = now}));
    return record(context, tx, "notice.approved", About("notice", id), member.actor());
  });
}

Result<> notice_sent(const Context& context, store::Transaction& tx, const NoticeId& id) {
  const Time now = context.clock.now();
  TUTELA_ASSIGN(auto row, notice::find_notice(tx, id));
  if (row.sent_at) return {};
  row.sent_at = now;
  apply(row, notice::after_sending(now, context.settings.notice_clocks), now);
  TUTELA_TRY(notice::update_notice(tx, row));
  TUTELA_TRY(record(context, tx, "notice.sent", About("notice", id), Actor::node()));
  return record(context, tx, "notice.sent", About("item", row.item_id), Actor::node(), {{"notice", id.to_string()}});
}

Result<> notice_undeliverable(const Context& context, store::Transaction& tx, const NoticeId& id, std::string_view why) {
  const Time now = context.clock.now();
  TUTELA_ASSIGN(const auto before, notice::find_notice(tx, id));
  auto row = before;
  TUTELA_ASSIGN(const auto state, notice::parse_notice_state(row.state));
  TUTELA_ASSIGN(const auto failed, notice::advance(state, notice::NoticeEvent::fail_delivery));
  row.state = notice::to_word(failed);
  row.closed_at = now;
  TUTELA_TRY(notice::update_notice(tx, row));
  TUTELA_TRY(record(context, tx, "notice.checked", About("notice", id), Actor::node(), {{"undelivered", why}}));
  return settle(context, tx, before, row, Actor::node());
}

Result<HostPage> host_page(const Context& context, std::string_view token) {
  return in_snapshot<HostPage>(context.store, [&](store::Reader& reader) -> Result<HostPage> {
    TUTELA_ASSIGN(auto row, open_notice_by_token(context, reader, token));
    TUTELA_ASSIGN(auto address, address_of(context, reader, row));
    TUTELA_ASSIGN(const auto law, law_of_item(context, reader, row.item_id));
    HostPage page{std::move(row), std::move(address), {}};
    for (const auto& cited : law) page.law.push_back(cited.law + ", " + cited.section);
    return page;
  });
}

Result<std::string> xarf_of_notice(const Context& context, std::string_view token) {
  return in_snapshot<std::string>(context.store, [&](store::Reader& reader) -> Result<std::string> {
    TUTELA_ASSIGN(const auto row, open_notice_by_token(context, reader, token));
    TUTELA_ASSIGN(auto address, address_of(context, reader, row));
    TUTELA_ASSIGN(const auto location, review::find_location(reader, row.location_id));
    TUTELA_ASSIGN(const auto verdict, review::find_verdict(reader, row.item_id));
    if (!verdict) return fail(ErrorCode::conflict, "item.no_verdict");
    TUTELA_ASSIGN(const auto act, parse_act(verdict->act));
    TUTELA_ASSIGN(const auto age_band, parse_age_band(verdict->age_band));
    const notice::XarfParty us{context.node.name, context.settings.mail_from, context.node.name};
    TUTELA_ASSIGN(const auto id, parse_uuid(row.id.to_string()));
    notice::XarfReport report{
        .report_id = id,
        .timestamp = row.sent_at.value_or(row.drafted_at),
        .reporter = us,
        .sender = us,
        .source_identifier = location.host,
        .url = Sensitive<std::string>(std::move(address)),
        .classification = {act, age_band},
        .detection = verdict->inherited_entry ? notice::XarfDetection::hash_match : notice::XarfDetection::manual_review,
        .hashes = {}};
    TUTELA_ASSIGN(const auto fingerprints, review::fingerprints_of_item(reader, row.item_id));
    for (const auto& one : fingerprints) report.hashes.push_back({one.algorithm, Sensitive<std::string>(encode_hex(one.value))});
    return notice::encode_xarf(report);
  });
}

Result<> answer_notice(const Context& context, std::string_view token, notice::HostAnswer answer) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(const auto before, open_notice_by_token(context, tx, token));
    auto row = before;
    TUTELA_ASSIGN(const auto facts, facts_of(tx, row));
    const auto step = notice::after_answer(facts, answer, now, context.settings.notice_clocks);
    if (!step) return fail(ErrorCode::conflict, "notice.answered");
    row.answer = notice::to_word(answer);
    row.answered_at = now;
    apply(row, *step, now);
    TUTELA_TRY(notice::update_notice(tx, row));
    const nlohmann::json said = {{"answer", notice::to_word(answer)}, {"notice", row.id.to_string()}};
    TUTELA_TRY(record(context, tx, "notice.answered", About("notice", row.id), Actor{"host"}, said));
    TUTELA_TRY(record(context, tx, "notice.answered", About("item", row.item_id), Actor{"host"}, said));
    return settle(context, tx, before, row, Actor{"host"});
  });
}

Result<> check_notice(const Context& context, const NoticeId& id, const Actor& actor) {
  std::string address;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto row, notice::find_notice(reader, id));
    if (row.closed_at || !row.sent_at) return fail(ErrorCode::conflict, "notice.not_open");
    TUTELA_ASSIGN(address, address_of(context, reader, row));
    return {};
  }));
  const auto probe = net::probe_head(address, context.destinations);
  const auto seen = probe ? seen_by(probe->serving) : notice::Seen::unreachable;
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(const auto before, notice::find_notice(tx, id));
    if (before.closed_at) return {};
    auto row = before;
    TUTELA_ASSIGN(const auto facts, facts_of(tx, row));
    TUTELA_ASSIGN(const auto step, notice::after_check(facts, seen, now, context.settings.notice_clocks));
    TUTELA_TRY(notice::insert_check(tx, id, {now, std::string(notice::to_word(seen))}));
    apply(row, step, now);
    TUTELA_TRY(notice::update_notice(tx, row));
    TUTELA_TRY(record(context, tx, "notice.checked", About("notice", id), actor, {{"seen", notice::to_word(seen)}}));
    return settle(context, tx, before, row, actor);
  });
}

namespace {

Result<> note_silence(const Context& context, const NoticeId& id) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(const auto before, notice::find_notice(tx, id));
    auto row = before;
    TUTELA_ASSIGN(const auto facts, facts_of(tx, row));
    const auto step = notice::after_clock(facts, now, context.settings.notice_clocks);
    if (!step) return {};
    apply(row, *step, now);
    TUTELA_TRY(notice::update_notice(tx, row));
    return record(context, tx, "notice.checked", About("notice", id), Actor::node(), {{"state", row.state}});
  });
}

}  // namespace

Result<std::size_t> run_notice_clocks(const Context& context) {
  const Time now = context.clock.now();
  std::vector<notice::NoticeRow> due;
  std::vector<notice::NoticeRow> silent;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(due, notice::notices_to_check(reader, now));
    TUTELA_ASSIGN(silent, notice::silent_notices(reader, now));
    return {};
  }));
  std::size_t done = 0;
  // One that cannot be looked at, or was closed in between, keeps no other waiting.
  const auto count = [&](const Result<>& result, const NoticeId& id) {
    if (result) {
      ++done;
    } else {
      log::warning("notice.clock_failed", {{"notice", id}, {"error", result.error()}});
    }
  };
  for (const auto& row : due) count(check_notice(context, row.id, Actor::node()), row.id);
  for (const auto& row : silent) count(note_silence(context, row.id), row.id);
  return done;
}

Result<> close_notice(const Context& context, const NoticeId& id, const std::string& reason, const SignedIn& member) {
  if (reason.empty()) return fail(ErrorCode::invalid, "notice.reason_missing", "field reason");
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(const auto before, notice::find_notice(tx, id));
    if (before.closed_at) return fail(ErrorCode::conflict, "notice.closed");
    TUTELA_ASSIGN(const auto checks, notice::checks_of_notice(tx, id));
    if (!checks.empty() && checks.back().seen == notice::to_word(notice::Seen::serving))
      return fail(ErrorCode::conflict, "notice.still_serving");
    // Its mail may be on the way at this moment.
    if (before.approved_by && !before.sent_at) return fail(ErrorCode::conflict, "notice.sending");
    auto row = before;
    row.state = notice::to_word(before.sent_at ? NoticeState::unreachable : NoticeState::failed);
    row.closed_at = now;
    TUTELA_TRY(notice::update_notice(tx, row));
    TUTELA_TRY(keep_reason(context, tx, "notice.closed", About("notice", id), member, reason));
    return settle(context, tx, before, row, member.actor());
  });
}

}  // namespace tutela::line
