#include "line/banks.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "line/matching.h"
#include "line/reports.h"
#include "line/reviewing.h"
#include "line/sealed.h"
#include "match/bank_snapshot.h"
#include "review/item_repository.h"
#include "review/item_state.h"
#include "review/review_repository.h"

namespace tutela::line {
namespace {

Result<std::vector<match::BankSnapshot>> read_banks(store::Reader& reader) {
  TUTELA_ASSIGN(const auto fingerprints, match::list_entry_fingerprints(reader));
  TUTELA_ASSIGN(const auto banks, match::list_banks(reader));
  std::vector<match::BankSnapshot> snapshots;
  for (const auto& bank : banks) {
    TUTELA_ASSIGN(const auto entries, match::entries_of_bank(reader, bank.id));
    TUTELA_ASSIGN(auto snapshot, match::make_bank_snapshot(bank, entries, fingerprints));
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

// A name stands in file names and in command lines.
bool is_bank_name(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 64;
  return !name.empty() && name.size() <= kNameBytesMax && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(
             name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

BankIndex::BankIndex() : current_(std::make_shared<const Snapshot>(match::MatchIndex::build({}).value(), 0)) {}

Result<> BankIndex::rebuild(store::Store& store) {
  const std::lock_guard lock(rebuilding_);
  const std::int64_t changes = changes_;
  TUTELA_ASSIGN(const auto banks, in_snapshot<std::vector<match::BankSnapshot>>(store, read_banks));
  TUTELA_ASSIGN(auto index, match::MatchIndex::build(banks));
  current_.store(std::make_shared<const Snapshot>(std::move(index), ++generation_));
  built_ = changes;
  return {};
}

Result<> BankIndex::refresh(store::Store& store) {
  if (built_ >= changes_) return {};
  return rebuild(store);
}

void take_over_change(const Context& context) {
  context.banks.note_change();
  // The change is committed and must be answered as such. Until the index has it, whoever asks builds it first.
  if (const auto built = context.banks.refresh(context.store); !built)
    log::error("banks.not_rebuilt", {{"error", built.error()}});
}

Result<match::BankRow> create_bank(const Context& context, const NewBank& bank, const Actor& actor) {
  if (!is_bank_name(bank.name)) return fail(ErrorCode::invalid, "bank.bad_name", "field name");
  if (bank.distance_bits_max < 0 || bank.distance_bits_max > 256)
    return fail(ErrorCode::invalid, "match.distance_out_of_range", "field threshold");
  const Time now = context.clock.now();
  match::BankRow row{BankId::make(now, context.random),
                     bank.name,
                     std::string(match::to_word(bank.purpose)),
                     bank.distance_bits_max,
                     bank.source,
                     bank.legal_basis,
                     now,
                     1};
  const auto inserted = context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(match::insert_bank(tx, row));
    return record(context, tx, "bank.created", About("bank", row.id), actor, {{"purpose", row.purpose}});
  });
  if (!inserted && inserted.error().reason == Reason("store.duplicate_key")) return fail(ErrorCode::conflict, "bank.name_taken");
  TUTELA_TRY(inserted);
  return row;
}

Result<std::optional<EntryId>> add_own_entry(const Context& context, store::Transaction& tx, const OwnEntry& entry,
                                             const Actor& actor) {
  TUTELA_ASSIGN(const auto fingerprints, review::fingerprints_of_item(tx, entry.item));
  if (fingerprints.empty()) return std::nullopt;
  TUTELA_ASSIGN(const auto bank, match::find_bank_by_name(tx, std::string(kOwnBank)));
  if (!bank) return fail(ErrorCode::internal, "bank.own_missing");
  const Time now = context.clock.now();
  const EntryId id = EntryId::make(now, context.random);
  TUTELA_TRY(match::insert_entry(
      tx, {id, bank->id, "active", entry.act, entry.age_band, bank->source, entry.item, entry.first, entry.second, now, 1}));
  for (const auto& fingerprint : fingerprints)
    TUTELA_TRY(match::insert_entry_fingerprint(tx, {id, fingerprint.algorithm, fingerprint.value, fingerprint.quality}));
  TUTELA_TRY(
      record(context, tx, "bank.entry_added", About("bank", bank->id), actor,
             {{"entry", id.to_string()}, {"item", entry.item.to_string()}, {"act", entry.act}, {"age_band", entry.age_band}}));
  return id;
}

namespace {

// What the item rested on the entry with: its verdict, or only a match that holds it.
Result<bool> reopen(const Context& context, store::Transaction& tx, const match::EntryRow& entry, const ItemId& id,
                    const SignedIn& member) {
  TUTELA_ASSIGN(auto item, review::find_item(tx, id));
  TUTELA_ASSIGN(const auto state, review::parse_item_state(item.state));
  const bool is_final = state == review::ItemState::final;
  if (is_final) {
    // A verdict of members who judged the item themselves does not rest on what it once matched.
    TUTELA_ASSIGN(const auto verdict, review::find_verdict(tx, id));
    if (entry.item_id != id && !(verdict && verdict->inherited_entry == entry.id)) return false;
    TUTELA_TRY(review::check_transition(state, review::ItemState::queued));
    item.state = review::to_word(review::ItemState::queued);
    item.due_at = context.clock.now() + kReviewClock;
    TUTELA_TRY(review::delete_verdict(tx, id));
    TUTELA_TRY(review::delete_assessments(tx, id));
  }
  const bool acted = item.action != "none";
  item.action = "none";
  if (is_final || acted) TUTELA_TRY(review::update_item(tx, item));
  if (is_final)
    TUTELA_TRY(record(context, tx, "item.reopened", About("item", id), member.actor(), {{"entry", entry.id.to_string()}}));
  if (acted)
    TUTELA_TRY(record(context, tx, "item.action", About("item", id), member.actor(),
                      {{"action", "none"}, {"why", "entry withdrawn"}, {"entry", entry.id.to_string()}}));
  // Another entry may hold it, or decide it, all the same.
  TUTELA_TRY(match_item(context, tx, id));
  if (is_final) TUTELA_TRY(settle_reports(context, tx, About("item", id)));
  return true;
}

}  // namespace

Result<std::vector<ItemId>> withdraw_entry(const Context& context, const EntryId& id, const SignedIn& member,
                                           const std::string& reason) {
  if (reason.empty()) return fail(ErrorCode::invalid, "bank.reason_missing", "field reason");
  std::vector<ItemId> reopened;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    reopened.clear();
    TUTELA_ASSIGN(const auto entry, match::find_entry(tx, id));
    if (entry.status == "withdrawn") return fail(ErrorCode::conflict, "bank.already_withdrawn");
    TUTELA_TRY(match::set_entry_status(tx, entry, "withdrawn"));
    TUTELA_TRY(
        record(context, tx, "bank.entry_withdrawn", About("bank", entry.bank_id), member.actor(), {{"entry", id.to_string()}}));
    TUTELA_TRY(keep_reason(context, tx, "bank.entry_withdrawn", About("entry", id), member, reason));
    TUTELA_ASSIGN(auto resting, match::items_resting_on(tx, id));
    if (entry.item_id && std::ranges::find(resting, *entry.item_id) == resting.end()) resting.push_back(*entry.item_id);
    for (const auto& item : resting) {
      TUTELA_ASSIGN(const bool rested, reopen(context, tx, entry, item, member));
      if (rested) reopened.push_back(item);
    }
    return {};
  }));
  take_over_change(context);
  return reopened;
}

}  // namespace tutela::line
