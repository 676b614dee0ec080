#include "api/json_views.h"

#include "accounts/account_repository.h"
#include "line/matching.h"
#include "line/reviewing.h"

namespace tutela::api {

Result<std::string> Pseudonyms::of(const MemberId& member) {
  const auto found = known_.find(member);
  if (found != known_.end()) return found->second;
  TUTELA_ASSIGN(const auto row, accounts::find_member(reader_, member));
  return known_.emplace(member, row ? row->pseudonym : "unknown").first->second;
}

void put(Json& object, const char* field, const std::optional<std::string>& text) {
  if (text) object[field] = *text;
}
void put(Json& object, const char* field, const std::optional<std::int64_t>& number) {
  if (number) object[field] = *number;
}
void put(Json& object, const char* field, const std::optional<Time>& time) {
  if (time) object[field] = to_rfc3339(*time);
}

Json node_json(const line::Context& context, store::Reader& reader) {
  const auto mandate = line::has_valid_mandate(reader, context.clock.now());
  return {{"name", context.node.name},
          {"kind", context.node.kind},
          {"country", context.node.country},
          {"demo", context.node.demo},
          {"public_key", encode_base64(context.keys.signing_key().public_key())},
          {"mandate_valid", mandate && *mandate}};
}

Json match_json(const match::Match& match, const std::string& bank_name) {
  return {{"bank", bank_name},
          {"entry_id", match.entry.to_string()},
          {"algorithm", match.algorithm.word()},
          {"distance", match.distance_bits},
          {"threshold", match.threshold_bits},
          {"why", match.why},
          {"effect", line::effect_of(match)}};
}

Result<Json> matches_json(store::Reader& reader, const std::vector<match::Match>& matches) {
  Json out = Json::array();
  for (const auto& match : matches) {
    TUTELA_ASSIGN(const auto bank, match::find_bank(reader, match.bank));
    out.push_back(match_json(match, bank.name));
  }
  return out;
}

Json lease_json(const review::LeaseRow& lease, const MemberId& viewer, const std::string& pseudonym) {
  return {{"mine", lease.member_id == viewer},
          {"member", pseudonym},
          {"claimed_at", to_rfc3339(lease.claimed_at)},
          {"until", to_rfc3339(lease.until)}};
}

Json exposure_json(const line::Context& context, const review::ExposureRow& exposure) {
  const auto left = review::exposure_left(exposure, line::exposure_rules(context));
  return {{"shift_start", to_rfc3339(exposure.shift_start)},
          {"seconds_used", exposure.seconds},
          {"seconds_left", std::max<std::int64_t>(0, left.seconds)},
          {"weight", exposure.weight},
          {"weight_left", std::max<std::int64_t>(0, left.weight)}};
}

Json verdict_json(const review::VerdictRow& verdict) {
  Json out = {{"verdict_id", verdict.id.to_string()},
              {"act", verdict.act},
              {"age_band", verdict.age_band},
              {"viewed_here", verdict.viewed_here},
              {"decided_at", to_rfc3339(verdict.decided_at)}};
  if (verdict.inherited_entry) out["inherited_entry"] = verdict.inherited_entry->to_string();
  return out;
}

Result<Json> concern_json(Pseudonyms& names, const casework::ConcernRow& concern) {
  Json out = {{"concern_id", concern.id.to_string()},
              {"report_id", concern.report_id.to_string()},
              {"kind", concern.kind},
              {"in_danger_now", concern.in_danger_now},
              {"received_at", to_rfc3339(concern.received_at)},
              {"due_at", to_rfc3339(concern.due_at)}};
  put(out, "assessment", concern.assessment);
  if (concern.assessed_by) {
    TUTELA_ASSIGN(out["assessed_by"], names.of(*concern.assessed_by));
  }
  put(out, "assessed_at", concern.assessed_at);
  put(out, "closed_at", concern.closed_at);
  return out;
}

Result<Json> referral_json(Pseudonyms& names, const filing::ReferralRow& referral) {
  TUTELA_ASSIGN(const auto subject, Id<struct SubjectTag>::from_bytes(referral.subject_id));
  Json out = {{"referral_id", referral.id.to_string()},
              {"reference", referral.reference},
              {"subject_type", referral.subject_type},
              {"subject_id", subject.to_string()},
              {"authority", referral.authority},
              {"state", referral.state},
              {"urgent", referral.urgent},
              {"drafted_at", to_rfc3339(referral.drafted_at)}};
  TUTELA_ASSIGN(out["drafted_by"], names.of(referral.drafted_by));
  if (referral.approved_by) {
    TUTELA_ASSIGN(out["approved_by"], names.of(*referral.approved_by));
  }
  if (referral.confirmed_by) {
    TUTELA_ASSIGN(out["confirmed_by"], names.of(*referral.confirmed_by));
  }
  put(out, "confirm_due_at", referral.confirm_due_at);
  put(out, "breached_at", referral.breached_at);
  put(out, "due_at", referral.due_at);
  put(out, "sent_at", referral.sent_at);
  put(out, "acknowledged_at", referral.acknowledged_at);
  put(out, "outcome", referral.outcome);
  return out;
}

Result<Json> routing_json(Pseudonyms& names, const filing::RoutingTaskRow& task) {
  TUTELA_ASSIGN(const auto subject, Id<struct SubjectTag>::from_bytes(task.subject_id));
  Json out = {{"task_id", task.id.to_string()},
              {"subject_type", task.subject_type},
              {"subject_id", subject.to_string()},
              {"why", task.why},
              {"created_at", to_rfc3339(task.created_at)},
              {"due_at", to_rfc3339(task.due_at)}};
  put(out, "country", task.country);
  put(out, "decided_at", task.decided_at);
  if (task.decided_by) {
    TUTELA_ASSIGN(out["decided_by"], names.of(*task.decided_by));
  }
  put(out, "authority", task.authority);
  return out;
}

Result<Json> authority_json(Pseudonyms& names, const filing::AuthorityRow& authority) {
  Json out = {{"name", authority.name},
              {"title", authority.title},
              {"country", authority.country},
              {"url", authority.url},
              {"created_at", to_rfc3339(authority.created_at)}};
  TUTELA_ASSIGN(out["adopted_by"], names.of(authority.adopted_by));
  return out;
}

Result<Json> notice_json(Pseudonyms& names, store::Reader& reader, const notice::NoticeRow& notice) {
  TUTELA_ASSIGN(const auto location, review::find_location(reader, notice.location_id));
  Json out = {{"notice_id", notice.id.to_string()},
              {"item_id", notice.item_id.to_string()},
              {"location_id", notice.location_id.to_string()},
              {"host", location.host},
              {"state", notice.state},
              {"drafted_at", to_rfc3339(notice.drafted_at)},
              {"contradicted", notice.contradicted}};
  put(out, "country", location.country);
  TUTELA_ASSIGN(out["drafted_by"], names.of(notice.drafted_by));
  if (notice.approved_by) {
    TUTELA_ASSIGN(out["approved_by"], names.of(*notice.approved_by));
  }
  put(out, "sent_at", notice.sent_at);
  put(out, "answer_due_at", notice.answer_due_at);
  put(out, "next_check_at", notice.next_check_at);
  put(out, "answer", notice.answer);
  put(out, "answered_at", notice.answered_at);
  put(out, "closed_at", notice.closed_at);
  return out;
}

Json bank_json(const match::BankRow& bank, std::size_t active_entries) {
  return {{"bank_id", bank.id.to_string()},
          {"name", bank.name},
          {"purpose", bank.purpose},
          {"threshold", bank.threshold},
          {"source", bank.source},
          {"legal_basis", bank.legal_basis},
          {"created_at", to_rfc3339(bank.created_at)},
          {"entries", active_entries}};
}

Json message_json(const filing::ReferralMessage& message) { return Json::parse(filing::encode_referral(message)); }

}  // namespace tutela::api
