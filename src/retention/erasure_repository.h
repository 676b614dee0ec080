#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "retention/erasure.h"
#include "retention/retention_repository.h"

// Erasures as stored, and what belongs to the records that they name. The tables: kErasureSchema.
namespace tutela::retention {

Result<> insert_erasure(store::Transaction& tx, const ErasureRow& row);
// On the version the row was read with.
Result<> update_erasure(store::Transaction& tx, const ErasureRow& row);
// not_found, "erasure.unknown".
Result<ErasureRow> find_erasure(store::Reader& reader, const ErasureId& id);
// Newest first, at most `count_max`.
Result<std::vector<ErasureRow>> list_erasures(store::Reader& reader, std::int64_t count_max);

Result<> insert_erasure_record(store::Transaction& tx, const Bytes& id, const ErasureId& erasure, const ErasureRecord& record);
Result<std::vector<ErasureRecord>> records_of_erasure(store::Reader& reader, const ErasureId& id);
// Whether another erasure that is not over names it.
Result<bool> is_named_elsewhere(store::Reader& reader, const ErasureId& erasure, const ErasureRecord& record);
// Whether an erasure that nobody can stop any more names it, or what a hold on it would cover.
Result<bool> is_being_erased(store::Reader& reader, const Bytes& subject_id);

Result<> insert_erasure_class(store::Transaction& tx, const Bytes& id, const ErasureId& erasure, const std::string& class_name);
Result<std::set<std::string>> classes_of_erasure(store::Reader& reader, const ErasureId& id);
// Whether another erasure is intended or destroying: they go one by one, since each moves what the other would drop.
Result<bool> is_another_begun(store::Reader& reader, const ErasureId& id);
// Whether an erasure that is intended or destroying drops the class.
Result<bool> is_dropped_by_erasure(store::Reader& reader, const std::string& class_name);

// The record's own row, with why it is kept; KeptBecause::open only where the matter must be ended first (spec/keys.md): a
// referral, a notice or an incoming referral that is under way, an item of such a one, a report with an open concern.
// not_found, "erasure.unknown_record".
Result<KeyedRow> row_to_erase(store::Reader& reader, const ErasureRecord& record, const ClassQuery& query);

// A row that is destroyed with the record: its own, the members' words about it, what was sent of it.
struct BelongingRow {
  std::string table;
  Bytes id;
  Bytes wrapped_key;
};
Result<std::vector<BelongingRow>> rows_belonging_to(store::Reader& reader, const ErasureRecord& record);

// What remains of a report: channel, times, states, its items. Its texts, contact, indicators and descriptions of persons go.
Result<std::vector<SealedPlace>> sealed_places_of_report(store::Reader& reader, const Bytes& report);
Result<> empty_report(store::Transaction& tx, const Bytes& report, const Bytes& wrapped_key);

}  // namespace tutela::retention
