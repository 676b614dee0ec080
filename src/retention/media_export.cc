#include "retention/media_export.h"

namespace tutela::retention {

std::string_view to_word(ExportState state) {
  constexpr std::array<std::string_view, kExportStates.size()> kWords = {"requested", "approved", "refused", "handed_out"};
  return kWords[static_cast<std::size_t>(state)];
}

Result<ExportState> parse_export_state(std::string_view word) {
  for (const auto state : kExportStates)
    if (to_word(state) == word) return state;
  return fail(ErrorCode::corrupt, "export.unknown_state");
}

std::string_view to_word(ExportPurpose purpose) {
  constexpr std::array<std::string_view, kExportPurposes.size()> kWords = {"authority_request", "court_order",
                                                                           "victim_identification", "forensics"};
  return kWords[static_cast<std::size_t>(purpose)];
}

Result<ExportPurpose> parse_export_purpose(std::string_view word) {
  for (const auto purpose : kExportPurposes)
    if (to_word(purpose) == word) return purpose;
  return fail(ErrorCode::invalid, "export.unknown_purpose");
}

Result<ExportRow> approve(const ExportRow& row, const MemberId& member, Time now) {
  if (row.state != ExportState::requested) return fail(ErrorCode::conflict, "export.not_waiting");
  if (row.requested_by == member) return fail(ErrorCode::denied, "export.same_member");
  ExportRow next = row;
  next.state = ExportState::approved;
  next.decided_by = member;
  next.decided_at = now;
  next.ends_at = now + kExportTime;
  return next;
}

// One's own may be taken back.
Result<ExportRow> refuse(const ExportRow& row, const MemberId& member, Time now) {
  if (row.state != ExportState::requested && row.state != ExportState::approved)
    return fail(ErrorCode::conflict, "export.not_waiting");
  ExportRow next = row;
  next.state = ExportState::refused;
  next.decided_by = member;
  next.decided_at = now;
  next.ends_at.reset();
  return next;
}

Result<ExportRow> hand_out(const ExportRow& row, const MemberId& member, Time now) {
  if (row.requested_by != member) return fail(ErrorCode::not_found, "export.unknown");
  if (row.state == ExportState::handed_out) return fail(ErrorCode::conflict, "export.handed_out");
  if (row.state != ExportState::approved) return fail(ErrorCode::conflict, "export.not_approved");
  if (!row.ends_at || now >= *row.ends_at) return fail(ErrorCode::conflict, "export.expired");
  ExportRow next = row;
  next.state = ExportState::handed_out;
  next.handed_out_at = now;
  return next;
}

}  // namespace tutela::retention
