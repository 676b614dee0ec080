#include "casework/concern.h"

#include "model/words.h"

namespace tutela::casework {
namespace {

constexpr std::array kKindWords{Word{ConcernKind::grooming, "grooming"},
                                Word{ConcernKind::extortion, "extortion"},
                                Word{ConcernKind::live_stream, "live_stream"},
                                Word{ConcernKind::trafficking, "trafficking"},
                                Word{ConcernKind::worry, "worry"},
                                Word{ConcernKind::other, "other"}};
// In the terms of the Luxembourg Terminology Guidelines, which avoid words that blame or describe.
constexpr std::array kLabels{Word{ConcernKind::grooming, "Online solicitation of a child"},
                             Word{ConcernKind::extortion, "Sexual extortion of a child"},
                             Word{ConcernKind::live_stream, "Live online child sexual abuse"},
                             Word{ConcernKind::trafficking, "Child trafficking"},
                             Word{ConcernKind::worry, "Worry about a child"},
                             Word{ConcernKind::other, "Other concern about a child"}};
constexpr std::array kAssessmentWords{Word{ConcernAssessment::urgent, "urgent"}, Word{ConcernAssessment::credible, "credible"},
                                      Word{ConcernAssessment::out_of_remit, "out_of_remit"}};

}  // namespace

std::string_view to_word(ConcernKind kind) { return word_of(kKindWords, kind); }
std::string_view to_word(ConcernAssessment assessment) { return word_of(kAssessmentWords, assessment); }
std::string_view label(ConcernKind kind) { return word_of(kLabels, kind); }

Result<ConcernKind> parse_concern_kind(std::string_view word) {
  if (const auto kind = value_of(kKindWords, word)) return *kind;
  return fail(ErrorCode::invalid, "concern.unknown_kind");
}

Result<ConcernAssessment> parse_concern_assessment(std::string_view word) {
  if (const auto assessment = value_of(kAssessmentWords, word)) return *assessment;
  return fail(ErrorCode::invalid, "concern.unknown_assessment");
}

Time assess_due_at(ConcernKind kind, DangerSaid danger, Time received_at) {
  const bool at_once = danger == DangerSaid::now || kind == ConcernKind::live_stream;
  return received_at + (at_once ? std::chrono::hours(1) : std::chrono::hours(24));
}

std::optional<Time> file_due_at(ConcernAssessment assessment, Time assessed_at) {
  switch (assessment) {
    case ConcernAssessment::urgent:
      return assessed_at + std::chrono::hours(1);
    case ConcernAssessment::credible:
      return assessed_at + std::chrono::hours(72);
    case ConcernAssessment::out_of_remit:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace tutela::casework
