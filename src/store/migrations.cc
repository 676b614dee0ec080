#include "store/migrations.h"

#include <array>

namespace tutela::store {
namespace {

// One text for SQLite and PostgreSQL. Ids are 16 bytes and time-ordered; times are milliseconds since 1970. What is `sealed_…` is
// encrypted under the row's own key, which stands beside it wrapped under a destruction-class key that the database does not hold
// (spec/keys.md). Words of a state are those of the transition tables in the domain modules.
constexpr std::string_view kTables = R"sql(
CREATE TABLE node (
  id BIGINT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, country TEXT NOT NULL, demo BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE mandate (
  id BLOB PRIMARY KEY, legal_basis TEXT NOT NULL, counsel TEXT NOT NULL, valid_from BIGINT NOT NULL, expires_at BIGINT NOT NULL,
  first_member BLOB NOT NULL, second_member BLOB NOT NULL, recorded_at BIGINT NOT NULL);

CREATE TABLE member (
  id BLOB PRIMARY KEY, login TEXT NOT NULL UNIQUE, pseudonym TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, roles BIGINT NOT NULL,
  active BIGINT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE TABLE session (
  token_hash BLOB PRIMARY KEY, member_id BLOB NOT NULL, csrf TEXT NOT NULL, created_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL);
CREATE TABLE api_token (
  id BLOB PRIMARY KEY, token_hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL, scopes TEXT NOT NULL, created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL, revoked_at BIGINT);
CREATE TABLE authority (
  name TEXT PRIMARY KEY, title TEXT NOT NULL, country TEXT NOT NULL, url TEXT NOT NULL, wrapped_key BLOB NOT NULL, sealed_token BLOB NOT NULL,
  adopted_by BLOB NOT NULL, created_at BIGINT NOT NULL, kind TEXT);

CREATE TABLE report (
  id BLOB PRIMARY KEY, receipt_hash BLOB NOT NULL UNIQUE, channel TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
  received_at BIGINT NOT NULL, token_id BLOB, uploader_country TEXT, wrapped_key BLOB NOT NULL, sealed_text BLOB, sealed_contact BLOB,
  released_word TEXT, version BIGINT NOT NULL);
CREATE TABLE idempotency (
  token_id BLOB NOT NULL, idempotency_key TEXT NOT NULL, request_digest BLOB NOT NULL, report_id BLOB NOT NULL, sealed_receipt BLOB NOT NULL,
  PRIMARY KEY (token_id, idempotency_key));
CREATE TABLE report_item (report_id BLOB NOT NULL, item_id BLOB NOT NULL, PRIMARY KEY (report_id, item_id));
CREATE INDEX report_item_by_item ON report_item (item_id);

CREATE TABLE item (
  id BLOB PRIMARY KEY, state TEXT NOT NULL, action TEXT NOT NULL, is_new BIGINT NOT NULL, urgent BIGINT NOT NULL, is_safe BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL, due_at BIGINT, width BIGINT, height BIGINT, format TEXT, object_name TEXT, wrapped_key BLOB NOT NULL,
  sealed_capture BLOB, decode_reason TEXT, version BIGINT NOT NULL);
CREATE INDEX item_by_state ON item (state, first_seen_at);
CREATE TABLE item_location (
  id BLOB PRIMARY KEY, item_id BLOB NOT NULL, address_key BLOB NOT NULL, sealed_address BLOB NOT NULL, scheme TEXT NOT NULL,
  host TEXT NOT NULL, country TEXT, state TEXT NOT NULL, first_seen_at BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE INDEX item_location_by_item ON item_location (item_id);
CREATE INDEX item_location_by_address ON item_location (address_key);
CREATE TABLE item_fingerprint (
  item_id BLOB NOT NULL, algorithm TEXT NOT NULL, value BLOB NOT NULL, quality BIGINT, origin TEXT NOT NULL, PRIMARY KEY (item_id, algorithm));
CREATE INDEX item_fingerprint_by_value ON item_fingerprint (value);
CREATE TABLE item_match (
  item_id BLOB NOT NULL, entry_id BLOB NOT NULL, algorithm TEXT NOT NULL, distance BIGINT NOT NULL, threshold BIGINT NOT NULL,
  why TEXT NOT NULL, matched_at BIGINT NOT NULL, PRIMARY KEY (item_id, entry_id, algorithm));

CREATE TABLE bank (
  id BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL, threshold BIGINT NOT NULL, source TEXT NOT NULL,
  legal_basis TEXT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE TABLE bank_entry (
  id BLOB PRIMARY KEY, bank_id BLOB NOT NULL, status TEXT NOT NULL, act TEXT NOT NULL, age_band TEXT NOT NULL, source TEXT NOT NULL,
  item_id BLOB, adopted_first BLOB, adopted_second BLOB, created_at BIGINT NOT NULL, version BIGINT NOT NULL, feed BIGINT NOT NULL);
CREATE INDEX bank_entry_by_item ON bank_entry (item_id);
CREATE INDEX bank_entry_by_bank ON bank_entry (bank_id, id);
CREATE INDEX bank_entry_by_feed ON bank_entry (feed, id);
CREATE TABLE bank_feed (id BIGINT PRIMARY KEY, last BIGINT NOT NULL);
INSERT INTO bank_feed (id, last) VALUES (1, 0);
CREATE TABLE entry_fingerprint (
  entry_id BLOB NOT NULL, algorithm TEXT NOT NULL, value BLOB NOT NULL, quality BIGINT, PRIMARY KEY (entry_id, algorithm));
CREATE TABLE bank_list_import (
  bank_id BLOB NOT NULL, digest BLOB NOT NULL, format TEXT NOT NULL, position_bytes BIGINT NOT NULL, lines BIGINT NOT NULL,
  imported BIGINT NOT NULL, known BIGINT NOT NULL, refused BIGINT NOT NULL, refused_bytes BIGINT NOT NULL, started_at BIGINT NOT NULL,
  finished_at BIGINT, version BIGINT NOT NULL, PRIMARY KEY (bank_id, digest));
CREATE TABLE entry_reference (entry_id BLOB PRIMARY KEY, reference TEXT NOT NULL);
CREATE TABLE bank_adoption (
  id BLOB PRIMARY KEY, bank_id BLOB NOT NULL, first_member BLOB NOT NULL, first_at BIGINT NOT NULL, second_member BLOB, second_at BIGINT,
  version BIGINT NOT NULL);
CREATE TABLE bank_term (bank_id BLOB PRIMARY KEY, expires_at BIGINT NOT NULL, ended_at BIGINT);

CREATE TABLE lease (item_id BLOB PRIMARY KEY, member_id BLOB NOT NULL, claimed_at BIGINT NOT NULL, until BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE TABLE assessment (
  id BLOB PRIMARY KEY, item_id BLOB NOT NULL, member_id BLOB NOT NULL, act TEXT NOT NULL, age_band TEXT NOT NULL, viewed TEXT NOT NULL,
  declared_seconds BIGINT NOT NULL, sealed_reason BLOB NOT NULL, assessed_at BIGINT NOT NULL, UNIQUE (item_id, member_id));
CREATE TABLE verdict (
  item_id BLOB PRIMARY KEY, id BLOB NOT NULL, act TEXT NOT NULL, age_band TEXT NOT NULL, inherited_entry BLOB, viewed_here BIGINT NOT NULL,
  decided_at BIGINT NOT NULL);
CREATE TABLE item_view (
  id BLOB PRIMARY KEY, item_id BLOB NOT NULL, member_id BLOB NOT NULL, location_id BLOB, mode TEXT NOT NULL, opened_at BIGINT NOT NULL,
  last_beat_at BIGINT NOT NULL, closed_at BIGINT, seconds BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE INDEX item_view_by_item ON item_view (item_id);
CREATE INDEX item_view_by_member ON item_view (member_id, opened_at);
CREATE TABLE exposure (
  member_id BLOB NOT NULL, shift_start BIGINT NOT NULL, seconds BIGINT NOT NULL, weight BIGINT NOT NULL, version BIGINT NOT NULL,
  PRIMARY KEY (member_id, shift_start));

CREATE TABLE concern (
  id BLOB PRIMARY KEY, report_id BLOB NOT NULL, kind TEXT NOT NULL, in_danger_now BIGINT NOT NULL, assessment TEXT, assessed_by BLOB,
  assessed_at BIGINT, sealed_reason BLOB, received_at BIGINT NOT NULL, due_at BIGINT NOT NULL, closed_at BIGINT, version BIGINT NOT NULL);
CREATE INDEX concern_by_report ON concern (report_id);
CREATE TABLE person (id BLOB PRIMARY KEY, concern_id BLOB NOT NULL, role TEXT NOT NULL, age_band TEXT NOT NULL, sealed_description BLOB);
CREATE INDEX person_by_concern ON person (concern_id);
CREATE TABLE indicator (id BLOB PRIMARY KEY, report_id BLOB NOT NULL, type TEXT NOT NULL, sealed_value BLOB NOT NULL);
CREATE INDEX indicator_by_report ON indicator (report_id);

CREATE TABLE routing_task (
  id BLOB PRIMARY KEY, subject_type TEXT NOT NULL, subject_id BLOB NOT NULL, why TEXT NOT NULL, created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL, decided_at BIGINT, decided_by BLOB, country TEXT, authority TEXT, version BIGINT NOT NULL);
CREATE INDEX routing_task_by_subject ON routing_task (subject_id);

CREATE TABLE referral (
  id BLOB PRIMARY KEY, reference TEXT NOT NULL UNIQUE, subject_type TEXT NOT NULL, subject_id BLOB NOT NULL, authority TEXT NOT NULL,
  state TEXT NOT NULL, urgent BIGINT NOT NULL, drafted_by BLOB NOT NULL, approved_by BLOB, confirmed_by BLOB, confirm_due_at BIGINT,
  breached_at BIGINT, drafted_at BIGINT NOT NULL, due_at BIGINT, sent_at BIGINT, acknowledged_at BIGINT, outcome TEXT, answer_sequence BIGINT NOT NULL,
  supplement_sequence BIGINT NOT NULL, wrapped_key BLOB NOT NULL, sealed_message BLOB NOT NULL, version BIGINT NOT NULL);
CREATE INDEX referral_by_subject ON referral (subject_id);
CREATE TABLE supplement (
  id BLOB PRIMARY KEY, referral_id BLOB NOT NULL, sequence BIGINT NOT NULL, kind TEXT NOT NULL, sealed_body BLOB NOT NULL, made_by BLOB NOT NULL,
  made_at BIGINT NOT NULL, acknowledged_at BIGINT, UNIQUE (referral_id, sequence));
CREATE TABLE incoming_referral (
  id BLOB PRIMARY KEY, sender TEXT NOT NULL, reference TEXT NOT NULL, digest BLOB NOT NULL, state TEXT NOT NULL, urgent BIGINT NOT NULL,
  received_at BIGINT NOT NULL, wrapped_key BLOB NOT NULL, sealed_message BLOB NOT NULL, answer_sequence BIGINT NOT NULL, outcome TEXT,
  version BIGINT NOT NULL, UNIQUE (sender, reference));
CREATE TABLE incoming_supplement (
  incoming_id BLOB NOT NULL, sequence BIGINT NOT NULL, kind TEXT NOT NULL, sealed_body BLOB NOT NULL, received_at BIGINT NOT NULL,
  PRIMARY KEY (incoming_id, sequence));

CREATE TABLE incoming_answer (
  incoming_id BLOB NOT NULL, sequence BIGINT NOT NULL, answer TEXT NOT NULL, outcome TEXT, sealed_reason BLOB, at BIGINT NOT NULL, PRIMARY KEY (incoming_id, sequence));

CREATE TABLE decision_reason (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, subject_type TEXT NOT NULL, subject_id BLOB NOT NULL, member_id BLOB NOT NULL, at BIGINT NOT NULL,
  wrapped_key BLOB NOT NULL, sealed_reason BLOB NOT NULL);
CREATE INDEX decision_reason_by_subject ON decision_reason (subject_id);

CREATE TABLE notice (
  id BLOB PRIMARY KEY, item_id BLOB NOT NULL, location_id BLOB NOT NULL, state TEXT NOT NULL, drafted_by BLOB NOT NULL, approved_by BLOB,
  drafted_at BIGINT NOT NULL, sent_at BIGINT, answer_due_at BIGINT, next_check_at BIGINT, answer TEXT, answered_at BIGINT,
  contradicted BIGINT NOT NULL, closed_at BIGINT, token_hash BLOB UNIQUE, token_expires_at BIGINT, wrapped_key BLOB NOT NULL,
  sealed_contact BLOB NOT NULL, version BIGINT NOT NULL);
CREATE INDEX notice_by_item ON notice (item_id);
CREATE TABLE notice_check (notice_id BLOB NOT NULL, checked_at BIGINT NOT NULL, seen TEXT NOT NULL, PRIMARY KEY (notice_id, checked_at));

CREATE TABLE outbox (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, subject_id BLOB NOT NULL, destination TEXT NOT NULL, idempotency_key TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, last_reason TEXT, wrapped_key BLOB NOT NULL, sealed_payload BLOB NOT NULL,
  created_at BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE INDEX outbox_by_state ON outbox (state, next_at);
CREATE TABLE match_answer (
  token_id BLOB NOT NULL, minute BIGINT NOT NULL, queries_max BIGINT NOT NULL, queries BIGINT NOT NULL, hits BIGINT NOT NULL,
  digest BLOB NOT NULL, recorded BIGINT NOT NULL, PRIMARY KEY (token_id, minute));
)sql";

// Who does which background work, in a cluster one process each. An item is found by its SHA-256 alone: the index of all values
// had a random key for every fingerprint of every report, and nobody asked it for any other.
constexpr std::string_view kLeasesAndDigests = R"sql(
CREATE TABLE work_lease (name TEXT PRIMARY KEY, holder BLOB NOT NULL, fencing BIGINT NOT NULL, expires_at BIGINT NOT NULL);
DROP INDEX item_fingerprint_by_value;
CREATE INDEX item_fingerprint_by_sha256 ON item_fingerprint (value) WHERE algorithm = 'sha256';
)sql";

// What one entry matched too often stands in one stack of the queue.
constexpr std::string_view kStacks = R"sql(
ALTER TABLE item ADD COLUMN stack_entry BLOB;
)sql";

constexpr std::array kMigrations{Migration{1, kTables}, Migration{3, kLeasesAndDigests}, Migration{7, kStacks}};

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

}  // namespace tutela::store
