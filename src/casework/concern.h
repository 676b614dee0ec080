#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/clock.h"

// A child who may be at risk or a person who may be a danger, with or without content.
namespace tutela::casework {

enum class ConcernKind : std::uint8_t { grooming, extortion, live_stream, trafficking, worry, other };
inline constexpr std::array kConcernKinds{ConcernKind::grooming,    ConcernKind::extortion, ConcernKind::live_stream,
                                          ConcernKind::trafficking, ConcernKind::worry,     ConcernKind::other};
std::string_view to_word(ConcernKind kind);
Result<ConcernKind> parse_concern_kind(std::string_view word);  // invalid, "concern.unknown_kind"
// A neutral label in official terms, for forms and messages: "Online solicitation of a child".
std::string_view label(ConcernKind kind);

enum class ConcernAssessment : std::uint8_t {
  urgent,        // a child in danger now
  credible,      // to be filed, in its own time
  out_of_remit,  // closed here, with a reason
};
inline constexpr std::array kConcernAssessments{ConcernAssessment::urgent, ConcernAssessment::credible,
                                                ConcernAssessment::out_of_remit};
std::string_view to_word(ConcernAssessment assessment);
Result<ConcernAssessment> parse_concern_assessment(std::string_view word);  // invalid, "concern.unknown_assessment"

// What the person who told us said; it only orders the queue.
enum class DangerSaid : std::uint8_t { now, not_said };

// Until when a member must have assessed it: one hour where danger now is said or the kind is a live stream, else 24 hours.
// Working rules of the project; no law gives a number for a first look.
Time assess_due_at(ConcernKind kind, DangerSaid danger, Time received_at);
// Until when it must be filed once assessed: urgent 1 hour, credible 72 hours; none when out of remit.
std::optional<Time> file_due_at(ConcernAssessment assessment, Time assessed_at);

}  // namespace tutela::casework
