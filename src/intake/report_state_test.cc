#include "intake/report_state.h"

#include <set>

#include <gmock/gmock.h>

namespace tutela::intake {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

constexpr Time kReceived = Time{std::chrono::hours{480'000}};

const std::set<std::pair<std::string_view, std::string_view>> kPermitted = {
    {"received", "triaged"}, {"triaged", "in_review"}, {"triaged", "decided"}, {"in_review", "decided"},
    {"decided", "closed"},   {"decided", "reopened"},  {"closed", "reopened"}, {"reopened", "in_review"},
};

TEST(ReportState, EveryPairIsPermittedOrRefused) {
  for (const ReportState from : kReportStates) {
    for (const ReportState to : kReportStates) {
      const auto checked = check_transition(from, to);
      EXPECT_EQ(checked.has_value(), kPermitted.contains({to_word(from), to_word(to)})) << to_word(from) << " to " << to_word(to);
      EXPECT_TRUE(checked || checked.error().reason == Reason("report.bad_transition"));
    }
  }
  EXPECT_EQ(kReportTransitions.size(), kPermitted.size());
}

TEST(ReporterWord, SaysOnlyThreeThings) {
  const Time later = kReceived + days{30};
  EXPECT_EQ(reporter_word(ReportState::received, kReceived, later), ReporterWord::received);
  EXPECT_EQ(reporter_word(ReportState::triaged, kReceived, later), ReporterWord::being_checked);
  EXPECT_EQ(reporter_word(ReportState::in_review, kReceived, later), ReporterWord::being_checked);
  for (const ReportState state : {ReportState::decided, ReportState::closed, ReportState::reopened})
    EXPECT_EQ(reporter_word(state, kReceived, later), ReporterWord::closed) << to_word(state);
}

// What was dismissed in a minute and what is with the police for a year read alike on every day.
TEST(ReporterWord, TimingDoesNotTellTheResult) {
  for (int day = 0; day < 40; ++day) {
    const Time now = kReceived + days{day};
    const ReporterWord dismissed_at_once = reporter_word(ReportState::closed, kReceived, now);
    const ReporterWord upheld_and_open = reporter_word(ReportState::decided, kReceived, now);
    EXPECT_EQ(dismissed_at_once, upheld_and_open) << "day " << day;
    EXPECT_EQ(dismissed_at_once, day < 7 ? ReporterWord::being_checked : ReporterWord::closed) << "day " << day;
  }
  EXPECT_EQ(reporter_word(ReportState::closed, kReceived, kReceived + kReporterClosedAfter - milliseconds{1}),
            ReporterWord::being_checked);
}

TEST(ReporterWord, ReopeningDoesNotShow) {
  for (int day = 0; day < 40; ++day) {
    const Time now = kReceived + days{day};
    EXPECT_EQ(reporter_word(ReportState::reopened, kReceived, now), reporter_word(ReportState::closed, kReceived, now));
  }
}

TEST(ReportWords, RoundTrip) {
  for (const ReportState state : kReportStates) EXPECT_EQ(*parse_report_state(to_word(state)), state);
  for (const ReporterWord word : {ReporterWord::received, ReporterWord::being_checked, ReporterWord::closed})
    EXPECT_EQ(*parse_reporter_word(to_word(word)), word);
  EXPECT_EQ(reporter_label(ReporterWord::being_checked), "being checked");
  EXPECT_EQ(parse_report_state("done").error().reason, Reason("report.unknown_state"));
  EXPECT_EQ(parse_reporter_word("upheld").error().reason, Reason("report.unknown_word"));
}

}  // namespace
}  // namespace tutela::intake
