#include <array>

#include "doctor/checks.h"
#include "doctor/table_repository.h"

// What waits for a running server, and times that have not come yet.
namespace tutela::doctor {
namespace {

using namespace std::chrono_literals;

// A clock may be corrected by seconds; what is later than this says that it ran backwards or was ahead.
constexpr auto kClockSlack = 5min;
constexpr auto kWaitsLong = 24h;

constexpr std::array kPast{
    Condition{"report", "id", "received_at > $1"},
    Condition{"item", "id", "first_seen_at > $1"},
    Condition{"assessment", "id", "assessed_at > $1"},
    Condition{"verdict", "id", "decided_at > $1"},
    Condition{"referral", "id", "drafted_at > $1"},
    Condition{"notice", "id", "drafted_at > $1"},
    Condition{"outbox", "id", "created_at > $1"},
    Condition{"ledger_leaf", "subject", "at > $1"},
    Condition{"ledger_checkpoint", "epoch", "signed_at > $1"},
    Condition{"ledger_epoch", "epoch", "opened_at > $1"},
};

Result<> check_times(Examination& examination) {
  for (const auto& condition : kPast) {
    TUTELA_ASSIGN(const auto found, count_where_at(examination.reader, condition, examination.now + kClockSlack));
    if (found.count > 0) examination.findings.add(Grade::notice, "doctor.future", std::string(condition.table), {}, found.count);
  }
  return {};
}

Result<> check_waiting(Examination& examination) {
  auto& findings = examination.findings;
  auto& reader = examination.reader;
  TUTELA_ASSIGN(const auto stale, count_where_at(reader, {"lease", "item_id", "until < $1"}, examination.now - kWaitsLong));
  if (stale.count > 0) findings.add(Grade::notice, "doctor.lease_stale", "lease", {}, stale.count);
  TUTELA_ASSIGN(const auto waiting,
                count_where_at(reader, {"outbox", "id", "state = 'waiting' AND created_at < $1"}, examination.now - kWaitsLong));
  if (waiting.count > 0) findings.add(Grade::notice, "doctor.outbox_waiting", "outbox", {}, waiting.count);
  TUTELA_ASSIGN(const auto staged, count_rows(reader, "ledger_staged"));
  if (staged > 0) findings.add(Grade::notice, "doctor.staged", "ledger_staged", {}, staged);
  return {};
}

}  // namespace

std::vector<Check> waiting_checks() {
  return {{"waiting.times", "nothing was recorded in the future", check_times},
          {"waiting.rows", "leases, the outbox and entries that wait for a server", check_waiting}};
}

}  // namespace tutela::doctor
