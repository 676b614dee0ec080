#include "line/survivors.h"

#include "law/assessment.h"
#include "line/case_facts.h"
#include "line/sealed.h"

namespace tutela::line {
namespace {

using retention::KeyedRow;
using retention::KeyedTable;

constexpr std::int64_t kBatchRows = 500;

// Moves what survives of one page of a table; the row's own key stays, so that nobody who works with it notices.
Result<> move_page(const Context& context, store::Transaction& tx, const KeyedTable& table, const std::vector<KeyedRow>& page,
                   const Destination& destination, Moved& moved) {
  for (const auto& row : page) {
    TUTELA_ASSIGN(const auto later, destination(table, row));
    if (!later) {
      ++moved.left;
      continue;
    }
    TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(row.wrapped_key));
    TUTELA_ASSIGN(const auto wrapped, context.keys.wrap_key(*later, key, context.random));
    TUTELA_TRY(retention::put_wrapped_key(tx, table, row, wrapped));
    ++moved.kept;
  }
  return {};
}

}  // namespace

About about_class(const std::string& class_name) { return {"class", as_bytes(class_name)}; }

Bytes fresh_id(const Context& context) {
  const auto uuid = make_uuid_v7(context.clock.now(), context.random);
  return {uuid.begin(), uuid.end()};
}

Result<> check_clock(store::Reader& reader) {
  TUTELA_ASSIGN(const auto clock, retention::find_clock(reader));
  if (!clock) return fail(ErrorCode::conflict, "retention.clock_unsettled");
  return retention::check_settled(*clock);
}

Result<retention::ClassQuery> query_of_now(const Context& context) {
  retention::ClassQuery query{{}, context.clock.now(), std::nullopt};
  TUTELA_ASSIGN(const auto country, node_country(context));
  TUTELA_ASSIGN(const auto kind, node_kind(context));
  if (const auto keep = law::retention_after_filing(context.law, country, kind)) query.filed_since = query.now - keep->keep;
  return query;
}

Result<retention::ClassQuery> query_of(const Context& context, const vault::DestructionClass& destruction_class) {
  TUTELA_ASSIGN(auto query, query_of_now(context));
  query.prefix = vault::wrapped_prefix(destruction_class);
  return query;
}

Result<std::int64_t> move_survivors(const Context& context, const vault::DestructionClass& destroyed,
                                    const Destination& destination) {
  std::int64_t kept = 0;
  for (const auto& table : retention::keyed_tables()) {
    std::optional<store::Value::Variant> after;
    for (;;) {
      Moved moved;
      std::vector<KeyedRow> page;
      TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
        moved = {};
        TUTELA_ASSIGN(const auto query, query_of(context, destroyed));
        TUTELA_ASSIGN(page, retention::rows_of_class(tx, table, query, after, kBatchRows));
        return move_page(context, tx, table, page, destination, moved);
      }));
      kept += moved.kept;
      if (page.size() < static_cast<std::size_t>(kBatchRows)) break;
      after = page.back().id;
    }
  }
  return kept;
}

Result<Moved> move_late_survivors(const Context& context, store::Transaction& tx, const vault::DestructionClass& destroyed,
                                  const Destination& destination) {
  Moved moved;
  TUTELA_ASSIGN(const auto query, query_of(context, destroyed));
  for (const auto& table : retention::keyed_tables()) {
    std::optional<store::Value::Variant> after;
    for (;;) {
      TUTELA_ASSIGN(const auto page, retention::rows_of_class(tx, table, query, after, kBatchRows));
      TUTELA_TRY(move_page(context, tx, table, page, destination, moved));
      if (page.size() < static_cast<std::size_t>(kBatchRows)) break;
      after = page.back().id;
    }
  }
  return moved;
}

Result<> empty_item(const Context& context, const retention::ItemRemains& item) {
  if (item.object_name) TUTELA_TRY(context.objects.remove(*item.object_name));
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto own, new_key(context, vault::RecordClass::item));
    TUTELA_ASSIGN(const auto places, retention::sealed_places_of_item(tx, item.id));
    for (const auto& place : places)
      TUTELA_TRY(retention::put_sealed(tx, place, seal(context, own.key, place.column, place.id, "")));
    return retention::empty_item(tx, item.id, own.wrapped);
  });
}

Result<> empty_items(const Context& context, const vault::DestructionClass& destroyed) {
  const auto prefix = vault::wrapped_prefix(destroyed);
  for (;;) {
    TUTELA_ASSIGN(const auto items, in_snapshot<std::vector<retention::ItemRemains>>(context.store, [&](store::Reader& reader) {
                    return retention::items_of_class(reader, prefix, kBatchRows);
                  }));
    if (items.empty()) return {};
    for (const auto& item : items) TUTELA_TRY(empty_item(context, item));
  }
}

}  // namespace tutela::line
