#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// What members do with an item, as stored: leases, views, exposure, assessments, verdicts.
namespace tutela::review {

struct LeaseRow {
  ItemId item_id;
  MemberId member_id;
  Time claimed_at;
  Time until;
  std::int64_t version = 1;
};

struct AssessmentRow {
  AssessmentId id;
  ItemId item_id;
  MemberId member_id;
  std::string act;
  std::string age_band;
  std::string viewed;  // here, off_node, not_viewed
  std::int64_t declared_seconds = 0;
  Bytes sealed_reason;
  Time assessed_at;
};

struct VerdictRow {
  ItemId item_id;
  VerdictId id;
  std::string act;
  std::string age_band;
  std::optional<EntryId> inherited_entry;
  bool viewed_here;
  Time decided_at;
};

struct ViewRow {
  ViewId id;
  ItemId item_id;
  MemberId member_id;
  std::optional<LocationId> location_id;  // set for a hand-out of an address
  std::string mode;                       // blurred, grey, full, address
  Time opened_at;
  Time last_beat_at;
  std::optional<Time> closed_at;
  std::int64_t seconds = 0;
  std::int64_t version = 1;
};

struct ExposureRow {
  MemberId member_id;
  Time shift_start;
  std::int64_t seconds = 0;
  std::int64_t weight = 0;
  std::int64_t version = 0;  // 0: not stored yet
};

Result<std::optional<LeaseRow>> find_lease(store::Reader& reader, const ItemId& item);
// Inserts, or replaces the row of that version (an expired or own lease). conflict, "store.row_changed".
Result<> put_lease(store::Transaction& tx, const LeaseRow& lease);
// All, live or not.
Result<std::vector<LeaseRow>> list_leases(store::Reader& reader);
Result<> delete_lease(store::Transaction& tx, const ItemId& item);

// conflict, "store.duplicate_key" when this member assessed this item before.
Result<> insert_assessment(store::Transaction& tx, const AssessmentRow& assessment);
Result<std::vector<AssessmentRow>> assessments_of_item(store::Reader& reader, const ItemId& item);

// Who has assessed what is not decided yet.
Result<std::vector<std::pair<ItemId, MemberId>>> assessors_of_waiting(store::Reader& reader);

// An item that is reopened is assessed anew; the ledger keeps that it was assessed before.
Result<> delete_assessments(store::Transaction& tx, const ItemId& item);

Result<> insert_verdict(store::Transaction& tx, const VerdictRow& verdict);
Result<std::optional<VerdictRow>> find_verdict(store::Reader& reader, const ItemId& item);

// When what it rested on was withdrawn; the ledger keeps that there was one.
Result<> delete_verdict(store::Transaction& tx, const ItemId& item);

Result<> insert_view(store::Transaction& tx, const ViewRow& view);
// not_found, "view.unknown".
Result<ViewRow> find_view(store::Reader& reader, const ViewId& id);
// Writes last_beat_at, closed_at and seconds on the version the row was read with.
Result<> update_view(store::Transaction& tx, const ViewRow& view);
Result<std::vector<ViewRow>> views_of_item(store::Reader& reader, const ItemId& item, const MemberId& member);
Result<std::vector<ViewRow>> open_views(store::Reader& reader, Time last_beat_before);

// A fresh row with version 0 when the member has none in that shift.
Result<ExposureRow> find_exposure(store::Reader& reader, const MemberId& member, Time shift_start);
Result<> put_exposure(store::Transaction& tx, const ExposureRow& exposure);
Result<std::vector<ExposureRow>> exposure_since(store::Reader& reader, Time since);

}  // namespace tutela::review
