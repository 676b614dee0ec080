#include "intake/report_repository.h"

#include "base/check.h"

namespace tutela::intake {
namespace {

constexpr std::size_t kGenerationBytes = 8;
// A generation is a time in milliseconds, which has zeros in its first two bytes.
const Bytes kAfterGenerations{0, 1};

std::string select_report(std::string_view where) {
  return "SELECT id, receipt_hash, channel, kind, state, received_at, token_id, uploader_country, wrapped_key, sealed_text, "
         "sealed_contact, "
         "released_word, version FROM report " +
         std::string(where);
}

ReportRow report_from(const store::Row& row) {
  return {row.id<ReportId>(0),
          row.blob(1),
          row.text(2),
          row.text(3),
          row.text(4),
          row.time(5),
          row.id_or_null<TokenId>(6),
          row.text_or_null(7),
          row.blob(8),
          row.blob_or_null(9),
          row.blob_or_null(10),
          row.text_or_null(11),
          row.integer(12)};
}

template <class IdType>
Result<std::vector<IdType>> ids(store::Reader& reader, std::string_view sql, const store::Value& key) {
  TUTELA_ASSIGN(const auto rows, reader.query(sql, {key}));
  std::vector<IdType> found;
  for (const auto& row : rows) found.push_back(row.id<IdType>(0));
  return found;
}

}  // namespace

Result<> insert_report(store::Transaction& tx, const ReportRow& report) {
  return tx.append(
      "INSERT INTO report (id, receipt_hash, channel, kind, state, received_at, token_id, uploader_country, "
      "wrapped_key, sealed_text, "
      "sealed_contact, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {report.id, report.receipt_hash, report.channel, report.kind, report.state, report.received_at, report.token_id,
       report.uploader_country, report.wrapped_key, report.sealed_text, report.sealed_contact, report.version});
}

Result<ReportRow> find_report(store::Reader& reader, const ReportId& id) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_report("WHERE id = $1"), {id}));
  if (!row) return fail(ErrorCode::not_found, "report.unknown");
  return report_from(*row);
}

Bytes receipt_key(std::int64_t generation, BytesView hash) {
  TUTELA_CHECK(generation > 0);
  Bytes key;
  append_u64(key, static_cast<std::uint64_t>(generation));
  key.insert(key.end(), hash.begin(), hash.end());
  return key;
}

Result<std::optional<ReportRow>> find_report_by_receipt(store::Reader& reader, BytesView hash) {
  const std::string text = select_report("WHERE receipt_hash = $1");
  TUTELA_ASSIGN(auto row, reader.query_one(text, {hash}));
  // From one generation to the next: a hash of before there were any may stand between them, once in 65,536.
  for (Bytes after; !row;) {
    TUTELA_ASSIGN(const auto next,
                  reader.query_one("SELECT receipt_hash FROM report WHERE receipt_hash > $1 AND receipt_hash < $2 "
                                   "ORDER BY receipt_hash LIMIT 1",
                                   {after, kAfterGenerations}));
    if (!next) return std::nullopt;
    after = next->blob(0);
    if (after.size() != kGenerationBytes + hash.size()) continue;
    after.resize(kGenerationBytes);
    Bytes key = after;
    key.insert(key.end(), hash.begin(), hash.end());
    TUTELA_ASSIGN(row, reader.query_one(text, {key}));
    // No key of this generation is behind these.
    after.resize(key.size() + 1, 0xFF);
  }
  return report_from(*row);
}

Result<> set_report_state(store::Transaction& tx, const ReportRow& report, const std::string& state) {
  return tx.execute_versioned("UPDATE report SET state = $3, version = version + 1 WHERE id = $1 AND version = $2",
                              {report.id, report.version, state});
}

Result<> set_released_word(store::Transaction& tx, const ReportRow& report, const std::string& word) {
  return tx.execute_versioned("UPDATE report SET released_word = $3, version = version + 1 WHERE id = $1 AND version = $2",
                              {report.id, report.version, word});
}

Result<> link_item(store::Transaction& tx, const ReportId& report, const ItemId& item) {
  return tx.append("INSERT INTO report_item (report_id, item_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", {report, item});
}

Result<std::vector<ItemId>> items_of_report(store::Reader& reader, const ReportId& report) {
  return ids<ItemId>(reader, "SELECT item_id FROM report_item WHERE report_id = $1 ORDER BY item_id", report);
}

Result<std::vector<ReportId>> reports_of_item(store::Reader& reader, const ItemId& item) {
  return ids<ReportId>(reader, "SELECT report_id FROM report_item WHERE item_id = $1 ORDER BY report_id", item);
}

Result<> insert_idempotency(store::Transaction& tx, const TokenId& token, const std::string& key, const IdempotencyRow& row) {
  return tx.append(
      "INSERT INTO idempotency (token_id, idempotency_key, request_digest, report_id, sealed_receipt) VALUES ($1, $2, "
      "$3, $4, $5)",
      {token, key, row.request_digest, row.report_id, row.sealed_receipt});
}

Result<std::optional<IdempotencyRow>> find_idempotency(store::Reader& reader, const TokenId& token, const std::string& key) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT request_digest, report_id, sealed_receipt FROM idempotency "
                                                 "WHERE token_id = $1 AND idempotency_key = $2",
                                                 {token, key}));
  if (!row) return std::nullopt;
  return IdempotencyRow{row->blob(0), row->id<ReportId>(1), row->blob(2)};
}

Result<> insert_indicator(store::Transaction& tx, const ReportId& report, const IndicatorRow& indicator) {
  return tx.append("INSERT INTO indicator (id, report_id, type, sealed_value) VALUES ($1, $2, $3, $4)",
                   {indicator.id, report, indicator.type, indicator.sealed_value});
}

Result<std::vector<IndicatorRow>> indicators_of_report(store::Reader& reader, const ReportId& report) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT id, type, sealed_value FROM indicator WHERE report_id = $1 ORDER BY id", {report}));
  std::vector<IndicatorRow> found;
  for (const auto& row : rows) found.push_back({row.id<IndicatorId>(0), row.text(1), row.blob(2)});
  return found;
}

}  // namespace tutela::intake
