#include "match/answer.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace tutela::match {
namespace {

bool is_before(const Match& left, const Match& right) {
  return std::tuple(left.distance_bits, left.entry, !left.is_byte_exact(), left.algorithm.word()) <
         std::tuple(right.distance_bits, right.entry, !right.is_byte_exact(), right.algorithm.word());
}

bool is_actionable(const Match& match) { return tutela::is_actionable(Classification{match.act, match.age_band}); }

// Another entry on the same bytes that says the inherited verdict may be wrong.
bool contradicts(const Match& match) {
  if (match.purpose != BankPurpose::match || !match.is_byte_exact()) return false;
  return match.status == EntryStatus::disputed || (match.source == EntrySource::final_verdict_adopted && !is_actionable(match));
}

DispositionKind kind_of(MatchEffect effect) {
  switch (effect) {
    case MatchEffect::annotates:
      return DispositionKind::annotate_safe;
    case MatchEffect::asks:
      return DispositionKind::ask_member;
    case MatchEffect::holds:
      return DispositionKind::hold;
    case MatchEffect::inherits:
      return DispositionKind::block_inherited;
  }
  check_failed("a match effect");
}

}  // namespace

void sort_matches(std::vector<Match>& matches) { std::ranges::sort(matches, is_before); }

std::vector<FormMatch> merge_forms(std::vector<MatchAnswer> answers, std::span<const std::string_view> forms) {
  std::vector<FormMatch> merged;
  for (std::size_t i = 0; i < answers.size(); ++i)
    for (auto& match : answers[i].matches) {
      const auto same = std::ranges::find_if(merged, [&](const FormMatch& present) {
        return present.match.entry == match.entry && present.match.algorithm == match.algorithm;
      });
      if (same == merged.end()) {
        merged.push_back({std::move(match), forms[i]});
      } else if (match.distance_bits < same->match.distance_bits) {
        *same = {std::move(match), forms[i]};
      }
    }
  std::ranges::sort(merged, is_before, &FormMatch::match);
  return merged;
}

Result<FinalEntryReference> FinalEntryReference::from(const Match& match) {
  if (match.purpose != BankPurpose::match || match.status != EntryStatus::active ||
      match.source != EntrySource::final_verdict_adopted || !match.is_byte_exact() || !is_actionable(match))
    return fail(ErrorCode::conflict, "match.not_inheritable");
  return FinalEntryReference(match.entry, match.act, match.age_band);
}

std::string_view to_word(MatchEffect effect) {
  constexpr std::array<std::string_view, kMatchEffects.size()> kWords = {"annotates", "asks", "holds", "inherits"};
  return kWords[static_cast<std::size_t>(effect)];
}

Result<MatchEffect> parse_match_effect(std::string_view word) {
  for (const MatchEffect effect : kMatchEffects)
    if (to_word(effect) == word) return effect;
  return fail(ErrorCode::invalid, "match.unknown_effect");
}

MatchEffect effect_of(const Match& match) {
  switch (match.purpose) {
    case BankPurpose::safe:
      return MatchEffect::annotates;
    case BankPurpose::self_reported:
      return MatchEffect::asks;
    case BankPurpose::match:
      break;
  }
  if (!is_actionable(match)) return MatchEffect::asks;
  return FinalEntryReference::from(match) ? MatchEffect::inherits : MatchEffect::holds;
}

std::string_view to_word(DispositionKind kind) {
  constexpr std::array<std::string_view, kDispositionKinds.size()> kWords = {"new_item", "annotate_safe", "ask_member", "hold",
                                                                             "block_inherited"};
  return kWords[static_cast<std::size_t>(kind)];
}

Result<DispositionKind> parse_disposition_kind(std::string_view word) {
  for (const DispositionKind kind : kDispositionKinds)
    if (to_word(kind) == word) return kind;
  return fail(ErrorCode::invalid, "match.unknown_disposition");
}

ItemDisposition decide_disposition(const MatchAnswer& answer) {
  ItemDisposition disposition;
  const Match* strongest = nullptr;
  const Match* safe = nullptr;
  for (const Match& match : answer.matches) {
    if (match.status == EntryStatus::withdrawn) continue;  // I5: an index holds none, but this decision does not rely on it
    const MatchEffect effect = effect_of(match);
    if (effect == MatchEffect::annotates && (safe == nullptr || is_before(match, *safe))) safe = &match;
    if (strongest == nullptr || effect > effect_of(*strongest) ||
        (effect == effect_of(*strongest) && is_before(match, *strongest)))
      strongest = &match;
  }
  if (strongest == nullptr) return disposition;

  disposition.kind = kind_of(effect_of(*strongest));
  disposition.entry = strongest->entry;
  if (safe != nullptr) disposition.safe_entry = safe->entry;
  if (disposition.kind == DispositionKind::block_inherited) {
    if (std::ranges::any_of(answer.matches, contradicts)) {
      disposition.kind = DispositionKind::hold;
    } else {
      disposition.inherited = FinalEntryReference::from(*strongest).value();
    }
  }
  return disposition;
}

}  // namespace tutela::match
