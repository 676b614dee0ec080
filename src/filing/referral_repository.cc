#include "filing/referral_repository.h"

namespace tutela::filing {
namespace {

std::string select_referral(std::string_view where) {
  return "SELECT id, reference, subject_type, subject_id, authority, state, urgent, drafted_by, approved_by, confirmed_by, "
         "confirm_due_at, "
         "breached_at, drafted_at, due_at, sent_at, acknowledged_at, outcome, answer_sequence, supplement_sequence, wrapped_key, "
         "sealed_message, version FROM referral " +
         std::string(where);
}

ReferralRow referral_from(const store::Row& row) {
  return {.id = row.id<ReferralId>(0),
          .reference = row.text(1),
          .subject_type = row.text(2),
          .subject_id = row.blob(3),
          .authority = row.text(4),
          .state = row.text(5),
          .urgent = row.integer(6) != 0,
          .drafted_by = row.id<MemberId>(7),
          .approved_by = row.id_or_null<MemberId>(8),
          .confirmed_by = row.id_or_null<MemberId>(9),
          .confirm_due_at = row.time_or_null(10),
          .breached_at = row.time_or_null(11),
          .drafted_at = row.time(12),
          .due_at = row.time_or_null(13),
          .sent_at = row.time_or_null(14),
          .acknowledged_at = row.time_or_null(15),
          .outcome = row.text_or_null(16),
          .answer_sequence = row.integer(17),
          .supplement_sequence = row.integer(18),
          .wrapped_key = row.blob(19),
          .sealed_message = row.blob(20),
          .version = row.integer(21)};
}

Result<std::vector<ReferralRow>> referrals(store::Reader& reader, std::string_view where,
                                           std::initializer_list<store::Value> parameters) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_referral(where), parameters));
  std::vector<ReferralRow> found;
  for (const auto& row : rows) found.push_back(referral_from(row));
  return found;
}

std::string select_task(std::string_view where) {
  return "SELECT id, subject_type, subject_id, why, created_at, due_at, decided_at, decided_by, country, authority, version FROM "
         "routing_task " +
         std::string(where);
}

RoutingTaskRow task_from(const store::Row& row) {
  return {row.id<RoutingTaskId>(0),
          row.text(1),
          row.blob(2),
          row.text(3),
          row.time(4),
          row.time(5),
          row.time_or_null(6),
          row.id_or_null<MemberId>(7),
          row.text_or_null(8),
          row.text_or_null(9),
          row.integer(10)};
}

Result<std::vector<RoutingTaskRow>> tasks(store::Reader& reader, std::string_view where,
                                          std::initializer_list<store::Value> parameters) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_task(where), parameters));
  std::vector<RoutingTaskRow> found;
  for (const auto& row : rows) found.push_back(task_from(row));
  return found;
}

constexpr std::string_view kSelectAuthority =
    "SELECT name, title, country, url, wrapped_key, sealed_token, adopted_by, created_at, kind FROM authority ";

AuthorityRow authority_from(const store::Row& row) {
  return {row.text(0), row.text(1),         row.text(2), row.text(3),        row.blob(4),
          row.blob(5), row.id<MemberId>(6), row.time(7), row.text_or_null(8)};
}

}  // namespace

Result<> insert_referral(store::Transaction& tx, const ReferralRow& referral) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO referral (id, reference, subject_type, subject_id, authority, state, urgent, drafted_by, approved_by, "
      "confirmed_by, "
      "confirm_due_at, breached_at, drafted_at, due_at, sent_at, acknowledged_at, outcome, answer_sequence, supplement_sequence, "
      "wrapped_key, sealed_message, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
      {referral.id,
       referral.reference,
       referral.subject_type,
       referral.subject_id,
       referral.authority,
       referral.state,
       referral.urgent ? 1 : 0,
       referral.drafted_by,
       referral.approved_by,
       referral.confirmed_by,
       referral.confirm_due_at,
       referral.breached_at,
       referral.drafted_at,
       referral.due_at,
       referral.sent_at,
       referral.acknowledged_at,
       referral.outcome,
       referral.answer_sequence,
       referral.supplement_sequence,
       referral.wrapped_key,
       referral.sealed_message,
       referral.version}));
  return {};
}

Result<ReferralRow> find_referral(store::Reader& reader, const ReferralId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_referral("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "referral.unknown");
  return referral_from(*row);
}

Result<std::vector<ReferralRow>> referrals_of_subject(store::Reader& reader, BytesView subject_id) {
  return referrals(reader, "WHERE subject_id = $1 ORDER BY id", {subject_id});
}

Result<std::vector<ReferralRow>> list_referrals(store::Reader& reader, std::int64_t count_max) {
  return referrals(reader, "ORDER BY id DESC LIMIT $1", {count_max});
}

Result<std::vector<ReferralRow>> referrals_awaiting_answers(store::Reader& reader) {
  return referrals(reader, "WHERE state IN ('sent', 'acknowledged', 'accepted', 'corrected') ORDER BY id", {});
}

Result<std::vector<ReferralRow>> unconfirmed_urgent_referrals(store::Reader& reader, Time now) {
  return referrals(
      reader, "WHERE urgent = 1 AND confirmed_by IS NULL AND breached_at IS NULL AND confirm_due_at < $1 ORDER BY id", {now});
}

Result<> update_referral(store::Transaction& tx, const ReferralRow& referral) {
  return tx.execute_versioned(
      "UPDATE referral SET authority = $3, state = $4, urgent = $5, approved_by = $6, confirmed_by = $7, confirm_due_at = $8, "
      "breached_at = $9, due_at = $10, sent_at = $11, acknowledged_at = $12, outcome = $13, answer_sequence = $14, "
      "supplement_sequence = $15, sealed_message = $16, version = version + 1 WHERE id = $1 AND version = $2",
      {referral.id, referral.version, referral.authority, referral.state, referral.urgent ? 1 : 0, referral.approved_by,
       referral.confirmed_by, referral.confirm_due_at, referral.breached_at, referral.due_at, referral.sent_at,
       referral.acknowledged_at, referral.outcome, referral.answer_sequence, referral.supplement_sequence,
       referral.sealed_message});
}

Result<> insert_supplement(store::Transaction& tx, const SupplementRow& supplement) {
  TUTELA_TRY(
      tx.execute("INSERT INTO supplement (id, referral_id, sequence, kind, sealed_body, made_by, made_at, acknowledged_at) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                 {supplement.id, supplement.referral_id, supplement.sequence, supplement.kind, supplement.sealed_body,
                  supplement.made_by, supplement.made_at, supplement.acknowledged_at}));
  return {};
}

Result<std::vector<SupplementRow>> supplements_of_referral(store::Reader& reader, const ReferralId& referral) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT id, referral_id, sequence, kind, sealed_body, made_by, made_at, acknowledged_at "
                             "FROM supplement WHERE referral_id = $1 ORDER BY sequence",
                             {referral}));
  std::vector<SupplementRow> found;
  for (const auto& row : rows)
    found.push_back({row.id<SupplementId>(0), row.id<ReferralId>(1), row.integer(2), row.text(3), row.blob(4),
                     row.id<MemberId>(5), row.time(6), row.time_or_null(7)});
  return found;
}

Result<> acknowledge_supplement(store::Transaction& tx, const SupplementId& supplement, Time now) {
  TUTELA_TRY(
      tx.execute("UPDATE supplement SET acknowledged_at = $2 WHERE id = $1 AND acknowledged_at IS NULL", {supplement, now}));
  return {};
}

Result<> insert_authority(store::Transaction& tx, const AuthorityRow& authority) {
  TUTELA_TRY(
      tx.execute("INSERT INTO authority (name, title, country, url, wrapped_key, sealed_token, adopted_by, created_at, kind) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                 {authority.name, authority.title, authority.country, authority.url, authority.wrapped_key,
                  authority.sealed_token, authority.adopted_by, authority.created_at, authority.kind}));
  return {};
}

Result<AuthorityRow> find_authority(store::Reader& reader, const std::string& name) {
  TUTELA_ASSIGN(const auto row, reader.query_one(std::string(kSelectAuthority) + "WHERE name = $1", {name}));
  if (!row) return fail(ErrorCode::not_found, "authority.unknown");
  return authority_from(*row);
}

Result<std::vector<AuthorityRow>> list_authorities(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query(std::string(kSelectAuthority) + "ORDER BY name"));
  std::vector<AuthorityRow> found;
  for (const auto& row : rows) found.push_back(authority_from(row));
  return found;
}

Result<> insert_routing_task(store::Transaction& tx, const RoutingTaskRow& task) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO routing_task (id, subject_type, subject_id, why, created_at, due_at, decided_at, decided_by, country, "
      "authority, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {task.id, task.subject_type, task.subject_id, task.why, task.created_at, task.due_at, task.decided_at, task.decided_by,
       task.country, task.authority, task.version}));
  return {};
}

Result<RoutingTaskRow> find_routing_task(store::Reader& reader, const RoutingTaskId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_task("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "routing.unknown");
  return task_from(*row);
}

Result<std::vector<RoutingTaskRow>> open_routing_tasks(store::Reader& reader) {
  return tasks(reader, "WHERE decided_at IS NULL ORDER BY due_at, id", {});
}

Result<std::vector<RoutingTaskRow>> open_routing_tasks_of(store::Reader& reader, BytesView subject_id) {
  return tasks(reader, "WHERE subject_id = $1 AND decided_at IS NULL ORDER BY due_at, id", {subject_id});
}

Result<> update_routing_task(store::Transaction& tx, const RoutingTaskRow& task) {
  return tx.execute_versioned(
      "UPDATE routing_task SET decided_at = $3, decided_by = $4, country = $5, authority = $6, version = version + 1 "
      "WHERE id = $1 AND version = $2",
      {task.id, task.version, task.decided_at, task.decided_by, task.country, task.authority});
}

}  // namespace tutela::filing
