#include <array>
#include <string>

#include "doctor/checks.h"
#include "doctor/table_repository.h"

// What a state needs beside it. Each line says what must not be; a state machine that is walked by the line never gets there.
namespace tutela::doctor {
namespace {

struct Companion {
  std::string_view what;  // in the words of the domain
  Condition condition;
};

constexpr std::array kCompanions{
    Companion{"item in review without a lease",
              {"item", "id", "state = 'in_review' AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.item_id = item.id)"}},
    Companion{"lease of an item that is not in review",
              {"lease", "item_id", "NOT EXISTS (SELECT 1 FROM item i WHERE i.id = lease.item_id AND i.state = 'in_review')"}},
    Companion{"decided item without a verdict",
              {"item", "id",
               "state IN ('upheld', 'dismissed', 'final') AND NOT EXISTS (SELECT 1 FROM verdict v WHERE v.item_id = item.id)"}},
    Companion{"verdict on an item that is not decided",
              {"verdict", "item_id",
               "NOT EXISTS (SELECT 1 FROM item i WHERE i.id = verdict.item_id AND i.state IN ('upheld', 'dismissed', 'final'))"}},
    Companion{"verdict of members without two assessments",
              {"verdict", "item_id",
               "inherited_entry IS NULL AND (SELECT COUNT(*) FROM assessment a WHERE a.item_id = verdict.item_id) < 2"}},
    Companion{"item that needs a second member without a first",
              {"item", "id", "state = 'needs_second' AND NOT EXISTS (SELECT 1 FROM assessment a WHERE a.item_id = item.id)"}},
    Companion{"report without an item or a concern",
              {"report", "id",
               "NOT EXISTS (SELECT 1 FROM report_item x WHERE x.report_id = report.id) AND NOT EXISTS (SELECT 1 FROM concern c "
               "WHERE c.report_id = report.id)"}},
    Companion{"decided report with an item that is not final",
              {"report", "id",
               "state IN ('decided', 'closed') AND EXISTS (SELECT 1 FROM report_item x JOIN item i ON i.id = x.item_id WHERE "
               "x.report_id = report.id AND i.state <> 'final')"}},
    Companion{
        "decided report with a concern that nobody assessed",
        {"report", "id",
         "state IN ('decided', 'closed') AND EXISTS (SELECT 1 FROM concern c WHERE c.report_id = report.id AND c.assessment "
         "IS NULL)"}},
    Companion{
        "undecided report with everything decided",
        {"report", "id",
         "state NOT IN ('decided', 'closed') AND NOT EXISTS (SELECT 1 FROM report_item x JOIN item i ON i.id = x.item_id "
         "WHERE x.report_id = report.id AND i.state <> 'final') AND NOT EXISTS (SELECT 1 FROM concern c WHERE c.report_id = "
         "report.id AND c.assessment IS NULL)"}},
    Companion{"item without a report", {"item", "id", "NOT EXISTS (SELECT 1 FROM report_item x WHERE x.item_id = item.id)"}},
    Companion{"entry without a fingerprint",
              {"bank_entry", "id", "NOT EXISTS (SELECT 1 FROM entry_fingerprint f WHERE f.entry_id = bank_entry.id)"}},
    Companion{"referral that left without a member's approval",
              {"referral", "id", "state NOT IN ('drafted', 'rerouted') AND approved_by IS NULL AND urgent = 0"}},
    Companion{"referral being sent that is in no outbox",
              {"referral", "id",
               "state = 'sending' AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.subject_id = referral.id AND o.kind = "
               "'referral' AND o.state = 'waiting')"}},
    Companion{"referral sent without a time",
              {"referral", "id", "state IN ('sent', 'acknowledged', 'accepted') AND sent_at IS NULL"}},
    Companion{"urgent referral without the clock of its second member",
              {"referral", "id",
               "urgent = 1 AND state NOT IN ('drafted', 'rerouted') AND approved_by IS NULL AND confirm_due_at IS NULL"}},
    Companion{"answered referral of another node without an answer",
              {"incoming_referral", "id",
               "state NOT IN ('received', 'withdrawn') AND NOT EXISTS (SELECT 1 FROM incoming_answer a WHERE a.incoming_id = "
               "incoming_referral.id)"}},
    Companion{"closed notice without a time",
              {"notice", "id", "state IN ('removed', 'moved', 'unreachable', 'failed') AND closed_at IS NULL"}},
    Companion{"sent notice without a time",
              {"notice", "id", "state IN ('sent', 'answered', 'silent', 'escalated') AND sent_at IS NULL"}},
    Companion{"assessed concern without who and when",
              {"concern", "id", "assessment IS NOT NULL AND (assessed_by IS NULL OR assessed_at IS NULL)"}},
    Companion{"entry adopted twice by one member",
              {"bank_entry", "id", "adopted_first IS NOT NULL AND adopted_first = adopted_second"}},
    Companion{"mandate of one member", {"mandate", "id", "first_member = second_member"}},
    Companion{
        "destruction without two members or their schedule",
        {"destruction", "id",
         "state IN ('approved', 'intended', 'destroying', 'destroyed') AND schedule_id IS NULL AND (first_member IS NULL OR "
         "second_member IS NULL OR first_member = second_member)"}},
    Companion{
        "destruction by a schedule that two members did not approve",
        {"destruction", "id",
         "state IN ('approved', 'intended', 'destroying', 'destroyed') AND schedule_id IS NOT NULL AND NOT EXISTS (SELECT 1 "
         "FROM retention_schedule s WHERE s.id = destruction.schedule_id AND s.approved_at IS NOT NULL)"}},
    Companion{"finished destruction without a time", {"destruction", "id", "state = 'destroyed' AND finished_at IS NULL"}},
    Companion{
        "schedule approved by one member",
        {"retention_schedule", "id", "approved_at IS NOT NULL AND (second_member IS NULL OR first_member = second_member)"}},
    Companion{"erasure without a second member",
              {"erasure", "id",
               "state IN ('approved', 'intended', 'destroying', 'destroyed') AND (approved_by IS NULL OR approved_by = "
               "proposed_by)"}},
    Companion{"finished erasure without a time", {"erasure", "id", "state = 'destroyed' AND finished_at IS NULL"}},
    Companion{"erasure that names no record",
              {"erasure", "id", "NOT EXISTS (SELECT 1 FROM erasure_record r WHERE r.erasure_id = erasure.id)"}},
    Companion{"file handed out without a second member",
              {"media_export", "id",
               "state IN ('approved', 'handed_out') AND (decided_by IS NULL OR decided_by = requested_by OR ends_at IS NULL)"}},
    Companion{"file handed out without a time", {"media_export", "id", "state = 'handed_out' AND handed_out_at IS NULL"}},
    Companion{"cosignature of a checkpoint that is not there",
              {"ledger_cosignature", "",
               "NOT EXISTS (SELECT 1 FROM ledger_checkpoint c WHERE c.epoch = ledger_cosignature.epoch AND c.size = "
               "ledger_cosignature.size)"}},
    Companion{"time-stamp of a checkpoint that is not there",
              {"ledger_time_stamp", "",
               "NOT EXISTS (SELECT 1 FROM ledger_checkpoint c WHERE c.epoch = ledger_time_stamp.epoch AND c.size = "
               "ledger_time_stamp.size)"}},
};

Result<> check_companions(Examination& examination) {
  for (const auto& companion : kCompanions) {
    TUTELA_ASSIGN(const auto found, count_where(examination.reader, companion.condition));
    if (found.count > 0)
      examination.findings.damage("doctor.missing_companion", std::string(companion.what), found.sample, found.count);
  }
  return {};
}

}  // namespace

std::vector<std::string> state_machines_with_companions() {
  std::vector<std::string> names;
  for (const auto& one : kCompanions)
    if (one.condition.is_wrong.find("state ") != std::string_view::npos) names.emplace_back(one.condition.table);
  return names;
}

std::vector<Check> companion_checks() {
  return {{"states.companions", "every state has beside it what it needs", check_companions}};
}

}  // namespace tutela::doctor
