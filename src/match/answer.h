#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/bank.h"

namespace tutela::match {

// An item's fingerprint and an entry within the bank's threshold.
struct Match {
  BankId bank;
  EntryId entry;
  Algorithm algorithm;
  int distance_bits = 0;   // 0 for everything that is compared for equality
  int threshold_bits = 0;  // of the bank; 0 for everything that is compared for equality
  std::string why;         // "exact sha256", "equal md5", "pdq within 31"
  BankPurpose purpose = BankPurpose::match;
  EntryStatus status = EntryStatus::active;
  EntrySource source = EntrySource::listed;
  Act act = Act::indicative;
  AgeBand age_band = AgeBand::unknown;

  // Equal bytes are proved: an equal value of a digest nobody can forge.
  bool is_byte_exact() const { return algorithm.comparison() == Comparison::digest && distance_bits == 0; }
};

// By ascending distance, ties by ascending EntryId, then byte-exact before others, then algorithm word: the same on every
// replica, kernel and order of banks (I4).
struct MatchAnswer {
  std::vector<Match> matches;
};

// Puts the matches into that order.
void sort_matches(std::vector<Match>& matches);

// A match of one form of a picture; the form as stored is empty.
struct FormMatch {
  Match match;
  std::string_view form;
};
// The matches of all forms of one picture in that order, each entry and algorithm once: near before far, and of equal distances
// the form that stands first. `forms` names the form of each answer.
std::vector<FormMatch> merge_forms(std::vector<MatchAnswer> answers, std::span<const std::string_view> forms);

// A final verdict that may be inherited by reference: an active entry of a `match` bank, from an adopted source, actionable,
// reached byte-exactly. Cannot be built from anything less (I1).
class FinalEntryReference {
 public:
  // conflict, "match.not_inheritable".
  static Result<FinalEntryReference> from(const Match& match);

  const EntryId& entry() const { return entry_; }
  Act act() const { return act_; }
  AgeBand age_band() const { return age_band_; }

 private:
  FinalEntryReference(const EntryId& entry, Act act, AgeBand age_band) : entry_(entry), act_(act), age_band_(age_band) {}
  EntryId entry_;
  Act act_;
  AgeBand age_band_;
};

// What one match leads to. The order is the strength.
enum class MatchEffect : std::uint8_t {
  annotates,  // a safe bank: a note, and a lower place in the queue if nothing else is known
  asks,       // self-reported, or an entry that is not actionable: a member looks, nothing is held
  holds,      // near, or of a source that nothing is inherited from: held until a member decided; nothing is classified
  inherits,   // the same bytes as a final verdict: acted on without a new view
};
inline constexpr std::array kMatchEffects = {MatchEffect::annotates, MatchEffect::asks, MatchEffect::holds,
                                             MatchEffect::inherits};
std::string_view to_word(MatchEffect effect);
Result<MatchEffect> parse_match_effect(std::string_view word);  // invalid, "match.unknown_effect"
// A near match only holds; so does a disputed or merely listed entry, whatever the distance.
MatchEffect effect_of(const Match& match);

enum class DispositionKind : std::uint8_t { new_item, annotate_safe, ask_member, hold, block_inherited };
inline constexpr std::array kDispositionKinds = {DispositionKind::new_item, DispositionKind::annotate_safe,
                                                 DispositionKind::ask_member, DispositionKind::hold,
                                                 DispositionKind::block_inherited};
std::string_view to_word(DispositionKind kind);
Result<DispositionKind> parse_disposition_kind(std::string_view word);  // invalid, "match.unknown_disposition"

// What a match answer allows. An action, never a verdict.
struct ItemDisposition {
  DispositionKind kind = DispositionKind::new_item;
  std::optional<EntryId> entry;                  // the entry it rests on; none for new_item
  std::optional<FinalEntryReference> inherited;  // for block_inherited only
  std::optional<EntryId> safe_entry;  // set beside any kind: the item is annotated, and ordered lower if nothing else is known

  // Nobody has ever decided about it: ranked above known items.
  bool is_new() const { return kind == DispositionKind::new_item || kind == DispositionKind::ask_member; }
};

// The strongest effect of any match; of equal ones the first in the answer's order. What is inherited is held instead where an
// entry on the same bytes contradicts it: a disputed one, or a final verdict that is not actionable. Does not depend on the order
// of the matches.
ItemDisposition decide_disposition(const MatchAnswer& answer);

}  // namespace tutela::match
