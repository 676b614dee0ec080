#include "filing/actionability.h"

#include <algorithm>

#include "model/text.h"
#include "model/words.h"

namespace tutela::filing {
namespace {

constexpr std::array kWords{Word{Missing::location_or_fingerprint, "location_or_fingerprint"},
                            Word{Missing::actionable_verdict, "actionable_verdict"},
                            Word{Missing::law_row, "law_row"},
                            Word{Missing::recent_sighting, "recent_sighting"},
                            Word{Missing::person_or_indicator, "person_or_indicator"},
                            Word{Missing::child_described, "child_described"},
                            Word{Missing::statement, "statement"},
                            Word{Missing::suspect_indicator, "suspect_indicator"}};

constexpr std::chrono::days kRecent{7};

bool lacks(const ItemSubject& item, const ReferralMessage& message, Missing missing) {
  switch (missing) {
    case Missing::location_or_fingerprint:
      return item.addresses.empty() && item.fingerprints.empty();
    case Missing::actionable_verdict:
      return !is_actionable(item.classification);
    case Missing::law_row:
      return message.law.empty();
    case Missing::recent_sighting:
      return !item.addresses.empty() &&
             std::none_of(item.addresses.begin(), item.addresses.end(),
                          [&](const FiledAddress& address) { return message.sent_at - address.seen_at <= kRecent; });
    default:
      return false;
  }
}

bool lacks(const ConcernSubject& concern, const ReferralMessage& message, Missing missing) {
  switch (missing) {
    case Missing::person_or_indicator:
      return message.persons.empty() && message.indicators.empty();
    case Missing::child_described:
      return message.urgent && std::none_of(message.persons.begin(), message.persons.end(), [](const FiledPerson& person) {
               return person.role != FiledRole::suspect && !is_blank(person.description.reveal());
             });
    case Missing::statement:
      return is_blank(concern.statement.reveal());
    default:
      return false;
  }
}

// Somebody named a suspect of whom there is no identifier: neither one tied to that person nor one tied to nobody.
bool lacks_suspect_indicator(const ReferralMessage& message) {
  for (std::size_t i = 0; i < message.persons.size(); ++i) {
    if (message.persons[i].role != FiledRole::suspect) continue;
    const bool found = std::any_of(message.indicators.begin(), message.indicators.end(),
                                   [&](const FiledIndicator& filed) { return !filed.person || *filed.person == i; });
    if (!found) return true;
  }
  return false;
}

}  // namespace

std::string_view to_word(Missing missing) { return word_of(kWords, missing); }

std::vector<Missing> missing_for_action(const ReferralMessage& message) {
  std::vector<Missing> missing;
  for (const auto kind : kMissing) {
    const bool lacking = std::visit([&](const auto& subject) { return lacks(subject, message, kind); }, message.subject) ||
                         (kind == Missing::suspect_indicator && lacks_suspect_indicator(message));
    if (lacking) missing.push_back(kind);
  }
  return missing;
}

}  // namespace tutela::filing
