#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace tutela::intake {

enum class ReportState : std::uint8_t { received, triaged, in_review, decided, closed, reopened };
inline constexpr std::array kReportStates = {ReportState::received, ReportState::triaged, ReportState::in_review,
                                             ReportState::decided,  ReportState::closed,  ReportState::reopened};
std::string_view to_word(ReportState state);
Result<ReportState> parse_report_state(std::string_view word);  // invalid, "report.unknown_state"

struct ReportTransition {
  ReportState from;
  ReportState to;
  std::string_view when;
};

inline constexpr std::array kReportTransitions = {
    ReportTransition{ReportState::received, ReportState::triaged, "its items stand in the queue, or its concern with a member"},
    ReportTransition{ReportState::triaged, ReportState::in_review, "a member took the first item or the concern"},
    ReportTransition{ReportState::triaged, ReportState::decided, "everything in it inherited a final verdict"},
    ReportTransition{ReportState::in_review, ReportState::decided, "every item and concern is decided"},
    ReportTransition{ReportState::decided, ReportState::closed, "nothing that came of it is open"},
    ReportTransition{ReportState::decided, ReportState::reopened, "what the decision rested on was withdrawn, or a member asks"},
    ReportTransition{ReportState::closed, ReportState::reopened, "what the decision rested on was withdrawn, or a member asks"},
    ReportTransition{ReportState::reopened, ReportState::in_review, "a member took it again"},
};

// conflict, "report.bad_transition" with the words of both states as place.
Result<> check_transition(ReportState from, ReportState to);

// What a reporter may know. Never whether the report was right, nor whether anybody acts on it.
enum class ReporterWord : std::uint8_t { received, being_checked, closed };
// The wire words: "received", "being_checked", "closed".
std::string_view to_word(ReporterWord word);
Result<ReporterWord> parse_reporter_word(std::string_view word);  // invalid, "report.unknown_word"

// What a reporter reads: "received", "being checked", "closed".
std::string_view reporter_label(ReporterWord word);

// A report is shown as closed no sooner than this after it was received, so that a quick dismissal looks like everything else.
inline constexpr Duration kReporterClosedAfter = std::chrono::days{7};

// `decided` and `closed` read alike, since what is dismissed closes at once and what is upheld waits for others. `reopened` reads
// as the closed report it was: that it was taken up again says too much.
ReporterWord reporter_word(ReportState state, Time received_at, Time now);

}  // namespace tutela::intake
