#include "line/media_exports.h"

#include <nlohmann/json.hpp>

#include "line/matching.h"
#include "line/record.h"
#include "line/reviewing.h"
#include "line/sealed.h"
#include "retention/media_export_repository.h"
#include "review/item_repository.h"
#include "review/review_repository.h"

namespace tutela::line {
namespace {

using retention::ExportRow;

// The row of an item whose file may be handed out now.
Result<review::ItemRow> held_item(const Context& context, store::Reader& reader, const ItemId& id) {
  TUTELA_ASSIGN(auto item, review::find_item(reader, id));
  if (!item.object_name) return fail(ErrorCode::conflict, "item.no_picture");
  TUTELA_ASSIGN(const bool mandate, has_valid_mandate(reader, context.clock.now()));
  if (!mandate) return fail(ErrorCode::denied, "mandate.missing");
  return item;
}

Result<> charge(const Context& context, store::Transaction& tx, const ItemId& item, const MemberId& member) {
  std::optional<Act> suspected;
  TUTELA_ASSIGN(const auto matches, stored_matches(context, tx, item));
  if (!matches.empty()) suspected = matches.front().act;
  const auto weight = review::view_weight(review::ViewMode::full, suspected);
  TUTELA_ASSIGN(auto exposure, exposure_of(context, tx, member));
  if (!review::may_view(exposure, weight, exposure_rules(context))) return fail(ErrorCode::limit, "review.exposure_spent");
  exposure.weight += weight;
  return review::put_exposure(tx, exposure);
}

template <class Decide>
Result<ExportRow> decide(const Context& context, const ExportId& id, const SignedIn& member, std::string_view kind,
                         Decide decide) {
  return in_transaction<ExportRow>(context.store, [&](store::Transaction& tx) -> Result<ExportRow> {
    TUTELA_ASSIGN(const auto row, retention::find_export(tx, id));
    TUTELA_ASSIGN(auto next, decide(row, member.id(), context.clock.now()));
    TUTELA_TRY(retention::update_export(tx, next));
    ++next.version;
    TUTELA_TRY(record(context, tx, kind, About("item", row.item_id), member.actor(), {{"export", id.to_string()}}));
    return next;
  });
}

}  // namespace

Result<ExportRow> request_export(const Context& context, const ItemId& item, const NewExport& wanted, const SignedIn& member) {
  return in_transaction<ExportRow>(context.store, [&](store::Transaction& tx) -> Result<ExportRow> {
    TUTELA_TRY(held_item(context, tx, item));
    const Time now = context.clock.now();
    const ExportRow row{.id = ExportId::make(now, context.random),
                        .item_id = item,
                        .purpose = wanted.purpose,
                        .requested_by = member.id(),
                        .requested_at = now};
    TUTELA_TRY(retention::insert_export(tx, row));
    TUTELA_TRY(keep_reason(context, tx, "export.requested", About("item", item), member, wanted.reason.reveal()));
    TUTELA_TRY(record(context, tx, "export.requested", About("item", item), member.actor(),
                      {{"export", row.id.to_string()}, {"purpose", retention::to_word(wanted.purpose)}}));
    return row;
  });
}

Result<ExportRow> approve_export(const Context& context, const ExportId& id, const SignedIn& member) {
  return decide(context, id, member, "export.approved", retention::approve);
}

Result<ExportRow> refuse_export(const Context& context, const ExportId& id, const SignedIn& member) {
  return decide(context, id, member, "export.refused", retention::refuse);
}

Result<vault::ObjectReader> hand_out_export(const Context& context, const ExportId& id, const SignedIn& member) {
  const auto may_go_out = [&](store::Reader& reader) -> Result<review::ItemRow> {
    TUTELA_ASSIGN(const auto row, retention::find_export(reader, id));
    TUTELA_TRY(retention::hand_out(row, member.id(), context.clock.now()));
    return held_item(context, reader, row.item_id);
  };
  TUTELA_ASSIGN(const auto item, in_snapshot<review::ItemRow>(context.store, may_go_out));
  TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(item.wrapped_key));
  // Before it is said to have gone out: the only hand-out is not spent on a file that is broken.
  TUTELA_TRY(context.objects.verify(key, *item.object_name));
  TUTELA_ASSIGN(auto reader, context.objects.read(key, *item.object_name));
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(may_go_out(tx));
    TUTELA_ASSIGN(const auto row, retention::find_export(tx, id));
    TUTELA_ASSIGN(const auto next, retention::hand_out(row, member.id(), context.clock.now()));
    TUTELA_TRY(retention::update_export(tx, next));
    TUTELA_TRY(charge(context, tx, row.item_id, member.id()));
    return record(context, tx, "export.handed_out", About("item", row.item_id), member.actor(),
                  {{"export", id.to_string()}, {"bytes", reader.size_bytes()}});
  }));
  return reader;
}

}  // namespace tutela::line
