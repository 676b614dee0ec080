#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "retention/destruction.h"

// The destruction of named records before their month is over: a court or an authority orders it, the law does not let this node
// keep them, or whom they speak of may ask for it. One member proposes, another approves, and never a clock (I13).
//
// Its states are those of a class's destruction (retention/destruction.h), with two differences: what was refused stays refused,
// and what was intended is refused when a hold or the law keeps one of its records by then.
namespace tutela::retention {

enum class ErasureReason : std::uint8_t {
  court_order,
  authority_order,        // of a data protection or another authority
  not_permitted_to_keep,  // the law does not let this node have it
  data_subject_request,   // of whom it speaks, or who reported it
};
inline constexpr std::array kErasureReasons{ErasureReason::court_order, ErasureReason::authority_order,
                                            ErasureReason::not_permitted_to_keep, ErasureReason::data_subject_request};
std::string_view to_word(ErasureReason reason);
// invalid, "erasure.unknown_reason".
Result<ErasureReason> parse_erasure_reason(std::string_view word);

// What has a key of its own and can be named. A concern and its persons are sealed under their report's key: name the report.
inline constexpr std::array<std::string_view, 5> kErasureSubjects{"report", "item", "referral", "incoming", "notice"};
// invalid, "erasure.unknown_subject"; the word as given.
Result<std::string> parse_erasure_subject(std::string_view word);

struct ErasureRecord {
  std::string subject_type;  // kErasureSubjects
  Bytes subject_id;
  auto operator<=>(const ErasureRecord&) const = default;
};

// Every permitted step. conflict, "retention.transition_refused".
Result<> check_erasure_transition(DestructionState from, DestructionState to);

struct ErasureRow {
  ErasureId id;
  ErasureReason reason = ErasureReason::court_order;
  DestructionState state = DestructionState::proposed;
  MemberId proposed_by;
  Time proposed_at;
  std::optional<MemberId> approved_by = {};
  std::optional<MemberId> refused_by = {};
  std::optional<Time> decided_at = {};
  std::optional<KeptBecause> refused_because = {};  // when no member refused it
  std::optional<std::string> law_row = {};          // that asks to keep a record
  std::int64_t destroyed = 0;                       // rows, with the members' words about the records
  std::int64_t kept = 0;                            // rows of the same classes that went on under another key
  std::optional<Time> finished_at = {};
  std::int64_t version = 1;
};

// The second member's yes. denied, "retention.same_member"; conflict, "retention.not_waiting".
Result<ErasureRow> approve(const ErasureRow& row, const MemberId& member, Time now);
// Any member's no, also of who proposed it. conflict, "retention.not_waiting" (once it is intended it is completed).
Result<ErasureRow> refuse(const ErasureRow& row, const MemberId& member, Time now);

}  // namespace tutela::retention
