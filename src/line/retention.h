#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/sensitive.h"
#include "line/accounts.h"
#include "line/context.h"
#include "retention/retention_repository.h"
#include "vault/after_list.h"

// What is kept until when, what holds it, and how it is destroyed: a clock proposes, two members or a schedule of two decide, and
// the node carries it out in the order of spec/keys.md.
namespace tutela::line {

// How long what outlives its month is kept before it is proposed again.
inline constexpr int kKeptMonths = 3;

// Looks at the clocks and keeps what it saw; to be called once a minute, and before anything is destroyed.
Result<retention::ClockRow> watch_clock(const Context& context, const retention::ClockReading& reading);
// In the transaction that brings a backup back: nothing is destroyed for 72 hours.
Result<> note_restore(store::Transaction& tx, const retention::ClockReading& reading);

// Proposes every class whose month is over, and approves what a schedule covers. Returns how many it moved.
Result<std::size_t> propose_destructions(const Context& context);
// As retention::approve, retention::refuse.
Result<retention::DestructionRow> approve_destruction(const Context& context, const DestructionId& id, const SignedIn& member);
Result<retention::DestructionRow> refuse_destruction(const Context& context, const DestructionId& id, const SignedIn& member);

Result<retention::ScheduleRow> begin_schedule(const Context& context, vault::RecordClass record, const SignedIn& member);
Result<retention::ScheduleRow> approve_schedule(const Context& context, const ScheduleId& id, const SignedIn& member);
// Any member alone. conflict, "retention.not_waiting" when it has ended.
Result<retention::ScheduleRow> end_schedule(const Context& context, const ScheduleId& id, const SignedIn& member);

struct NewHold {
  std::string subject_type;  // retention::kHoldSubjects
  Bytes subject_id;
  std::optional<Time> ends_at;
  Sensitive<std::string> reason;
};
// In force when this returns: what was not yet being destroyed by then is not destroyed. not_found, "hold.unknown_record";
// conflict, "hold.being_destroyed", "hold.already_destroyed"; invalid, "hold.in_the_past".
Result<retention::HoldRow> set_hold(const Context& context, const NewHold& hold, const SignedIn& member);
// conflict, "hold.already_lifted".
Result<retention::HoldRow> lift_hold(const Context& context, const HoldId& id, const Sensitive<std::string>& reason,
                                     const SignedIn& member);

// The next step of one destruction, each whole before it returns, so that a crash between two is resumed by calling it again:
// approved to intended to destroying to destroyed. Returns the row afterwards; what is done, or waits for members, stays.
// conflict, "retention.clock_unsettled", "retention.schedule_ended", "retention.not_due".
Result<retention::DestructionRow> advance_destruction(const Context& context, const DestructionId& id,
                                                      const retention::ClockReading& reading);
// All steps of everything that was approved or begun. An unsettled clock is no error: it waits. Returns how many were completed.
Result<std::size_t> carry_out_destructions(const Context& context, const retention::ClockReading& reading);

// For a list that begins anew (vault/after_list.h): stages a line for every destruction and hold that the database knows, and for
// the newest withdrawals, at most kRestagedWithdrawalsMax: any backup that is taken beside the new list knows the others.
inline constexpr std::int64_t kRestagedWithdrawalsMax = 100'000;
Result<> restage_after_list(store::Transaction& tx);
// Writes what was staged. As vault::append_to_after_list.
Result<> write_restaged(const Context& context, const std::filesystem::path& path);

}  // namespace tutela::line
