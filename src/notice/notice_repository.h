#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// Notices to hosts and what was seen at the address afterwards, as stored.
namespace tutela::notice {

struct NoticeRow {
  NoticeId id;
  ItemId item_id;
  LocationId location_id;
  std::string state;  // words of notice/notice_state.h
  MemberId drafted_by;
  std::optional<MemberId> approved_by;
  Time drafted_at;
  std::optional<Time> sent_at;
  std::optional<Time> answer_due_at;
  std::optional<Time> next_check_at;
  std::optional<std::string> answer;  // removed, disabled_and_preserved, not_ours, need_more
  std::optional<Time> answered_at;
  bool contradicted = false;  // the host said removed while it was still serving
  std::optional<Time> closed_at;
  std::optional<Bytes> token_hash;  // of the host page's link
  std::optional<Time> token_expires_at;
  Bytes wrapped_key;
  Bytes sealed_contact;
  std::int64_t version = 1;
};

struct CheckRow {
  Time checked_at;
  std::string seen;  // serving, gone, unknown
};

Result<> insert_notice(store::Transaction& tx, const NoticeRow& notice);
// not_found, "notice.unknown".
Result<NoticeRow> find_notice(store::Reader& reader, const NoticeId& id);
Result<std::optional<NoticeRow>> find_notice_by_token(store::Reader& reader, const Bytes& token_hash);
Result<std::vector<NoticeRow>> notices_of_item(store::Reader& reader, const ItemId& item);
// Newest first.
Result<std::vector<NoticeRow>> list_notices(store::Reader& reader, std::int64_t count_max);
// Open, with a check due.
Result<std::vector<NoticeRow>> notices_to_check(store::Reader& reader, Time now);
// Sent, unanswered, past their answer's due time.
Result<std::vector<NoticeRow>> silent_notices(store::Reader& reader, Time now);
// Writes all but id, item, location, drafted_by, drafted_at and wrapped_key, on the version the row was read with.
Result<> update_notice(store::Transaction& tx, const NoticeRow& notice);

Result<> insert_check(store::Transaction& tx, const NoticeId& notice, const CheckRow& check);
Result<std::vector<CheckRow>> checks_of_notice(store::Reader& reader, const NoticeId& notice);

}  // namespace tutela::notice
