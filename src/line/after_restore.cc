#include "line/after_restore.h"

#include <nlohmann/json.hpp>

#include "line/banks.h"
#include "line/record.h"
#include "line/survivors.h"
#include "match/bank_repository.h"
#include "retention/retention_repository.h"

namespace tutela::line {
namespace {

template <class IdType>
Result<IdType> id_of(const vault::AfterSubject& subject) {
  const auto id = IdType::parse(subject.id);
  if (!id) return fail(ErrorCode::corrupt, "after_list.malformed", subject.type);
  return *id;
}

Result<> withdraw(const Context& context, const vault::AfterSubject& subject, AfterApplied& applied) {
  if (subject.type == "entry") {
    TUTELA_ASSIGN(const auto id, id_of<EntryId>(subject));
    TUTELA_ASSIGN(const bool changed, withdraw_again(context, id));
    applied.withdrawn += changed ? 1 : 0;
    return {};
  }
  if (subject.type != "bank") return fail(ErrorCode::corrupt, "after_list.malformed", subject.type);
  TUTELA_ASSIGN(const auto bank, id_of<BankId>(subject));
  TUTELA_ASSIGN(const auto entries, in_snapshot<std::vector<match::EntryRow>>(context.store, [&](store::Reader& reader) {
                  return match::entries_of_bank(reader, bank);
                }));
  for (const auto& entry : entries) {
    if (entry.status == "withdrawn") continue;
    TUTELA_ASSIGN(const bool changed, withdraw_again(context, entry.id));
    applied.withdrawn += changed ? 1 : 0;
  }
  return {};
}

Result<> destroy(const Context& context, const vault::AfterSubject& subject, AfterApplied& applied) {
  const auto destroyed = vault::parse_destruction_class(subject.id);
  if (subject.type != "class" || !destroyed) return fail(ErrorCode::corrupt, "after_list.malformed", subject.type);
  const bool was_destroyed = context.keys.is_destroyed(*destroyed);
  if (!was_destroyed) TUTELA_TRY(context.keys.destroy_class(*destroyed, context.clock.now()));
  // The backup may have brought files of the class back, whatever became of its key.
  if (destroyed->record == vault::RecordClass::item) TUTELA_TRY(empty_items(context, *destroyed));
  if (was_destroyed) return {};
  ++applied.destroyed;
  return context.store.write([&](store::Transaction& tx) {
    return record(context, tx, "retention.destroyed", {"class", as_bytes(subject.id)}, Actor::node(), {{"after_restore", 1}});
  });
}

// Who set or lifted it is not in the list: the node stands in, with an id that no member has.
MemberId nobody() { return MemberId::from_bytes(Bytes(16, 0)).value(); }

// What is held was found in the backup; a record that is younger went with it.
Result<> set_hold_again(const Context& context, const vault::AfterEntry& entry, AfterApplied& applied) {
  TUTELA_ASSIGN(const auto id, id_of<HoldId>(entry.subject));
  TUTELA_ASSIGN(const auto type, retention::parse_hold_subject(entry.about.type));
  TUTELA_ASSIGN(const auto held, id_of<Id<struct HeldTag>>(entry.about));
  const Bytes subject(held.bytes().begin(), held.bytes().end());
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    const auto known = retention::find_hold(tx, id);
    if (known) return {};
    if (known.error().code != ErrorCode::not_found) return std::unexpected(known.error());
    const auto record_of_it = retention::wrapped_key_of(tx, type, subject);
    if (!record_of_it && record_of_it.error().code == ErrorCode::not_found) return {};
    TUTELA_TRY(record_of_it);
    TUTELA_TRY(retention::insert_hold(tx, {id, type, subject, nobody(), entry.at}));
    ++applied.holds;
    return record(context, tx, "hold.set", {type, subject}, Actor::node(), {{"hold", id.to_string()}, {"after_restore", 1}});
  });
}

Result<> lift_hold_again(const Context& context, const vault::AfterEntry& entry, AfterApplied& applied) {
  TUTELA_ASSIGN(const auto id, id_of<HoldId>(entry.subject));
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    auto known = retention::find_hold(tx, id);
    if (!known && known.error().code == ErrorCode::not_found) return {};
    TUTELA_TRY(known);
    if (known->lifted_at) return {};
    known->lifted_at = entry.at;
    known->lifted_by = nobody();
    TUTELA_TRY(retention::update_hold(tx, *known));
    ++applied.holds;
    return record(context, tx, "hold.lifted", {known->subject_type, known->subject_id}, Actor::node(),
                  {{"hold", id.to_string()}, {"after_restore", 1}});
  });
}

}  // namespace

Result<AfterApplied> apply_after_list(const Context& context, std::span<const vault::AfterEntry> entries) {
  AfterApplied applied;
  // Holds first and their ends last, so that the order of the lines does not matter.
  for (const auto& entry : entries)
    if (entry.kind == vault::AfterKind::hold_set) TUTELA_TRY(set_hold_again(context, entry, applied));
  for (const auto& entry : entries)
    if (entry.kind == vault::AfterKind::withdrawal) TUTELA_TRY(withdraw(context, entry.subject, applied));
  for (const auto& entry : entries)
    if (entry.kind == vault::AfterKind::tombstone) TUTELA_TRY(destroy(context, entry.subject, applied));
  for (const auto& entry : entries)
    if (entry.kind == vault::AfterKind::hold_lifted) TUTELA_TRY(lift_hold_again(context, entry, applied));
  return applied;
}

namespace {

// What is not there any more, or never was, cannot be undone.
template <class T>
Result<std::optional<T>> if_found(Result<T> found) {
  if (found) return std::optional<T>(*std::move(found));
  if (found.error().code == ErrorCode::not_found) return std::optional<T>();
  return std::unexpected(found.error());
}

bool key_came_back(const vault::KeyStore& keys, const vault::AfterEntry& entry) {
  if (entry.kind != vault::AfterKind::tombstone) return false;
  const auto destroyed = vault::parse_destruction_class(entry.subject.id);
  return destroyed && !keys.is_destroyed(*destroyed);
}

std::unexpected<Error> not_applied(const vault::AfterEntry& entry) {
  return fail(ErrorCode::conflict, "restore.list_not_applied", std::string(vault::to_word(entry.kind)));
}

Result<bool> was_undone(store::Reader& reader, const vault::AfterEntry& entry) {
  switch (entry.kind) {
    case vault::AfterKind::withdrawal: {
      if (entry.subject.type != "entry") return false;
      TUTELA_ASSIGN(const auto id, id_of<EntryId>(entry.subject));
      TUTELA_ASSIGN(const auto found, if_found(match::find_entry(reader, id)));
      return found && found->status != "withdrawn";
    }
    case vault::AfterKind::hold_set: {
      TUTELA_ASSIGN(const auto id, id_of<HoldId>(entry.subject));
      TUTELA_ASSIGN(const auto type, retention::parse_hold_subject(entry.about.type));
      TUTELA_ASSIGN(const auto held, id_of<Id<struct HeldTag>>(entry.about));
      TUTELA_ASSIGN(const auto hold, if_found(retention::find_hold(reader, id)));
      if (hold) return false;
      TUTELA_ASSIGN(const auto record,
                    if_found(retention::wrapped_key_of(reader, type, Bytes(held.bytes().begin(), held.bytes().end()))));
      return record.has_value();
    }
    default:
      return false;
  }
}

}  // namespace

Result<> check_keys_know_list(const vault::KeyStore& keys, std::span<const vault::AfterEntry> entries) {
  for (const auto& entry : entries)
    if (key_came_back(keys, entry)) return not_applied(entry);
  return {};
}

Result<> check_list_is_applied(const vault::KeyStore& keys, store::Reader& reader, std::span<const vault::AfterEntry> entries) {
  TUTELA_TRY(check_keys_know_list(keys, entries));
  for (const auto& entry : entries) {
    TUTELA_ASSIGN(const bool is_undone, was_undone(reader, entry));
    if (is_undone) return not_applied(entry);
  }
  return {};
}

}  // namespace tutela::line
