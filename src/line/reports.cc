#include "line/reports.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "casework/concern_repository.h"
#include "crypto/mac.h"
#include "filing/referral_repository.h"
#include "notice/notice_repository.h"
#include "review/item_repository.h"

namespace tutela::line {
namespace {

using intake::ReportState;

constexpr std::array<std::string_view, 4> kReleasedWords{"removed", "passed_on", "child_safeguarded", "outside_remit"};

Result<ReporterState> state_of(const Context& context, const intake::ReportRow& row) {
  TUTELA_ASSIGN(const auto state, intake::parse_report_state(row.state));
  return ReporterState{intake::reporter_word(state, row.received_at, context.clock.now()), row.released_word};
}

struct Progress {
  bool decided = true;  // every item final, every concern assessed
  bool open = false;    // something that came of it waits for somebody; known only once all is decided
};

// What waits on the other side, or for a member to let it go. What was refused or given up waits as a routing task.
bool is_open(const filing::ReferralRow& referral) {
  constexpr std::array<std::string_view, 5> kSettled{"outcome", "withdrawn", "rerouted", "refused", "choose_channel"};
  return std::ranges::find(kSettled, referral.state) == kSettled.end();
}

Result<> add_subject(store::Reader& reader, BytesView subject, Progress& progress) {
  TUTELA_ASSIGN(const auto referrals, filing::referrals_of_subject(reader, subject));
  if (std::ranges::any_of(referrals, is_open)) progress.open = true;
  TUTELA_ASSIGN(const auto tasks, filing::open_routing_tasks_of(reader, subject));
  if (!tasks.empty()) progress.open = true;
  return {};
}

// What is open is looked for only where everything is decided: nobody asks for it before.
Result<Progress> progress_of(store::Reader& reader, const ReportId& report) {
  Progress progress;
  TUTELA_ASSIGN(const auto items, intake::items_of_report(reader, report));
  for (const auto& id : items) {
    TUTELA_ASSIGN(const auto item, review::find_item(reader, id));
    if (item.state != "final") progress.decided = false;
  }
  TUTELA_ASSIGN(const auto concerns, casework::concerns_of_report(reader, report));
  for (const auto& concern : concerns)
    if (!concern.assessment) progress.decided = false;
  if (!progress.decided) return progress;

  for (const auto& id : items) {
    TUTELA_TRY(add_subject(reader, id.bytes(), progress));
    TUTELA_ASSIGN(const auto notices, notice::notices_of_item(reader, id));
    for (const auto& notice : notices)
      if (!notice.closed_at) progress.open = true;
  }
  for (const auto& concern : concerns) {
    if (!concern.closed_at) progress.open = true;
    TUTELA_TRY(add_subject(reader, concern.id.bytes(), progress));
  }
  return progress;
}

Result<> move(const Context& context, store::Transaction& tx, intake::ReportRow& row, ReportState to, const Actor& actor) {
  TUTELA_ASSIGN(const auto from, intake::parse_report_state(row.state));
  TUTELA_TRY(intake::check_transition(from, to));
  TUTELA_TRY(intake::set_report_state(tx, row, std::string(intake::to_word(to))));
  TUTELA_ASSIGN(row, intake::find_report(tx, row.id));
  return record(context, tx, "report.advanced", About("report", row.id), actor, {{"state", row.state}});
}

}  // namespace

Bytes receipt_hash(const Context& context, const intake::Receipt& receipt) {
  const auto mac = crypto::keyed_hash(context.keys.lookup_key(), "receipt", receipt.reveal_secret());
  return Bytes(mac.begin(), mac.end());
}

Result<ReporterState> state_for_receipt(const Context& context, const intake::Receipt& receipt) {
  TUTELA_ASSIGN(const auto row, in_snapshot<std::optional<intake::ReportRow>>(context.store, [&](store::Reader& reader) {
                  return intake::find_report_by_receipt(reader, receipt_hash(context, receipt));
                }));
  if (!row) return fail(ErrorCode::not_found, "receipt.unknown");
  return state_of(context, *row);
}

Result<ReporterState> state_for_token(const Context& context, const ReportId& report, const TokenId& token) {
  TUTELA_ASSIGN(const auto row, in_snapshot<intake::ReportRow>(
                                    context.store, [&](store::Reader& reader) { return intake::find_report(reader, report); }));
  if (row.token_id != token) return fail(ErrorCode::not_found, "report.unknown");
  return state_of(context, row);
}

Result<> release_word(const Context& context, const ReportId& report, const std::string& word, const SignedIn& member) {
  if (std::ranges::find(kReleasedWords, word) == kReleasedWords.end())
    return fail(ErrorCode::invalid, "report.bad_word", "field word");
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto row, intake::find_report(tx, report));
    TUTELA_TRY(intake::set_released_word(tx, row, word));
    return record(context, tx, "report.word_released", About("report", report), member.actor(), {{"word", word}});
  });
}

Result<> settle_report(const Context& context, store::Transaction& tx, const ReportId& id) {
  TUTELA_ASSIGN(auto row, intake::find_report(tx, id));
  TUTELA_ASSIGN(const auto progress, progress_of(tx, id));
  const auto is = [&](ReportState state) { return row.state == intake::to_word(state); };
  const auto to = [&](ReportState state) { return move(context, tx, row, state, Actor::node()); };
  if (!progress.decided) {
    if (is(ReportState::decided) || is(ReportState::closed)) return to(ReportState::reopened);
    return {};
  }
  // Decided anew without a member: what was reopened is by another entry what it was.
  if (is(ReportState::reopened)) TUTELA_TRY(to(ReportState::in_review));
  if (is(ReportState::triaged) || is(ReportState::in_review)) TUTELA_TRY(to(ReportState::decided));
  if (!progress.open && is(ReportState::decided)) TUTELA_TRY(to(ReportState::closed));
  return {};
}

Result<> settle_reports(const Context& context, store::Transaction& tx, const About& subject) {
  if (subject.type == "item") {
    TUTELA_ASSIGN(const auto item, ItemId::from_bytes(subject.id));
    TUTELA_ASSIGN(const auto reports, intake::reports_of_item(tx, item));
    for (const auto& report : reports) TUTELA_TRY(settle_report(context, tx, report));
    return {};
  }
  TUTELA_ASSIGN(const auto id, ConcernId::from_bytes(subject.id));
  TUTELA_ASSIGN(const auto concern, casework::find_concern(tx, id));
  return settle_report(context, tx, concern.report_id);
}

Result<> take_into_review(const Context& context, store::Transaction& tx, const ReportId& report, const Actor& actor) {
  TUTELA_ASSIGN(auto row, intake::find_report(tx, report));
  if (row.state == intake::to_word(ReportState::triaged) || row.state == intake::to_word(ReportState::reopened))
    return move(context, tx, row, ReportState::in_review, actor);
  return {};
}

}  // namespace tutela::line
