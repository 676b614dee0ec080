#include <algorithm>
#include <array>
#include <initializer_list>

#include "casework/concern.h"
#include "casework/indicator.h"
#include "casework/person.h"
#include "doctor/checks.h"
#include "doctor/table_repository.h"
#include "filing/referral_message.h"
#include "filing/referral_state.h"
#include "intake/report_state.h"
#include "intake/submission.h"
#include "law/jurisdiction.h"
#include "ledger/event_kinds.h"
#include "match/answer.h"
#include "match/bank.h"
#include "match/list_line.h"
#include "model/classification.h"
#include "model/fingerprint.h"
#include "notice/notice_clock.h"
#include "notice/notice_state.h"
#include "retention/destruction.h"
#include "retention/erasure.h"
#include "retention/media_export.h"
#include "review/exposure.h"
#include "review/item_state.h"
#include "review/verdict.h"
#include "vault/after_list.h"
#include "vault/key_store.h"

// Every word of a state or a kind stands in its table, and what a row names is there.
namespace tutela::doctor {
namespace {

struct WordColumn {
  std::string_view table;
  std::string_view column;
  bool (*knows)(std::string_view word);
};

template <auto Parse>
bool parses(std::string_view word) {
  return Parse(word).has_value();
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

const std::array kWordColumns{
    WordColumn{"node", "kind", parses<law::parse_organisation_kind>},
    WordColumn{"authority", "kind", parses<law::parse_authority_kind>},
    WordColumn{"report", "channel", parses<intake::parse_channel>},
    WordColumn{"report", "kind", parses<intake::parse_report_kind>},
    WordColumn{"report", "state", parses<intake::parse_report_state>},
    WordColumn{"item", "state", parses<review::parse_item_state>},
    WordColumn{"item", "action", [](std::string_view word) { return is_one_of(word, {"none", "hold", "block"}); }},
    WordColumn{"item_location", "state", [](std::string_view word) { return is_one_of(word, {"live", "gone", "unknown"}); }},
    WordColumn{"item_fingerprint", "algorithm", parses<Algorithm::parse>},
    WordColumn{"item_fingerprint", "origin", [](std::string_view word) { return is_one_of(word, {"node", "off_node"}); }},
    WordColumn{"item_match", "algorithm", parses<Algorithm::parse>},
    WordColumn{"bank_list_import", "format", parses<match::parse_list_format>},
    WordColumn{"bank", "purpose", parses<match::parse_bank_purpose>},
    WordColumn{"bank_entry", "status", parses<match::parse_entry_status>},
    WordColumn{"bank_entry", "act", parses<parse_act>},
    WordColumn{"bank_entry", "age_band", parses<parse_age_band>},
    WordColumn{"entry_fingerprint", "algorithm", parses<Algorithm::parse>},
    WordColumn{"assessment", "act", parses<parse_act>},
    WordColumn{"assessment", "age_band", parses<parse_age_band>},
    WordColumn{"assessment", "viewed", parses<review::parse_viewed>},
    WordColumn{"verdict", "act", parses<parse_act>},
    WordColumn{"verdict", "age_band", parses<parse_age_band>},
    WordColumn{"item_view", "mode", parses<review::parse_view_mode>},
    WordColumn{"concern", "kind", parses<casework::parse_concern_kind>},
    WordColumn{"concern", "assessment", parses<casework::parse_concern_assessment>},
    WordColumn{"person", "role", parses<casework::parse_person_role>},
    WordColumn{"person", "age_band", parses<parse_age_band>},
    WordColumn{"indicator", "type", parses<casework::parse_indicator_type>},
    WordColumn{"routing_task", "subject_type", [](std::string_view word) { return is_one_of(word, {"item", "concern"}); }},
    WordColumn{"referral", "subject_type", [](std::string_view word) { return is_one_of(word, {"item", "concern"}); }},
    WordColumn{"referral", "state", parses<filing::parse_referral_state>},
    WordColumn{"referral", "outcome", parses<filing::parse_outcome>},
    WordColumn{"supplement", "kind", parses<filing::parse_supplement_kind>},
    WordColumn{"incoming_referral", "state", parses<filing::parse_incoming_state>},
    WordColumn{"incoming_referral", "outcome", parses<filing::parse_outcome>},
    WordColumn{"incoming_supplement", "kind", parses<filing::parse_supplement_kind>},
    WordColumn{"incoming_answer", "answer", parses<filing::parse_answer_kind>},
    WordColumn{"incoming_answer", "outcome", parses<filing::parse_outcome>},
    WordColumn{"notice", "state", parses<notice::parse_notice_state>},
    WordColumn{"notice", "answer", parses<notice::parse_host_answer>},
    WordColumn{"notice_check", "seen", parses<notice::parse_seen>},
    WordColumn{"outbox", "kind", [](std::string_view word) { return is_one_of(word, {"referral", "supplement", "notice"}); }},
    WordColumn{"outbox", "state", [](std::string_view word) { return is_one_of(word, {"waiting", "done", "given_up"}); }},
    WordColumn{"destruction", "state", parses<retention::parse_destruction_state>},
    WordColumn{"erasure", "state", parses<retention::parse_destruction_state>},
    WordColumn{"erasure", "reason", parses<retention::parse_erasure_reason>},
    WordColumn{"erasure", "refused_because", parses<retention::parse_kept_because>},
    WordColumn{"erasure_record", "subject_type", parses<retention::parse_erasure_subject>},
    WordColumn{"erasure_class", "class_name", parses<vault::parse_destruction_class>},
    WordColumn{"retention_schedule", "record_class", parses<vault::parse_record_class>},
    WordColumn{"legal_hold", "subject_type", parses<retention::parse_hold_subject>},
    WordColumn{"media_export", "state", parses<retention::parse_export_state>},
    WordColumn{"media_export", "purpose", parses<retention::parse_export_purpose>},
    WordColumn{"after_pending", "kind", parses<vault::parse_after_kind>},
    WordColumn{"clock_watch", "why", [](std::string_view word) { return is_one_of(word, {"", "new", "jump", "restore"}); }},
    WordColumn{"ledger_leaf", "kind", ledger::is_event_kind},
    WordColumn{"ledger_staged", "kind", ledger::is_event_kind},
};

constexpr std::array kReferences{
    Reference{"session", "member_id", "member"},
    Reference{"authority", "adopted_by", "member"},
    Reference{"mandate", "first_member", "member"},
    Reference{"mandate", "second_member", "member"},
    Reference{"report", "token_id", "api_token"},
    Reference{"idempotency", "report_id", "report"},
    Reference{"idempotency", "token_id", "api_token"},
    Reference{"report_item", "report_id", "report"},
    Reference{"report_item", "item_id", "item"},
    Reference{"item", "stack_entry", "bank_entry"},
    Reference{"item_location", "item_id", "item"},
    Reference{"item_fingerprint", "item_id", "item"},
    Reference{"item_match", "item_id", "item"},
    Reference{"item_match", "entry_id", "bank_entry"},
    Reference{"bank_entry", "bank_id", "bank"},
    Reference{"bank_entry", "item_id", "item"},
    Reference{"bank_entry", "adopted_first", "member"},
    Reference{"bank_entry", "adopted_second", "member"},
    Reference{"entry_fingerprint", "entry_id", "bank_entry"},
    Reference{"entry_reference", "entry_id", "bank_entry"},
    Reference{"bank_list_import", "bank_id", "bank"},
    Reference{"bank_adoption", "bank_id", "bank"},
    Reference{"bank_adoption", "first_member", "member"},
    Reference{"bank_adoption", "second_member", "member"},
    Reference{"bank_term", "bank_id", "bank"},
    Reference{"lease", "item_id", "item"},
    Reference{"lease", "member_id", "member"},
    Reference{"assessment", "item_id", "item"},
    Reference{"assessment", "member_id", "member"},
    Reference{"verdict", "item_id", "item"},
    Reference{"verdict", "inherited_entry", "bank_entry"},
    Reference{"item_view", "item_id", "item"},
    Reference{"item_view", "member_id", "member"},
    Reference{"item_view", "location_id", "item_location"},
    Reference{"exposure", "member_id", "member"},
    Reference{"concern", "report_id", "report"},
    Reference{"concern", "assessed_by", "member"},
    Reference{"person", "concern_id", "concern"},
    Reference{"indicator", "report_id", "report"},
    Reference{"routing_task", "subject_id", "item", "id", "subject_type = 'item'"},
    Reference{"routing_task", "subject_id", "concern", "id", "subject_type = 'concern'"},
    Reference{"routing_task", "decided_by", "member"},
    Reference{"referral", "authority", "authority", "name"},
    Reference{"referral", "subject_id", "item", "id", "subject_type = 'item'"},
    Reference{"referral", "subject_id", "concern", "id", "subject_type = 'concern'"},
    Reference{"referral", "drafted_by", "member"},
    Reference{"referral", "approved_by", "member"},
    Reference{"referral", "confirmed_by", "member"},
    Reference{"supplement", "referral_id", "referral"},
    Reference{"supplement", "made_by", "member"},
    Reference{"incoming_supplement", "incoming_id", "incoming_referral"},
    Reference{"incoming_answer", "incoming_id", "incoming_referral"},
    Reference{"decision_reason", "member_id", "member"},
    Reference{"notice", "item_id", "item"},
    Reference{"notice", "location_id", "item_location"},
    Reference{"notice", "drafted_by", "member"},
    Reference{"notice", "approved_by", "member"},
    Reference{"notice_check", "notice_id", "notice"},
    Reference{"outbox", "subject_id", "notice", "id", "kind = 'notice'"},
    Reference{"outbox", "subject_id", "referral", "id", "kind <> 'notice'"},
    Reference{"destruction", "schedule_id", "retention_schedule"},
    Reference{"destruction", "first_member", "member"},
    Reference{"destruction", "second_member", "member"},
    Reference{"retention_schedule", "first_member", "member"},
    Reference{"retention_schedule", "second_member", "member"},
    Reference{"legal_hold", "subject_id", "report", "id", "subject_type = 'report'"},
    Reference{"legal_hold", "subject_id", "item", "id", "subject_type = 'item'"},
    Reference{"legal_hold", "subject_id", "concern", "id", "subject_type = 'concern'"},
    Reference{"legal_hold", "subject_id", "referral", "id", "subject_type = 'referral'"},
    Reference{"legal_hold", "subject_id", "incoming_referral", "id", "subject_type = 'incoming'"},
    Reference{"legal_hold", "subject_id", "notice", "id", "subject_type = 'notice'"},
    Reference{"erasure", "proposed_by", "member"},
    Reference{"erasure", "approved_by", "member"},
    Reference{"erasure", "refused_by", "member"},
    Reference{"erasure_record", "erasure_id", "erasure"},
    Reference{"erasure_record", "subject_id", "report", "id", "subject_type = 'report'"},
    Reference{"erasure_record", "subject_id", "item", "id", "subject_type = 'item'"},
    Reference{"erasure_record", "subject_id", "referral", "id", "subject_type = 'referral'"},
    Reference{"erasure_record", "subject_id", "incoming_referral", "id", "subject_type = 'incoming'"},
    Reference{"erasure_record", "subject_id", "notice", "id", "subject_type = 'notice'"},
    Reference{"erasure_class", "erasure_id", "erasure"},
    Reference{"media_export", "item_id", "item"},
    Reference{"media_export", "requested_by", "member"},
    Reference{"media_export", "decided_by", "member"},
    Reference{"ledger_cosignature", "epoch", "ledger_epoch", "epoch"},
    Reference{"ledger_time_stamp", "epoch", "ledger_epoch", "epoch"},
    Reference{"match_answer", "token_id", "api_token"},
    Reference{"ledger_leaf", "epoch", "ledger_epoch", "epoch"},
    Reference{"ledger_checkpoint", "epoch", "ledger_epoch", "epoch"},
};

Result<> check_words(Examination& examination) {
  for (const auto& column : kWordColumns) {
    TUTELA_ASSIGN(const auto words, words_of(examination.reader, column.table, column.column));
    // The word itself is not shown: whoever wrote it may have written anything.
    for (const auto& found : words)
      if (!column.knows(found.word))
        examination.findings.damage("doctor.unknown_word", std::string(column.table) + "." + std::string(column.column), {},
                                    found.count);
  }
  return {};
}

Result<> check_references(Examination& examination) {
  for (const auto& reference : kReferences) {
    TUTELA_ASSIGN(const auto found, count_dangling(examination.reader, reference));
    if (found.count > 0)
      examination.findings.damage(
          "doctor.dangling",
          std::string(reference.table) + "." + std::string(reference.column) + " to " + std::string(reference.target),
          found.sample, found.count);
  }
  return {};
}

}  // namespace

std::vector<std::string> columns_of_words() {
  std::vector<std::string> names;
  for (const auto& one : kWordColumns) names.push_back(std::string(one.table) + "." + std::string(one.column));
  return names;
}

std::vector<std::string> columns_that_name_rows() {
  std::vector<std::string> names;
  for (const auto& one : kReferences) names.push_back(std::string(one.table) + "." + std::string(one.column));
  return names;
}

std::vector<Check> row_checks() {
  return {{"rows.words", "every word of a state, a kind or a role stands in its table", check_words},
          {"rows.references", "every row that another names is there", check_references}};
}

}  // namespace tutela::doctor
