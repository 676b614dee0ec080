#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/ids.h"

// The destruction of one class of records that are due, from the proposal of a clock to its tombstone (I13, spec/keys.md).
namespace tutela::retention {

enum class DestructionState : std::uint8_t {
  proposed,    // the month is over; nothing happens until members decide
  approved,    // by two members, or by a schedule that two approved
  intended,    // the ledger says so; what survives is being moved to a later month
  destroying,  // holds were looked at for the last time: from here it is completed, whatever happens
  destroyed,   // the key is gone and the tombstone stands
  refused,     // a member said no; proposed again when it is still due a month later
};
inline constexpr std::array kDestructionStates{DestructionState::proposed,  DestructionState::approved,
                                               DestructionState::intended,  DestructionState::destroying,
                                               DestructionState::destroyed, DestructionState::refused};
std::string_view to_word(DestructionState state);
Result<DestructionState> parse_destruction_state(std::string_view word);  // corrupt, "retention.unknown_state"

// Whether a destruction may go there; an erasure has steps of its own (erasure.h). conflict, "retention.transition_refused".
struct DestructionStep {
  DestructionState from;
  DestructionState to;
};
Result<> check_step(std::span<const DestructionStep> permitted, DestructionState from, DestructionState to);
Result<> check_transition(DestructionState from, DestructionState to);

struct DestructionRow {
  DestructionId id;
  std::string class_name;  // "report-2027-03"
  DestructionState state = DestructionState::proposed;
  Time proposed_at;
  std::optional<MemberId> first_member = {};
  std::optional<MemberId> second_member = {};
  std::optional<ScheduleId> schedule = {};
  std::optional<Time> decided_at = {};
  std::int64_t destroyed = 0;  // records
  std::int64_t kept = 0;       // records that moved to a later month
  std::optional<Time> finished_at = {};
  std::int64_t version = 1;
};

// The next member's yes: the first is kept, the second approves. denied, "retention.same_member"; conflict,
// "retention.not_waiting".
Result<DestructionRow> approve(const DestructionRow& row, const MemberId& member, Time now);
// Any member's no. conflict, "retention.not_waiting" (once it is intended it is completed).
Result<DestructionRow> refuse(const DestructionRow& row, Time now);

// A standing yes for a class of records: what comes due of it is approved without asking again, until a member ends it.
struct ScheduleRow {
  ScheduleId id;
  std::string record_class;
  MemberId first_member;
  Time begun_at;
  std::optional<MemberId> second_member = {};
  std::optional<Time> approved_at = {};
  std::optional<Time> ended_at = {};
  std::int64_t version = 1;

  bool is_in_force() const { return approved_at && !ended_at; }
};
// denied, "retention.same_member"; conflict, "retention.not_waiting".
Result<ScheduleRow> approve(const ScheduleRow& row, const MemberId& member, Time now);
// A waiting destruction whose class a schedule in force covers.
Result<DestructionRow> approve_by_schedule(const DestructionRow& row, const ScheduleRow& schedule, Time now);

// Whether all records of that month are due: the month is over.
bool is_due(std::chrono::year_month month, Time now);

// Nothing that it covers is destroyed, until it is lifted or ends.
struct HoldRow {
  HoldId id;
  std::string subject_type;  // kHoldSubjects
  Bytes subject_id;
  MemberId set_by;
  Time set_at;
  std::optional<Time> ends_at = {};
  std::optional<MemberId> lifted_by = {};
  std::optional<Time> lifted_at = {};
  std::int64_t version = 1;

  bool is_in_force(Time now) const { return !lifted_at && (!ends_at || now < *ends_at); }
};
inline constexpr std::array<std::string_view, 6> kHoldSubjects{"report", "item", "concern", "referral", "incoming", "notice"};
// invalid, "hold.unknown_subject"; the word as given.
Result<std::string> parse_hold_subject(std::string_view word);

// Why a record outlives its month.
enum class KeptBecause : std::uint8_t {
  hold,          // a legal hold covers it
  preservation,  // the law asks to keep what was filed, for longer
  open,          // what it belongs to is not finished
  subject,       // it explains a record that is kept
};
inline constexpr std::array kKeptReasons{KeptBecause::hold, KeptBecause::preservation, KeptBecause::open, KeptBecause::subject};
std::string_view to_word(KeptBecause because);
Result<KeptBecause> parse_kept_because(std::string_view word);  // corrupt, "retention.unknown_word"

}  // namespace tutela::retention
