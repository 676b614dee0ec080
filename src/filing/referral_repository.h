#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// Referrals that this node sends, with their supplements, the authorities it may send to, and what waits for a member to route
// it.
namespace tutela::filing {

struct ReferralRow {
  ReferralId id;
  std::string reference;     // what both sides know it by; also its idempotency key
  std::string subject_type;  // item, concern
  Bytes subject_id;
  std::string authority;
  std::string state;  // words of filing/referral_state.h
  bool urgent = false;
  MemberId drafted_by;
  std::optional<MemberId> approved_by;
  std::optional<MemberId> confirmed_by;  // the second member of an urgent one
  std::optional<Time> confirm_due_at;
  std::optional<Time> breached_at;
  Time drafted_at;
  std::optional<Time> due_at;  // of the duty to tell
  std::optional<Time> sent_at;
  std::optional<Time> acknowledged_at;
  std::optional<std::string> outcome;
  std::int64_t answer_sequence = 0;      // the last answer read
  std::int64_t supplement_sequence = 0;  // the last supplement made
  Bytes wrapped_key;
  Bytes sealed_message;
  std::int64_t version = 1;
};

struct SupplementRow {
  SupplementId id;
  ReferralId referral_id;
  std::int64_t sequence;
  std::string kind;  // correction, withdrawal
  Bytes sealed_body;
  MemberId made_by;
  Time made_at;
  std::optional<Time> acknowledged_at;
};

struct AuthorityRow {
  std::string name;
  std::string title;
  std::string country;
  std::string url;
  Bytes wrapped_key;
  Bytes sealed_token;
  MemberId adopted_by;
  Time created_at;
  std::optional<std::string> kind;  // words of law/jurisdiction.h
};

struct RoutingTaskRow {
  RoutingTaskId id;
  std::string subject_type;
  Bytes subject_id;
  std::string why;
  Time created_at;
  Time due_at;
  std::optional<Time> decided_at;
  std::optional<MemberId> decided_by;
  std::optional<std::string> country;
  std::optional<std::string> authority;
  std::int64_t version = 1;
};

Result<> insert_referral(store::Transaction& tx, const ReferralRow& referral);
// not_found, "referral.unknown".
Result<ReferralRow> find_referral(store::Reader& reader, const ReferralId& id);
Result<std::vector<ReferralRow>> referrals_of_subject(store::Reader& reader, BytesView subject_id);
// Newest first.
Result<std::vector<ReferralRow>> list_referrals(store::Reader& reader, std::int64_t count_max);
// Sent and not yet at an outcome: those whose answers are asked for.
Result<std::vector<ReferralRow>> referrals_awaiting_answers(store::Reader& reader);
// Urgent, not confirmed, not yet marked breached, due before `now`.
Result<std::vector<ReferralRow>> unconfirmed_urgent_referrals(store::Reader& reader, Time now);
// Writes all but id, reference, subject, drafted_by, drafted_at and keys, on the version the row was read with.
Result<> update_referral(store::Transaction& tx, const ReferralRow& referral);

Result<> insert_supplement(store::Transaction& tx, const SupplementRow& supplement);
Result<std::vector<SupplementRow>> supplements_of_referral(store::Reader& reader, const ReferralId& referral);
Result<> acknowledge_supplement(store::Transaction& tx, const SupplementId& supplement, Time now);

// conflict, "store.duplicate_key" when the name is taken.
Result<> insert_authority(store::Transaction& tx, const AuthorityRow& authority);
// not_found, "authority.unknown".
Result<AuthorityRow> find_authority(store::Reader& reader, const std::string& name);
Result<std::vector<AuthorityRow>> list_authorities(store::Reader& reader);

Result<> insert_routing_task(store::Transaction& tx, const RoutingTaskRow& task);
// not_found, "routing.unknown".
Result<RoutingTaskRow> find_routing_task(store::Reader& reader, const RoutingTaskId& id);
// Undecided, by due time.
Result<std::vector<RoutingTaskRow>> open_routing_tasks(store::Reader& reader);
// Of one item or concern.
Result<std::vector<RoutingTaskRow>> open_routing_tasks_of(store::Reader& reader, BytesView subject_id);
// Writes decided_at, decided_by, country and authority on the version the row was read with.
Result<> update_routing_task(store::Transaction& tx, const RoutingTaskRow& task);

}  // namespace tutela::filing
