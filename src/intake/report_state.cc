#include "intake/report_state.h"

#include <algorithm>
#include <string>

namespace tutela::intake {
namespace {

constexpr std::array kReporterWords = {ReporterWord::received, ReporterWord::being_checked, ReporterWord::closed};

}  // namespace

std::string_view to_word(ReportState state) {
  constexpr std::array<std::string_view, kReportStates.size()> kWords = {"received", "triaged", "in_review",
                                                                         "decided",  "closed",  "reopened"};
  return kWords[static_cast<std::size_t>(state)];
}

Result<ReportState> parse_report_state(std::string_view word) {
  for (const ReportState state : kReportStates)
    if (to_word(state) == word) return state;
  return fail(ErrorCode::invalid, "report.unknown_state");
}

Result<> check_transition(ReportState from, ReportState to) {
  const auto is_this = [&](const ReportTransition& transition) { return transition.from == from && transition.to == to; };
  if (std::ranges::any_of(kReportTransitions, is_this)) return {};
  return fail(ErrorCode::conflict, "report.bad_transition", std::string(to_word(from)) + " to " + std::string(to_word(to)));
}

std::string_view to_word(ReporterWord word) {
  constexpr std::array<std::string_view, kReporterWords.size()> kWords = {"received", "being_checked", "closed"};
  return kWords[static_cast<std::size_t>(word)];
}

Result<ReporterWord> parse_reporter_word(std::string_view word) {
  for (const ReporterWord known : kReporterWords)
    if (to_word(known) == word) return known;
  return fail(ErrorCode::invalid, "report.unknown_word");
}

std::string_view reporter_label(ReporterWord word) {
  constexpr std::array<std::string_view, kReporterWords.size()> kLabels = {"received", "being checked", "closed"};
  return kLabels[static_cast<std::size_t>(word)];
}

ReporterWord reporter_word(ReportState state, Time received_at, Time now) {
  switch (state) {
    case ReportState::received:
      return ReporterWord::received;
    case ReportState::triaged:
    case ReportState::in_review:
      return ReporterWord::being_checked;
    case ReportState::decided:
    case ReportState::closed:
    case ReportState::reopened:
      break;
  }
  return now - received_at >= kReporterClosedAfter ? ReporterWord::closed : ReporterWord::being_checked;
}

}  // namespace tutela::intake
