#include "line/retention.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "line/sealed.h"
#include "line/survivors.h"
#include "retention/erasure_repository.h"

namespace tutela::line {
namespace {

using retention::DestructionRow;
using retention::DestructionState;
using retention::KeyedRow;
using retention::KeyedTable;

constexpr std::int64_t kListedMax = 500;
constexpr Duration kAskedAgainAfter = std::chrono::days(30);

// The class that a row survives in; nothing if it does not.
Result<std::optional<vault::DestructionClass>> survives_in(const Context& context, const KeyedRow& row,
                                                           const vault::DestructionClass& destroyed) {
  if (row.kept)
    return std::optional(vault::DestructionClass{destroyed.record, vault::month_after(context.clock.now(), kKeptMonths)});
  if (!row.subject_wrapped_key) return std::nullopt;
  TUTELA_ASSIGN(const auto subject, vault::class_of_wrapped(*row.subject_wrapped_key));
  const bool goes_with_it = subject.due < destroyed.due || vault::to_string(subject) == vault::to_string(destroyed);
  if (goes_with_it || context.keys.is_destroyed(subject)) return std::nullopt;
  return std::optional(vault::DestructionClass{destroyed.record, subject.due});
}

Destination to_later_month(const Context& context, const vault::DestructionClass& destroyed) {
  return [&context, destroyed](const KeyedTable&, const KeyedRow& row) { return survives_in(context, row, destroyed); };
}

Result<> check_may_begin(store::Reader& reader, const DestructionRow& row, const vault::DestructionClass& destroyed, Time now) {
  if (!retention::is_due(destroyed.due, now)) return fail(ErrorCode::conflict, "retention.not_due");
  // It was proposed between two steps of an erasure, which moves what this would move.
  TUTELA_ASSIGN(const bool is_dropped, retention::is_dropped_by_erasure(reader, row.class_name));
  if (is_dropped) return fail(ErrorCode::conflict, "retention.class_busy");
  if (row.schedule) {
    TUTELA_ASSIGN(const auto schedule, retention::find_schedule(reader, *row.schedule));
    if (!schedule.is_in_force()) return fail(ErrorCode::conflict, "retention.schedule_ended");
  }
  return check_clock(reader);
}

Result<> enter(store::Transaction& tx, DestructionRow& row, DestructionState state) {
  TUTELA_TRY(retention::check_transition(row.state, state));
  row.state = state;
  TUTELA_TRY(retention::update_destruction(tx, row));
  ++row.version;
  return {};
}

// Step 1 of spec/keys.md.
Result<> declare_intent(const Context& context, DestructionRow row, const vault::DestructionClass& destroyed) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(row, retention::find_destruction(tx, row.id));
    TUTELA_TRY(check_may_begin(tx, row, destroyed, context.clock.now()));
    TUTELA_TRY(enter(tx, row, DestructionState::intended));
    return record(context, tx, "retention.intended", about_class(row.class_name), Actor::node(),
                  {{"destruction", row.id.to_string()}});
  });
}

// Step 2: what survives is moved, and then holds, clock and schedule are looked at for the last time, in the transaction that
// says so.
Result<> commit_to_destroy(const Context& context, const DestructionRow& begun, const vault::DestructionClass& destroyed) {
  // What survives because its subject stands in another generation of this month goes to one, too.
  TUTELA_TRY(context.keys.close_class(destroyed, context.clock.now()));
  TUTELA_ASSIGN(const auto kept, move_survivors(context, destroyed, to_later_month(context, destroyed)));
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(retention::take_guard(tx));
    TUTELA_ASSIGN(auto row, retention::find_destruction(tx, begun.id));
    TUTELA_TRY(check_may_begin(tx, row, destroyed, context.clock.now()));
    TUTELA_ASSIGN(const auto moved, move_late_survivors(context, tx, destroyed, to_later_month(context, destroyed)));
    row.kept += kept + moved.kept;
    row.destroyed = moved.left;
    return enter(tx, row, DestructionState::destroying);
  });
}

// Steps 3 and 4.
Result<> destroy(const Context& context, const DestructionRow& committed, const vault::DestructionClass& destroyed) {
  TUTELA_TRY(context.keys.destroy_class(destroyed, context.clock.now()));
  if (destroyed.record == vault::RecordClass::item) TUTELA_TRY(empty_items(context, destroyed));
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, retention::find_destruction(tx, committed.id));
    if (row.state == DestructionState::destroyed) return {};
    row.finished_at = context.clock.now();
    TUTELA_TRY(enter(tx, row, DestructionState::destroyed));
    return record(
        context, tx, "retention.destroyed", about_class(row.class_name), Actor::node(),
        {{"class", row.class_name}, {"destruction", row.id.to_string()}, {"records", row.destroyed}, {"kept", row.kept}});
  });
}

Result<bool> propose_class(const Context& context, store::Transaction& tx, const vault::DestructionClass& due,
                           const std::vector<retention::ScheduleRow>& schedules) {
  const Time now = context.clock.now();
  const auto name = vault::to_string(due);
  TUTELA_ASSIGN(auto row, retention::find_destruction_of(tx, name));
  TUTELA_ASSIGN(const bool is_dropped, retention::is_dropped_by_erasure(tx, name));
  if (is_dropped) return false;
  bool changed = false;
  if (!row) {
    row = DestructionRow{.id = DestructionId::make(now, context.random), .class_name = name, .proposed_at = now};
    TUTELA_TRY(retention::insert_destruction(tx, *row));
    changed = true;
  } else if (row->state == DestructionState::refused && row->decided_at && now - *row->decided_at >= kAskedAgainAfter) {
    row->proposed_at = now;
    TUTELA_TRY(enter(tx, *row, DestructionState::proposed));
    changed = true;
  }
  if (changed)
    TUTELA_TRY(
        record(context, tx, "retention.proposed", about_class(name), Actor::node(), {{"destruction", row->id.to_string()}}));
  for (const auto& schedule : schedules) {
    const auto approved = retention::approve_by_schedule(*row, schedule, now);
    if (!approved) continue;
    TUTELA_TRY(retention::update_destruction(tx, *approved));
    TUTELA_TRY(record(context, tx, "retention.approved", about_class(name), Actor::node(),
                      {{"destruction", row->id.to_string()}, {"schedule", schedule.id.to_string()}}));
    return true;
  }
  return changed;
}

}  // namespace

Result<> restage_after_list(store::Transaction& tx) {
  const auto id = [](const Bytes& bytes) -> Result<std::string> {
    TUTELA_ASSIGN(const auto parsed, Id<struct SubjectTag>::from_bytes(bytes));
    return parsed.to_string();
  };
  TUTELA_ASSIGN(const auto known, retention::list_after_facts(tx, kRestagedWithdrawalsMax));
  for (auto fact : known) {
    TUTELA_ASSIGN(const auto row_id, id(fact.id));
    const bool is_hold = fact.subject_type == "hold";
    if (fact.subject_type != "class") fact.subject_id = row_id;
    if (is_hold) {
      TUTELA_ASSIGN(fact.about_id, id(to_bytes(fact.about_id)));
    } else {
      fact.about_type = fact.subject_type;
      fact.about_id = fact.subject_id;
    }
    // One id a line: a lifted hold has two.
    if (fact.kind == vault::to_word(vault::AfterKind::hold_lifted)) fact.id.push_back(1);
    TUTELA_TRY(retention::replace_pending(tx, fact));
  }
  return {};
}

Result<> write_restaged(const Context& context, const std::filesystem::path& path) {
  for (;;) {
    TUTELA_ASSIGN(const auto pending, in_snapshot<std::vector<retention::PendingRow>>(context.store, [](store::Reader& reader) {
                    return retention::list_pending(reader, kListedMax);
                  }));
    if (pending.empty()) return {};
    std::vector<vault::AfterEntry> entries;
    for (const auto& row : pending) {
      TUTELA_ASSIGN(const auto kind, vault::parse_after_kind(row.kind));
      entries.push_back({kind, {row.subject_type, row.subject_id}, {row.about_type, row.about_id}, row.at});
    }
    // In the list before it leaves the table: the same once more is not written again.
    TUTELA_TRY(vault::append_to_after_list(path, context.keys.signing_key(), entries));
    TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
      for (const auto& row : pending) TUTELA_TRY(retention::delete_pending(tx, row.id));
      return {};
    }));
  }
}

Result<retention::ClockRow> watch_clock(const Context& context, const retention::ClockReading& reading) {
  return in_transaction<retention::ClockRow>(context.store, [&](store::Transaction& tx) -> Result<retention::ClockRow> {
    TUTELA_ASSIGN(const auto before, retention::find_clock(tx));
    auto row = retention::observe(before, reading);
    TUTELA_TRY(retention::put_clock(tx, row));
    if (row.why == "jump" && (!before || before->why != "jump" || before->quiet_left < row.quiet_left))
      TUTELA_TRY(record(context, tx, "retention.clock_jumped", About::node(), Actor::node()));
    return row;
  });
}

Result<> note_restore(store::Transaction& tx, const retention::ClockReading& reading) {
  return retention::put_clock(tx, retention::after_restore(reading));
}

Result<std::size_t> propose_destructions(const Context& context) {
  TUTELA_ASSIGN(const auto classes, context.keys.classes());
  std::size_t moved = 0;
  for (const auto& one : classes) {
    if (!retention::is_due(one.due, context.clock.now())) continue;
    TUTELA_ASSIGN(const bool changed, in_transaction<bool>(context.store, [&](store::Transaction& tx) -> Result<bool> {
                    TUTELA_ASSIGN(const auto schedules, retention::list_schedules(tx));
                    return propose_class(context, tx, one, schedules);
                  }));
    moved += changed ? 1 : 0;
  }
  return moved;
}

Result<DestructionRow> approve_destruction(const Context& context, const DestructionId& id, const SignedIn& member) {
  return in_transaction<DestructionRow>(context.store, [&](store::Transaction& tx) -> Result<DestructionRow> {
    TUTELA_ASSIGN(const auto row, retention::find_destruction(tx, id));
    TUTELA_ASSIGN(auto next, retention::approve(row, member.id(), context.clock.now()));
    TUTELA_TRY(retention::update_destruction(tx, next));
    ++next.version;
    TUTELA_TRY(record(context, tx, "retention.approved", about_class(row.class_name), member.actor(),
                      {{"destruction", id.to_string()}, {"state", retention::to_word(next.state)}}));
    return next;
  });
}

Result<DestructionRow> refuse_destruction(const Context& context, const DestructionId& id, const SignedIn& member) {
  return in_transaction<DestructionRow>(context.store, [&](store::Transaction& tx) -> Result<DestructionRow> {
    TUTELA_ASSIGN(const auto row, retention::find_destruction(tx, id));
    TUTELA_ASSIGN(auto next, retention::refuse(row, context.clock.now()));
    TUTELA_TRY(retention::update_destruction(tx, next));
    ++next.version;
    TUTELA_TRY(
        record(context, tx, "retention.refused", about_class(row.class_name), member.actor(), {{"destruction", id.to_string()}}));
    return next;
  });
}

Result<retention::ScheduleRow> begin_schedule(const Context& context, vault::RecordClass record_class, const SignedIn& member) {
  return in_transaction<retention::ScheduleRow>(context.store, [&](store::Transaction& tx) -> Result<retention::ScheduleRow> {
    const Time now = context.clock.now();
    retention::ScheduleRow row{ScheduleId::make(now, context.random), std::string(vault::to_word(record_class)), member.id(),
                               now};
    TUTELA_TRY(retention::insert_schedule(tx, row));
    TUTELA_TRY(record(context, tx, "retention.schedule_begun", About("schedule", row.id), member.actor(),
                      {{"class", row.record_class}}));
    return row;
  });
}

Result<retention::ScheduleRow> approve_schedule(const Context& context, const ScheduleId& id, const SignedIn& member) {
  return in_transaction<retention::ScheduleRow>(context.store, [&](store::Transaction& tx) -> Result<retention::ScheduleRow> {
    TUTELA_ASSIGN(const auto row, retention::find_schedule(tx, id));
    TUTELA_ASSIGN(auto next, retention::approve(row, member.id(), context.clock.now()));
    TUTELA_TRY(retention::update_schedule(tx, next));
    ++next.version;
    TUTELA_TRY(
        record(context, tx, "retention.schedule_approved", About("schedule", id), member.actor(), {{"class", row.record_class}}));
    return next;
  });
}

Result<retention::ScheduleRow> end_schedule(const Context& context, const ScheduleId& id, const SignedIn& member) {
  return in_transaction<retention::ScheduleRow>(context.store, [&](store::Transaction& tx) -> Result<retention::ScheduleRow> {
    TUTELA_ASSIGN(auto row, retention::find_schedule(tx, id));
    if (row.ended_at) return fail(ErrorCode::conflict, "retention.not_waiting");
    row.ended_at = context.clock.now();
    TUTELA_TRY(retention::update_schedule(tx, row));
    ++row.version;
    TUTELA_TRY(
        record(context, tx, "retention.schedule_ended", About("schedule", id), member.actor(), {{"class", row.record_class}}));
    return row;
  });
}

Result<retention::HoldRow> set_hold(const Context& context, const NewHold& hold, const SignedIn& member) {
  return in_transaction<retention::HoldRow>(context.store, [&](store::Transaction& tx) -> Result<retention::HoldRow> {
    const Time now = context.clock.now();
    TUTELA_ASSIGN(const auto type, retention::parse_hold_subject(hold.subject_type));
    if (hold.ends_at && *hold.ends_at <= now) return fail(ErrorCode::invalid, "hold.in_the_past", "field ends_at");
    TUTELA_TRY(retention::take_guard(tx));
    TUTELA_ASSIGN(const auto wrapped, retention::wrapped_key_of(tx, type, hold.subject_id));
    TUTELA_ASSIGN(const auto its_class, vault::class_of_wrapped(wrapped));
    TUTELA_ASSIGN(const auto destruction, retention::find_destruction_of(tx, vault::to_string(its_class)));
    if (destruction && destruction->state == DestructionState::destroying)
      return fail(ErrorCode::conflict, "hold.being_destroyed");
    TUTELA_ASSIGN(const bool is_being_erased, retention::is_being_erased(tx, hold.subject_id));
    if (is_being_erased) return fail(ErrorCode::conflict, "hold.being_destroyed");
    if (context.keys.is_destroyed(its_class)) return fail(ErrorCode::conflict, "hold.already_destroyed");
    retention::HoldRow row{HoldId::make(now, context.random), type, hold.subject_id, member.id(), now, hold.ends_at};
    TUTELA_TRY(retention::insert_hold(tx, row));
    const About about(row.subject_type, row.subject_id);
    TUTELA_TRY(keep_reason(context, tx, "hold.set", about, member, hold.reason.reveal()));
    nlohmann::json facts = {{"hold", row.id.to_string()}};
    if (row.ends_at) facts["ends_at"] = to_rfc3339(*row.ends_at);
    TUTELA_TRY(record(context, tx, "hold.set", about, member.actor(), facts));
    return row;
  });
}

Result<retention::HoldRow> lift_hold(const Context& context, const HoldId& id, const Sensitive<std::string>& reason,
                                     const SignedIn& member) {
  return in_transaction<retention::HoldRow>(context.store, [&](store::Transaction& tx) -> Result<retention::HoldRow> {
    TUTELA_ASSIGN(auto row, retention::find_hold(tx, id));
    if (row.lifted_at) return fail(ErrorCode::conflict, "hold.already_lifted");
    row.lifted_at = context.clock.now();
    row.lifted_by = member.id();
    TUTELA_TRY(retention::update_hold(tx, row));
    ++row.version;
    const About about(row.subject_type, row.subject_id);
    TUTELA_TRY(keep_reason(context, tx, "hold.lifted", about, member, reason.reveal()));
    TUTELA_TRY(record(context, tx, "hold.lifted", about, member.actor(), {{"hold", id.to_string()}}));
    return row;
  });
}

Result<DestructionRow> advance_destruction(const Context& context, const DestructionId& id,
                                           const retention::ClockReading& reading) {
  TUTELA_TRY(watch_clock(context, reading));
  const auto find = [&] {
    return in_snapshot<DestructionRow>(context.store,
                                       [&](store::Reader& reader) { return retention::find_destruction(reader, id); });
  };
  TUTELA_ASSIGN(const auto row, find());
  TUTELA_ASSIGN(const auto destroyed, vault::parse_destruction_class(row.class_name));
  switch (row.state) {
    case DestructionState::approved:
      TUTELA_TRY(declare_intent(context, row, destroyed));
      break;
    case DestructionState::intended:
      TUTELA_TRY(commit_to_destroy(context, row, destroyed));
      break;
    case DestructionState::destroying:
      TUTELA_TRY(destroy(context, row, destroyed));
      break;
    case DestructionState::proposed:
    case DestructionState::refused:
    case DestructionState::destroyed:
      break;
  }
  return find();
}

Result<std::size_t> carry_out_destructions(const Context& context, const retention::ClockReading& reading) {
  TUTELA_ASSIGN(const auto rows, in_snapshot<std::vector<DestructionRow>>(context.store, [](store::Reader& reader) {
                  return retention::list_destructions(reader, kListedMax);
                }));
  std::size_t completed = 0;
  for (auto row : rows) {
    if (row.state == DestructionState::proposed || row.state == DestructionState::refused ||
        row.state == DestructionState::destroyed)
      continue;
    for (auto before = DestructionState::proposed; row.state != before;) {
      before = row.state;
      auto next = advance_destruction(context, row.id, reading);
      // It waits; what was begun stays as it is until the clock is believed again.
      if (!next && next.error().code == ErrorCode::conflict) break;
      if (!next) return std::unexpected(next.error());
      const bool was_open = row.state != DestructionState::destroyed;
      row = *std::move(next);
      if (was_open && row.state == DestructionState::destroyed) ++completed;
    }
  }
  return completed;
}

}  // namespace tutela::line
