#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/ids.h"
#include "store/store.h"

// The hand-out of an item's file as it was received: asked for by one member with a purpose, approved by another, once, in time.
namespace tutela::retention {

enum class ExportState : std::uint8_t { requested, approved, refused, handed_out };
inline constexpr std::array kExportStates{ExportState::requested, ExportState::approved, ExportState::refused,
                                          ExportState::handed_out};
std::string_view to_word(ExportState state);
Result<ExportState> parse_export_state(std::string_view word);  // corrupt, "export.unknown_state"

enum class ExportPurpose : std::uint8_t { authority_request, court_order, victim_identification, forensics };
inline constexpr std::array kExportPurposes{ExportPurpose::authority_request, ExportPurpose::court_order,
                                            ExportPurpose::victim_identification, ExportPurpose::forensics};
std::string_view to_word(ExportPurpose purpose);
Result<ExportPurpose> parse_export_purpose(std::string_view word);  // invalid, "export.unknown_purpose"

// From the approval on.
inline constexpr Duration kExportTime = std::chrono::hours(24);

struct ExportRow {
  ExportId id;
  ItemId item_id;
  ExportPurpose purpose;
  ExportState state = ExportState::requested;
  MemberId requested_by;
  Time requested_at;
  std::optional<MemberId> decided_by = {};
  std::optional<Time> decided_at = {};
  std::optional<Time> ends_at = {};
  std::optional<Time> handed_out_at = {};
  std::int64_t version = 1;
};

// Another member's yes or no. denied, "export.same_member"; conflict, "export.not_waiting".
Result<ExportRow> approve(const ExportRow& row, const MemberId& member, Time now);
Result<ExportRow> refuse(const ExportRow& row, const MemberId& member, Time now);
// Now, to this member, once. not_found, "export.unknown" (another member's); conflict, "export.not_approved",
// "export.expired", "export.handed_out".
Result<ExportRow> hand_out(const ExportRow& row, const MemberId& member, Time now);

}  // namespace tutela::retention
