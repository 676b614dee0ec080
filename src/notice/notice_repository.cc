#include "notice/notice_repository.h"

namespace tutela::notice {
namespace {

std::string select_notice(std::string_view where) {
  return "SELECT id, item_id, location_id, state, drafted_by, approved_by, drafted_at, sent_at, answer_due_at, next_check_at, "
         "answer, "
         "answered_at, contradicted, closed_at, token_hash, token_expires_at, wrapped_key, sealed_contact, version FROM notice " +
         std::string(where);
}

NoticeRow notice_from(const store::Row& row) {
  return {.id = row.id<NoticeId>(0),
          .item_id = row.id<ItemId>(1),
          .location_id = row.id<LocationId>(2),
          .state = row.text(3),
          .drafted_by = row.id<MemberId>(4),
          .approved_by = row.id_or_null<MemberId>(5),
          .drafted_at = row.time(6),
          .sent_at = row.time_or_null(7),
          .answer_due_at = row.time_or_null(8),
          .next_check_at = row.time_or_null(9),
          .answer = row.text_or_null(10),
          .answered_at = row.time_or_null(11),
          .contradicted = row.integer(12) != 0,
          .closed_at = row.time_or_null(13),
          .token_hash = row.blob_or_null(14),
          .token_expires_at = row.time_or_null(15),
          .wrapped_key = row.blob(16),
          .sealed_contact = row.blob(17),
          .version = row.integer(18)};
}

Result<std::vector<NoticeRow>> notices(store::Reader& reader, std::string_view where,
                                       std::initializer_list<store::Value> parameters) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_notice(where), parameters));
  std::vector<NoticeRow> found;
  for (const auto& row : rows) found.push_back(notice_from(row));
  return found;
}

}  // namespace

Result<> insert_notice(store::Transaction& tx, const NoticeRow& notice) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO notice (id, item_id, location_id, state, drafted_by, approved_by, drafted_at, sent_at, answer_due_at, "
      "next_check_at, "
      "answer, answered_at, contradicted, closed_at, token_hash, token_expires_at, wrapped_key, sealed_contact, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
      {notice.id, notice.item_id, notice.location_id, notice.state, notice.drafted_by, notice.approved_by, notice.drafted_at,
       notice.sent_at, notice.answer_due_at, notice.next_check_at, notice.answer, notice.answered_at, notice.contradicted ? 1 : 0,
       notice.closed_at, notice.token_hash, notice.token_expires_at, notice.wrapped_key, notice.sealed_contact, notice.version}));
  return {};
}

Result<NoticeRow> find_notice(store::Reader& reader, const NoticeId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_notice("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "notice.unknown");
  return notice_from(*row);
}

Result<std::optional<NoticeRow>> find_notice_by_token(store::Reader& reader, const Bytes& token_hash) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_notice("WHERE token_hash = $1"), {token_hash}));
  if (!row) return std::nullopt;
  return notice_from(*row);
}

Result<std::vector<NoticeRow>> notices_of_item(store::Reader& reader, const ItemId& item) {
  return notices(reader, "WHERE item_id = $1 ORDER BY id", {item});
}

Result<std::vector<NoticeRow>> list_notices(store::Reader& reader, std::int64_t count_max) {
  return notices(reader, "ORDER BY id DESC LIMIT $1", {count_max});
}

Result<std::vector<NoticeRow>> notices_to_check(store::Reader& reader, Time now) {
  return notices(
      reader, "WHERE closed_at IS NULL AND next_check_at IS NOT NULL AND next_check_at <= $1 ORDER BY next_check_at, id", {now});
}

Result<std::vector<NoticeRow>> silent_notices(store::Reader& reader, Time now) {
  return notices(reader, "WHERE state = 'sent' AND answer_due_at <= $1 ORDER BY answer_due_at, id", {now});
}

Result<> update_notice(store::Transaction& tx, const NoticeRow& notice) {
  return tx.execute_versioned(
      "UPDATE notice SET state = $3, approved_by = $4, sent_at = $5, answer_due_at = $6, next_check_at = $7, answer = $8, "
      "answered_at = $9, contradicted = $10, closed_at = $11, token_hash = $12, token_expires_at = $13, sealed_contact = $14, "
      "version = version + 1 WHERE id = $1 AND version = $2",
      {notice.id, notice.version, notice.state, notice.approved_by, notice.sent_at, notice.answer_due_at, notice.next_check_at,
       notice.answer, notice.answered_at, notice.contradicted ? 1 : 0, notice.closed_at, notice.token_hash,
       notice.token_expires_at, notice.sealed_contact});
}

Result<> insert_check(store::Transaction& tx, const NoticeId& notice, const CheckRow& check) {
  TUTELA_TRY(
      tx.execute("INSERT INTO notice_check (notice_id, checked_at, seen) VALUES ($1, $2, $3) "
                 "ON CONFLICT (notice_id, checked_at) DO UPDATE SET seen = $3",
                 {notice, check.checked_at, check.seen}));
  return {};
}

Result<std::vector<CheckRow>> checks_of_notice(store::Reader& reader, const NoticeId& notice) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT checked_at, seen FROM notice_check WHERE notice_id = $1 ORDER BY checked_at", {notice}));
  std::vector<CheckRow> found;
  for (const auto& row : rows) found.push_back({row.time(0), row.text(1)});
  return found;
}

}  // namespace tutela::notice
