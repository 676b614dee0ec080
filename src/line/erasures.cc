#include "line/erasures.h"

#include <algorithm>
#include <ranges>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "law/assessment.h"
#include "line/case_facts.h"
#include "line/retention.h"
#include "line/sealed.h"
#include "line/survivors.h"

namespace tutela::line {
namespace {

using retention::DestructionState;
using retention::ErasureRecord;
using retention::ErasureRow;
using retention::KeptBecause;

constexpr std::int64_t kListedMax = 500;
constexpr std::string_view kSubject = "erasure";

About about(const ErasureRecord& record) { return {record.subject_type, record.subject_id}; }

Result<> record_for_each(const Context& context, store::Transaction& tx, std::string_view kind, const ErasureRow& row,
                         const Actor& actor, nlohmann::json facts) {
  facts["erasure"] = row.id.to_string();
  TUTELA_ASSIGN(const auto records, retention::records_of_erasure(tx, row.id));
  for (const auto& one : records) TUTELA_TRY(record(context, tx, kind, about(one), actor, facts));
  return {};
}

Result<> enter(store::Transaction& tx, ErasureRow& row, DestructionState state) {
  TUTELA_TRY(retention::check_erasure_transition(row.state, state));
  row.state = state;
  TUTELA_TRY(retention::update_erasure(tx, row));
  ++row.version;
  return {};
}

// Why a record may not be erased now; the law's row where the law keeps it.
struct Obstacle {
  KeptBecause because;
  std::optional<std::string> law_row;
};

Result<std::optional<Obstacle>> obstacle_to(const Context& context, store::Reader& reader, const ErasureRecord& record) {
  TUTELA_ASSIGN(const auto query, query_of_now(context));
  TUTELA_ASSIGN(const auto row, retention::row_to_erase(reader, record, query));
  if (!row.kept) return std::nullopt;
  Obstacle obstacle{*row.kept, std::nullopt};
  if (obstacle.because == KeptBecause::preservation) {
    TUTELA_ASSIGN(const auto country, node_country(context));
    TUTELA_ASSIGN(const auto kind, node_kind(context));
    if (const auto keep = law::retention_after_filing(context.law, country, kind)) obstacle.law_row = keep->row;
  }
  return std::optional(std::move(obstacle));
}

Result<std::optional<Obstacle>> obstacle_to_any(const Context& context, store::Reader& reader,
                                                const std::vector<ErasureRecord>& records) {
  for (const auto& one : records) {
    TUTELA_ASSIGN(auto obstacle, obstacle_to(context, reader, one));
    if (obstacle) return obstacle;
  }
  return std::nullopt;
}

Result<> check_unobstructed(const Context& context, store::Reader& reader, const std::vector<ErasureRecord>& records) {
  TUTELA_ASSIGN(const auto obstacle, obstacle_to_any(context, reader, records));
  if (!obstacle) return {};
  switch (obstacle->because) {
    case KeptBecause::hold:
      return fail(ErrorCode::conflict, "retention.held");
    case KeptBecause::preservation:
      return fail(ErrorCode::conflict, "retention.preserved", obstacle->law_row.value_or(""));
    case KeptBecause::open:
    case KeptBecause::subject:
      break;
  }
  return fail(ErrorCode::conflict, "retention.unfinished");
}

// Rows that are destroyed with the records, by table and id.
using Named = std::set<std::pair<std::string, Bytes>>;
struct Belongings {
  Named rows;
  std::set<std::string> classes;
};
Result<Belongings> belongings_of(const Context& context, store::Reader& reader, const ErasureId& id) {
  Belongings all;
  TUTELA_ASSIGN(const auto records, retention::records_of_erasure(reader, id));
  for (const auto& one : records) {
    TUTELA_ASSIGN(const auto rows, retention::rows_belonging_to(reader, one));
    for (const auto& row : rows) {
      TUTELA_ASSIGN(const auto its_class, vault::class_of_wrapped(row.wrapped_key));
      all.rows.emplace(row.table, row.id);
      if (!context.keys.is_destroyed(its_class)) all.classes.insert(vault::to_string(its_class));
    }
  }
  return all;
}

// Everything but what was named goes on under the same month.
Destination to_next_generation(const vault::DestructionClass& dropped, const Named& named) {
  return [&named, dropped](const retention::KeyedTable& table, const retention::KeyedRow& row) {
    const auto* id = std::get_if<Bytes>(&row.id);
    const bool is_named = id != nullptr && named.contains({std::string(table.name), *id});
    using Where = std::optional<vault::DestructionClass>;
    return Result<Where>(is_named ? Where() : Where(vault::DestructionClass{dropped.record, dropped.due}));
  };
}

// Nobody else may be moving what this will move. A destruction of the month that only waits for members, or for its turn, is
// void: what survives here is proposed as a class of its own.
Result<> take_class(const Context& context, store::Transaction& tx, const ErasureRow& row, const std::string& name) {
  TUTELA_ASSIGN(auto destruction, retention::find_destruction_of(tx, name));
  if (destruction) {
    if (destruction->state == DestructionState::intended || destruction->state == DestructionState::destroying)
      return fail(ErrorCode::conflict, "retention.class_busy");
    if (destruction->state == DestructionState::proposed || destruction->state == DestructionState::approved) {
      TUTELA_ASSIGN(const auto refused, retention::refuse(*destruction, context.clock.now()));
      TUTELA_TRY(retention::update_destruction(tx, refused));
      TUTELA_TRY(record(context, tx, "retention.refused", about_class(name), Actor::node(),
                        {{"destruction", destruction->id.to_string()}, {"erasure", row.id.to_string()}}));
    }
  }
  TUTELA_TRY(retention::insert_erasure_class(tx, fresh_id(context), row.id, name));
  return record(context, tx, "retention.intended", about_class(name), Actor::node(), {{"erasure", row.id.to_string()}});
}

// Adds the classes of what belongs to the records by now. Whether there were any.
Result<bool> take_classes(const Context& context, store::Transaction& tx, const ErasureRow& row, const Belongings& belongings) {
  TUTELA_ASSIGN(const auto known, retention::classes_of_erasure(tx, row.id));
  bool has_grown = false;
  for (const auto& name : belongings.classes) {
    if (known.contains(name)) continue;
    TUTELA_TRY(take_class(context, tx, row, name));
    has_grown = true;
  }
  return has_grown;
}

Result<> refuse_because(const Context& context, store::Transaction& tx, ErasureRow& row, const Obstacle& obstacle) {
  row.decided_at = context.clock.now();
  row.refused_because = obstacle.because;
  row.law_row = obstacle.law_row;
  TUTELA_TRY(enter(tx, row, DestructionState::refused));
  nlohmann::json facts = {{"because", retention::to_word(obstacle.because)}};
  if (obstacle.law_row) facts["law"] = *obstacle.law_row;
  return record_for_each(context, tx, "erasure.refused", row, Actor::node(), std::move(facts));
}

// Looks at clock, holds, law and open matters. Whether it goes on; otherwise it was refused.
Result<bool> check_again(const Context& context, store::Transaction& tx, ErasureRow& row) {
  TUTELA_TRY(retention::take_guard(tx));
  TUTELA_ASSIGN(const auto records, retention::records_of_erasure(tx, row.id));
  TUTELA_ASSIGN(const auto obstacle, obstacle_to_any(context, tx, records));
  if (obstacle) {
    TUTELA_TRY(refuse_because(context, tx, row, *obstacle));
    return false;
  }
  TUTELA_TRY(check_clock(tx));
  return true;
}

// Step 1 of spec/keys.md.
Result<> declare_intent(const Context& context, const ErasureId& id) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, retention::find_erasure(tx, id));
    TUTELA_ASSIGN(const bool goes_on, check_again(context, tx, row));
    if (!goes_on) return {};
    TUTELA_ASSIGN(const bool is_another_begun, retention::is_another_begun(tx, id));
    if (is_another_begun) return fail(ErrorCode::conflict, "retention.class_busy");
    TUTELA_ASSIGN(const auto belongings, belongings_of(context, tx, id));
    TUTELA_TRY(take_classes(context, tx, row, belongings));
    TUTELA_TRY(enter(tx, row, DestructionState::intended));
    return record_for_each(context, tx, "erasure.intended", row, Actor::node(), nlohmann::json::object());
  });
}

struct Scope {
  Named rows;
  std::vector<vault::DestructionClass> classes;
};
Result<Scope> scope_of(const Context& context, store::Reader& reader, const ErasureId& id) {
  TUTELA_ASSIGN(auto belongings, belongings_of(context, reader, id));
  TUTELA_ASSIGN(const auto names, retention::classes_of_erasure(reader, id));
  Scope scope{std::move(belongings.rows), {}};
  for (const auto& name : names) {
    TUTELA_ASSIGN(const auto dropped, vault::parse_destruction_class(name));
    scope.classes.push_back(dropped);
  }
  return scope;
}

// What is committed when a write that began after the mark begins: all that was wrapped under the class before it.
Result<std::int64_t> move_everything_else(const Context& context, const Scope& scope) {
  std::int64_t kept = 0;
  for (const auto& dropped : scope.classes) {
    if (context.keys.is_destroyed(dropped)) continue;
    TUTELA_ASSIGN(const auto moved, move_survivors(context, dropped, to_next_generation(dropped, scope.rows)));
    kept += moved;
  }
  return kept;
}

// Step 2. The classes are closed first, and every write that may have used them has ended, so that nothing comes to stand in them
// behind the mover's back. What is said about a record meanwhile may stand in a further class: then the next call goes on.
Result<> commit_to_destroy(const Context& context, const ErasureId& id) {
  TUTELA_ASSIGN(const auto scope,
                in_snapshot<Scope>(context.store, [&](store::Reader& reader) { return scope_of(context, reader, id); }));
  for (const auto& dropped : scope.classes) TUTELA_TRY(context.keys.close_class(dropped, context.clock.now()));
  TUTELA_TRY(context.store.wait_for_writers());
  TUTELA_ASSIGN(const auto kept, move_everything_else(context, scope));
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, retention::find_erasure(tx, id));
    if (row.state != DestructionState::intended) return {};
    TUTELA_ASSIGN(const bool goes_on, check_again(context, tx, row));
    if (!goes_on) return {};
    TUTELA_ASSIGN(const auto belongings, belongings_of(context, tx, id));
    row.kept += kept;
    TUTELA_ASSIGN(const bool has_grown, take_classes(context, tx, row, belongings));
    if (has_grown) return retention::update_erasure(tx, row);
    for (const auto& dropped : scope.classes) {
      TUTELA_ASSIGN(const auto moved, move_late_survivors(context, tx, dropped, to_next_generation(dropped, belongings.rows)));
      row.kept += moved.kept;
      row.destroyed += moved.left;
    }
    return enter(tx, row, DestructionState::destroying);
  });
}

// What is left of an item or a report is emptied under a key of its own, since work goes on around it.
Result<> empty_record(const Context& context, const ErasureRecord& record) {
  const bool is_item = record.subject_type == "item";
  if (!is_item && record.subject_type != "report") return {};
  std::optional<Bytes> wrapped;
  std::optional<std::string> object_name;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(wrapped, retention::wrapped_key_of(reader, record.subject_type, record.subject_id));
    if (!is_item) return {};
    TUTELA_ASSIGN(object_name, retention::object_of_item(reader, record.subject_id));
    return {};
  }));
  TUTELA_ASSIGN(const auto its_class, vault::class_of_wrapped(*wrapped));
  if (!context.keys.is_destroyed(its_class)) return {};
  if (is_item) return empty_item(context, {record.subject_id, object_name});
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto own, new_key(context, vault::RecordClass::report));
    TUTELA_ASSIGN(const auto places, retention::sealed_places_of_report(tx, record.subject_id));
    for (const auto& place : places)
      TUTELA_TRY(retention::put_sealed(tx, place, seal(context, own.key, place.column, place.id, "")));
    return retention::empty_report(tx, record.subject_id, own.wrapped);
  });
}

// Steps 3 and 4. Before the keys go, everything else is moved once more: for whoever did not see the mark in time.
Result<> destroy(const Context& context, const ErasureId& id) {
  TUTELA_ASSIGN(const auto scope,
                in_snapshot<Scope>(context.store, [&](store::Reader& reader) { return scope_of(context, reader, id); }));
  TUTELA_ASSIGN(const auto late, move_everything_else(context, scope));
  for (const auto& dropped : scope.classes) TUTELA_TRY(context.keys.destroy_class(dropped, context.clock.now()));
  TUTELA_ASSIGN(const auto records, in_snapshot<std::vector<ErasureRecord>>(context.store, [&](store::Reader& reader) {
                  return retention::records_of_erasure(reader, id);
                }));
  for (const auto& one : records) TUTELA_TRY(empty_record(context, one));
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, retention::find_erasure(tx, id));
    if (row.state == DestructionState::destroyed) return {};
    row.kept += late;
    row.finished_at = context.clock.now();
    TUTELA_TRY(enter(tx, row, DestructionState::destroyed));
    for (const auto& dropped : scope.classes) {
      const auto name = vault::to_string(dropped);
      TUTELA_TRY(record(context, tx, "retention.destroyed", about_class(name), Actor::node(),
                        {{"class", name}, {"erasure", id.to_string()}}));
    }
    return record_for_each(context, tx, "erasure.destroyed", row, Actor::node(), {{"reason", retention::to_word(row.reason)}});
  });
}

Result<> check_records(const std::vector<ErasureRecord>& records) {
  if (records.empty()) return fail(ErrorCode::invalid, "erasure.no_records", "field subject_ids");
  if (records.size() > limits::kErasureRecordsMax) return fail(ErrorCode::limit, "erasure.too_many_records", "field subject_ids");
  if (std::set<ErasureRecord>(records.begin(), records.end()).size() != records.size())
    return fail(ErrorCode::invalid, "erasure.repeated_record", "field subject_ids");
  return {};
}

// Neither destroyed with its class, nor what is left of an earlier erasure, nor named in another.
Result<> check_not_gone(const Context& context, store::Reader& reader, const ErasureId& id, const ErasureRecord& record) {
  TUTELA_ASSIGN(const auto query, query_of_now(context));
  TUTELA_ASSIGN(const auto row, retention::row_to_erase(reader, record, query));
  TUTELA_ASSIGN(const auto its_class, vault::class_of_wrapped(row.wrapped_key));
  if (context.keys.is_destroyed(its_class)) return fail(ErrorCode::conflict, "erasure.already_destroyed");
  TUTELA_ASSIGN(const bool is_named, retention::is_named_elsewhere(reader, id, record));
  if (is_named) return fail(ErrorCode::conflict, "erasure.already_proposed");
  return {};
}

}  // namespace

Result<ErasureRow> propose_erasure(const Context& context, const NewErasure& wanted, const SignedIn& member) {
  TUTELA_TRY(check_records(wanted.records));
  return in_transaction<ErasureRow>(context.store, [&](store::Transaction& tx) -> Result<ErasureRow> {
    const Time now = context.clock.now();
    ErasureRow row{
        .id = ErasureId::make(now, context.random), .reason = wanted.reason, .proposed_by = member.id(), .proposed_at = now};
    for (const auto& one : wanted.records) TUTELA_TRY(check_not_gone(context, tx, row.id, one));
    TUTELA_TRY(check_unobstructed(context, tx, wanted.records));
    TUTELA_TRY(retention::insert_erasure(tx, row));
    for (const auto& one : wanted.records) TUTELA_TRY(retention::insert_erasure_record(tx, fresh_id(context), row.id, one));
    TUTELA_TRY(keep_reason(context, tx, "erasure.proposed", About(kSubject, row.id), member, wanted.words.reveal()));
    TUTELA_TRY(
        record_for_each(context, tx, "erasure.proposed", row, member.actor(), {{"reason", retention::to_word(row.reason)}}));
    return row;
  });
}

Result<ErasureRow> approve_erasure(const Context& context, const ErasureId& id, const SignedIn& member) {
  return in_transaction<ErasureRow>(context.store, [&](store::Transaction& tx) -> Result<ErasureRow> {
    TUTELA_ASSIGN(const auto row, retention::find_erasure(tx, id));
    TUTELA_ASSIGN(auto next, retention::approve(row, member.id(), context.clock.now()));
    TUTELA_ASSIGN(const auto records, retention::records_of_erasure(tx, id));
    TUTELA_TRY(check_unobstructed(context, tx, records));
    TUTELA_TRY(retention::update_erasure(tx, next));
    ++next.version;
    TUTELA_TRY(record_for_each(context, tx, "erasure.approved", next, member.actor(), nlohmann::json::object()));
    return next;
  });
}

Result<ErasureRow> refuse_erasure(const Context& context, const ErasureId& id, const SignedIn& member) {
  return in_transaction<ErasureRow>(context.store, [&](store::Transaction& tx) -> Result<ErasureRow> {
    TUTELA_ASSIGN(const auto row, retention::find_erasure(tx, id));
    TUTELA_ASSIGN(auto next, retention::refuse(row, member.id(), context.clock.now()));
    TUTELA_TRY(retention::update_erasure(tx, next));
    ++next.version;
    TUTELA_TRY(record_for_each(context, tx, "erasure.refused", next, member.actor(), nlohmann::json::object()));
    return next;
  });
}

Result<Sensitive<std::string>> read_words_of_erasure(const Context& context, const ErasureId& id, const SignedIn& member) {
  return in_transaction<Sensitive<std::string>>(context.store, [&](store::Transaction& tx) -> Result<Sensitive<std::string>> {
    TUTELA_ASSIGN(const auto row, retention::find_erasure(tx, id));
    TUTELA_ASSIGN(auto words, reasons_of(context, tx, id.bytes()));
    if (words.empty()) return fail(ErrorCode::corrupt, "erasure.no_words");
    TUTELA_TRY(record_for_each(context, tx, "detail.read", row, member.actor(), nlohmann::json::object()));
    return Sensitive<std::string>(std::move(words.front()));
  });
}

Result<ErasureRow> advance_erasure(const Context& context, const ErasureId& id, const retention::ClockReading& reading) {
  TUTELA_TRY(watch_clock(context, reading));
  const auto find = [&] {
    return in_snapshot<ErasureRow>(context.store, [&](store::Reader& reader) { return retention::find_erasure(reader, id); });
  };
  TUTELA_ASSIGN(const auto row, find());
  switch (row.state) {
    case DestructionState::approved:
      TUTELA_TRY(declare_intent(context, id));
      break;
    case DestructionState::intended:
      TUTELA_TRY(commit_to_destroy(context, id));
      break;
    case DestructionState::destroying:
      TUTELA_TRY(destroy(context, id));
      break;
    case DestructionState::proposed:
    case DestructionState::refused:
    case DestructionState::destroyed:
      break;
  }
  return find();
}

Result<std::size_t> carry_out_erasures(const Context& context, const retention::ClockReading& reading) {
  TUTELA_ASSIGN(auto rows, in_snapshot<std::vector<ErasureRow>>(context.store, [](store::Reader& reader) {
                  return retention::list_erasures(reader, kListedMax);
                }));
  std::size_t completed = 0;
  for (auto& row : rows | std::views::reverse) {
    const auto goes_on = [&] {
      return row.state == DestructionState::approved || row.state == DestructionState::intended ||
             row.state == DestructionState::destroying;
    };
    if (!goes_on()) continue;
    while (goes_on()) {
      auto next = advance_erasure(context, row.id, reading);
      // It waits; what was begun stays as it is until the clock is believed again, or the other is done.
      if (!next && next.error().code == ErrorCode::conflict) break;
      if (!next) return std::unexpected(next.error());
      row = *std::move(next);
    }
    completed += row.state == DestructionState::destroyed ? 1 : 0;
  }
  return completed;
}

}  // namespace tutela::line
