#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// Concerns and the persons they speak of, as stored. Their sealed columns are under the report's key.
namespace tutela::casework {

struct ConcernRow {
  ConcernId id;
  ReportId report_id;
  std::string kind;  // words of casework/concern.h
  bool in_danger_now = false;
  std::optional<std::string> assessment;  // urgent, credible, out_of_remit
  std::optional<MemberId> assessed_by;
  std::optional<Time> assessed_at;
  std::optional<Bytes> sealed_reason;
  Time received_at;
  Time due_at;
  std::optional<Time> closed_at;
  std::int64_t version = 1;
};

struct PersonRow {
  PersonId id;
  ConcernId concern_id;
  std::string role;  // words of casework/person.h
  std::string age_band;
  std::optional<Bytes> sealed_description;
};

Result<> insert_concern(store::Transaction& tx, const ConcernRow& concern);
// not_found, "concern.unknown".
Result<ConcernRow> find_concern(store::Reader& reader, const ConcernId& id);
Result<std::vector<ConcernRow>> concerns_of_report(store::Reader& reader, const ReportId& report);
// Not closed, most pressing first: in danger now, then by due time.
Result<std::vector<ConcernRow>> open_concerns(store::Reader& reader);
// Writes assessment, assessed_by, assessed_at, sealed_reason and closed_at on the version the row was read with.
Result<> update_concern(store::Transaction& tx, const ConcernRow& concern);

Result<> insert_person(store::Transaction& tx, const PersonRow& person);
Result<std::vector<PersonRow>> persons_of_concern(store::Reader& reader, const ConcernId& concern);

}  // namespace tutela::casework
