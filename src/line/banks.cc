#include "line/banks.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/log.h"
#include "line/matching.h"
#include "line/reports.h"
#include "line/retention.h"
#include "line/reviewing.h"
#include "line/sealed.h"
#include "review/item_repository.h"
#include "review/item_state.h"
#include "review/review_repository.h"

namespace tutela::line {
namespace {

bool is_distance(int distance_bits_max) { return distance_bits_max >= 0 && distance_bits_max <= 256; }

// A name stands in file names and in command lines.
bool is_bank_name(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 64;
  return !name.empty() && name.size() <= kNameBytesMax && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(
             name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

void take_over_change(const Context& context) {
  // The change is committed and must be answered as such.
  if (const auto taken = context.banks.take_over(context.store); !taken)
    log::error("banks.not_taken_over", {{"error", taken.error()}});
}

Result<match::BankRow> create_bank(const Context& context, const NewBank& bank, const Actor& actor) {
  if (!is_bank_name(bank.name)) return fail(ErrorCode::invalid, "bank.bad_name", "field name");
  if (!is_distance(bank.distance_bits_max)) return fail(ErrorCode::invalid, "bank.distance_out_of_range", "field threshold");
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
  take_over_change(context);
  return row;
}

Result<> check_wide_room(store::Reader& reader, const match::BankRow& bank, std::int64_t adding) {
  if (bank.threshold <= match::kDistanceBitsIndexedMax) return {};
  TUTELA_ASSIGN(const auto held, match::count_entries(reader, bank.id, limits::kWideBankEntriesMax + 1));
  if (held + adding > limits::kWideBankEntriesMax)
    return fail(ErrorCode::limit, "bank.wide_too_large", "at most " + std::to_string(limits::kWideBankEntriesMax) + " entries");
  return {};
}

Result<> check_reason(const std::string& reason) {
  if (reason.empty()) return fail(ErrorCode::invalid, "bank.reason_missing", "field reason");
  if (reason.size() > limits::kReasonBytesMax) return fail(ErrorCode::limit, "bank.reason_too_long", "field reason");
  return {};
}

Result<> change_threshold(const Context& context, const BankId& id, int distance_bits_max, const SignedIn& member,
                          const std::string& reason) {
  if (!is_distance(distance_bits_max)) return fail(ErrorCode::invalid, "bank.distance_out_of_range", "field threshold");
  TUTELA_TRY(check_reason(reason));
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto bank, match::find_bank(tx, id));
    if (bank.purpose == match::to_word(match::BankPurpose::safe)) return fail(ErrorCode::denied, "bank.safe_is_exact");
    // It grows with every verdict, and no verdict may fail because it is full.
    if (bank.name == kOwnBank && std::cmp_greater(distance_bits_max, match::kDistanceBitsIndexedMax))
      return fail(ErrorCode::denied, "bank.own_stays_indexed", "at most " + std::to_string(match::kDistanceBitsIndexedMax));
    if (bank.threshold == distance_bits_max) return {};
    TUTELA_TRY(match::set_bank_threshold(tx, bank, distance_bits_max));
    bank.threshold = distance_bits_max;
    TUTELA_TRY(check_wide_room(tx, bank, 0));
    TUTELA_TRY(keep_reason(context, tx, "bank.threshold_changed", About("bank", id), member, reason));
    return record(context, tx, "bank.threshold_changed", About("bank", id), member.actor(), {{"threshold", distance_bits_max}});
  }));
  take_over_change(context);
  return {};
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
                    const Actor& actor) {
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
  if (is_final) TUTELA_TRY(record(context, tx, "item.reopened", About("item", id), actor, {{"entry", entry.id.to_string()}}));
  if (acted)
    TUTELA_TRY(record(context, tx, "item.action", About("item", id), actor,
                      {{"action", "none"}, {"why", "entry withdrawn"}, {"entry", entry.id.to_string()}}));
  // Another entry may hold it, or decide it, all the same.
  TUTELA_TRY(match_item(context, tx, id));
  if (is_final) TUTELA_TRY(settle_reports(context, tx, About("item", id)));
  return true;
}

// What a withdrawal is, without what follows from it and without the member's reason.
Result<> mark_withdrawn(const Context& context, store::Transaction& tx, const match::EntryRow& entry, const Actor& actor,
                        nlohmann::json facts) {
  facts["entry"] = entry.id.to_string();
  TUTELA_TRY(match::set_entry_status(tx, entry, "withdrawn"));
  return record(context, tx, "bank.entry_withdrawn", About("bank", entry.bank_id), actor, facts);
}

// Once every entry is marked: an item that rested on two of them is compared anew without either.
Result<std::vector<ItemId>> reopen_resting_on(const Context& context, store::Transaction& tx,
                                              const std::vector<match::EntryRow>& entries, const Actor& actor) {
  std::vector<ItemId> reopened;
  std::set<ItemId> done;
  for (const auto& entry : entries) {
    TUTELA_ASSIGN(auto resting, match::items_resting_on(tx, entry.id));
    if (entry.item_id && std::ranges::find(resting, *entry.item_id) == resting.end()) resting.push_back(*entry.item_id);
    for (const auto& item : resting) {
      if (done.contains(item)) continue;
      TUTELA_ASSIGN(const bool rested, reopen(context, tx, entry, item, actor));
      if (!rested) continue;
      reopened.push_back(item);
      done.insert(item);
    }
  }
  return reopened;
}

}  // namespace

Result<bool> withdraw_again(const Context& context, const EntryId& id) {
  TUTELA_TRY(context.banks.refresh(context.store));
  bool changed = false;
  const auto written = context.store.write([&](store::Transaction& tx) -> Result<> {
    changed = false;
    const auto entry = match::find_entry(tx, id);
    // Younger than the backup: it went with it.
    if (!entry && entry.error().code == ErrorCode::not_found) return {};
    if (!entry) return std::unexpected(entry.error());
    if (entry->status == "withdrawn") return {};
    TUTELA_TRY(mark_withdrawn(context, tx, *entry, Actor::node(), {{"after_restore", 1}}));
    TUTELA_TRY(reopen_resting_on(context, tx, {*entry}, Actor::node()));
    changed = true;
    return {};
  });
  take_over_change(context);
  TUTELA_TRY(written);
  return changed;
}

Result<Withdrawn> withdraw_entries(const Context& context, const std::vector<EntryId>& ids, const SignedIn& member,
                                   const std::string& reason) {
  TUTELA_TRY(check_reason(reason));
  if (ids.size() > kWithdrawnAtOnceMax) return fail(ErrorCode::limit, "bank.too_many_entries");
  if (!context.settings.after_list.empty()) TUTELA_TRY(vault::check_after_list_has_room(context.settings.after_list, ids.size()));
  TUTELA_TRY(context.banks.refresh(context.store));
  Withdrawn done;
  const auto written = context.store.write([&](store::Transaction& tx) -> Result<> {
    done = {};
    std::vector<match::EntryRow> entries;
    for (const EntryId& id : ids) {
      const auto entry = match::find_entry(tx, id);
      if (!entry && entry.error().code != ErrorCode::not_found) return std::unexpected(entry.error());
      if (!entry || entry->status == "withdrawn") {
        (entry ? done.already : done.unknown).push_back(id);
        continue;
      }
      TUTELA_TRY(keep_reason(context, tx, "bank.entry_withdrawn", About("entry", id), member, reason));
      TUTELA_TRY(mark_withdrawn(context, tx, *entry, member.actor(), {}));
      entries.push_back(*entry);
      done.entries.push_back(id);
    }
    TUTELA_ASSIGN(done.reopened, reopen_resting_on(context, tx, entries, member.actor()));
    return {};
  });
  // Also where nobody knows whether it was committed.
  take_over_change(context);
  TUTELA_TRY(written);
  return done;
}

Result<std::vector<ItemId>> withdraw_entry(const Context& context, const EntryId& id, const SignedIn& member,
                                           const std::string& reason) {
  TUTELA_ASSIGN(auto done, withdraw_entries(context, {id}, member, reason));
  if (!done.unknown.empty()) return fail(ErrorCode::not_found, "bank.unknown_entry");
  if (!done.already.empty()) return fail(ErrorCode::conflict, "bank.already_withdrawn");
  return std::move(done.reopened);
}

}  // namespace tutela::line
