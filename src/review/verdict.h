#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/presence.h"
#include "match/answer.h"
#include "model/classification.h"
#include "review/review_repository.h"

// What classifies (I1). Three types, and no way to any of them but through a member:
//
//   Assessment         one member's judgement of one item; made from a MemberPresence
//   Verdict            at least two members judged alike; made by decide_quorum() (quorum.h) from assessments
//   InheritedVerdict   a reference to somebody's final verdict on the same bytes; made from a match::FinalEntryReference
namespace tutela::review {

enum class Viewed : std::uint8_t { here, off_node, not_viewed };
std::string_view to_word(Viewed viewed);
Result<Viewed> parse_viewed(std::string_view word);  // invalid, "review.unknown_viewed"

inline constexpr std::int64_t kDeclaredSecondsMax = 60 * 60;

// How a member came to see an item, checked against the views on record: what was not viewed is never said to be viewed.
class Viewing {
 public:
  // `views` are this member's views of this item. A blurred thumbnail is no view of the picture.
  // conflict, "review.not_viewed_here" (here without a grey or full view), "review.viewed_here" (not_viewed or off_node after
  // one), "review.address_not_handed_out" (off_node without a hand-out); invalid, "review.declared_seconds" (off_node needs 1..
  // kDeclaredSecondsMax, the others 0).
  static Result<Viewing> check(Viewed claim, std::int64_t declared_seconds, std::span<const ViewRow> views);

  Viewed viewed() const { return viewed_; }
  std::int64_t declared_seconds() const { return declared_seconds_; }

 private:
  friend class Assessment;
  Viewing(Viewed viewed, std::int64_t declared_seconds) : viewed_(viewed), declared_seconds_(declared_seconds) {}
  Viewed viewed_;
  std::int64_t declared_seconds_;
};

class Assessment {
 public:
  // `reason` is required (1..limits::kReasonBytesMax bytes of UTF-8) but not kept here: the line seals it.
  // invalid, "review.reason_missing", "review.bad_reason" (not clean text); limit, "review.reason_too_long".
  static Result<Assessment> make(const AssessmentId& id, const ItemId& item, const accounts::MemberPresence& presence,
                                 Classification judgement, const Viewing& viewing, const Sensitive<std::string>& reason);
  // Reads back what make() once built and the repository stored. corrupt, with the reason of the unknown word.
  static Result<Assessment> restore(const AssessmentRow& row);
  // Everything of the row but the sealed reason.
  AssessmentRow to_row(Bytes sealed_reason) const;

  const AssessmentId& id() const { return id_; }
  const ItemId& item() const { return item_; }
  const MemberId& member() const { return member_; }
  Classification judgement() const { return judgement_; }
  Viewing viewing() const { return viewing_; }
  Time assessed_at() const { return assessed_at_; }

 private:
  Assessment(const AssessmentId& id, const ItemId& item, const MemberId& member, Classification judgement, const Viewing& viewing,
             Time assessed_at)
      : id_(id), item_(item), member_(member), judgement_(judgement), viewing_(viewing), assessed_at_(assessed_at) {}
  AssessmentId id_;
  ItemId item_;
  MemberId member_;
  Classification judgement_;
  Viewing viewing_;
  Time assessed_at_;
};

struct QuorumDecision;

class Verdict {
 public:
  const ItemId& item() const { return item_; }
  Classification judgement() const { return judgement_; }
  bool is_upheld() const { return is_actionable(judgement_); }
  // True only if one of the members it rests on viewed the item through this node.
  bool is_viewed_here() const { return viewed_here_; }
  // The assessments that agree: two or more, of different members.
  const std::vector<AssessmentId>& rests_on() const { return rests_on_; }
  Time decided_at() const { return decided_at_; }

 private:
  friend Result<QuorumDecision> decide_quorum(std::span<const Assessment>);
  Verdict(const ItemId& item, Classification judgement, bool viewed_here, std::vector<AssessmentId> rests_on, Time decided_at)
      : item_(item), judgement_(judgement), viewed_here_(viewed_here), rests_on_(std::move(rests_on)), decided_at_(decided_at) {}
  ItemId item_;
  Classification judgement_;
  bool viewed_here_;
  std::vector<AssessmentId> rests_on_;
  Time decided_at_;
};

// "Classified by M at T, not viewed here."
class InheritedVerdict {
 public:
  InheritedVerdict(const ItemId& item, const match::FinalEntryReference& final_entry, Time decided_at)
      : item_(item), final_entry_(final_entry), decided_at_(decided_at) {}

  const ItemId& item() const { return item_; }
  Classification judgement() const { return {final_entry_.act(), final_entry_.age_band()}; }
  const EntryId& entry() const { return final_entry_.entry(); }
  static constexpr bool is_viewed_here() { return false; }
  Time decided_at() const { return decided_at_; }

 private:
  ItemId item_;
  match::FinalEntryReference final_entry_;
  Time decided_at_;
};

VerdictRow to_row(const Verdict& verdict, const VerdictId& id);
VerdictRow to_row(const InheritedVerdict& verdict, const VerdictId& id);

}  // namespace tutela::review
