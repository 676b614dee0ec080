#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// Reports as stored: immutable as received, but for their state and the word released to the reporter.
namespace tutela::intake {

struct ReportRow {
  ReportId id;
  Bytes receipt_hash;   // keyed hash behind its generation (receipt_key); the receipt itself is kept nowhere
  std::string channel;  // public, machine
  std::string kind;     // content, concern
  std::string state;
  Time received_at;
  std::optional<TokenId> token_id;  // which machine sent it
  std::optional<std::string> uploader_country;
  Bytes wrapped_key;
  std::optional<Bytes> sealed_text;
  std::optional<Bytes> sealed_contact;
  std::optional<std::string> released_word;
  std::int64_t version = 1;
};

struct IdempotencyRow {
  Bytes request_digest;
  ReportId report_id;
  Bytes sealed_receipt;  // under the report's key, so that the same answer can be given again
};

struct IndicatorRow {
  IndicatorId id;
  std::string type;
  Bytes sealed_value;
};

Result<> insert_report(store::Transaction& tx, const ReportRow& report);
// not_found, "report.unknown".
Result<ReportRow> find_report(store::Reader& reader, const ReportId& id);
// What stands in `receipt_hash`: 8 bytes big-endian of the generation, then the keyed hash. Rows of before there were generations
// have the hash alone.
Bytes receipt_key(std::int64_t generation, BytesView hash);
// Two looks into the index for each generation.
Result<std::optional<ReportRow>> find_report_by_receipt(store::Reader& reader, BytesView hash);
Result<> set_report_state(store::Transaction& tx, const ReportRow& report, const std::string& state);
Result<> set_released_word(store::Transaction& tx, const ReportRow& report, const std::string& word);

Result<> link_item(store::Transaction& tx, const ReportId& report, const ItemId& item);
Result<std::vector<ItemId>> items_of_report(store::Reader& reader, const ReportId& report);
Result<std::vector<ReportId>> reports_of_item(store::Reader& reader, const ItemId& item);

Result<> insert_idempotency(store::Transaction& tx, const TokenId& token, const std::string& key, const IdempotencyRow& row);
Result<std::optional<IdempotencyRow>> find_idempotency(store::Reader& reader, const TokenId& token, const std::string& key);

Result<> insert_indicator(store::Transaction& tx, const ReportId& report, const IndicatorRow& indicator);
Result<std::vector<IndicatorRow>> indicators_of_report(store::Reader& reader, const ReportId& report);

}  // namespace tutela::intake
