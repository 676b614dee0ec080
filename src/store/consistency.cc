#include "store/consistency.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace tutela::store {
namespace {

constexpr std::int64_t kRowsAtOnce = 1'000;

constexpr std::array kReferences{
    Reference{"session", "member_id", "member"},
    Reference{"report", "token_id", "api_token"},
    Reference{"idempotency", "report_id", "report"},
    Reference{"report_item", "report_id", "report"},
    Reference{"report_item", "item_id", "item"},
    Reference{"item_location", "item_id", "item"},
    Reference{"item_fingerprint", "item_id", "item"},
    Reference{"item_match", "item_id", "item"},
    Reference{"item_match", "entry_id", "bank_entry"},
    Reference{"bank_entry", "bank_id", "bank"},
    Reference{"entry_fingerprint", "entry_id", "bank_entry"},
    Reference{"entry_reference", "entry_id", "bank_entry"},
    Reference{"bank_list_import", "bank_id", "bank"},
    Reference{"bank_adoption", "bank_id", "bank"},
    Reference{"bank_term", "bank_id", "bank"},
    Reference{"lease", "item_id", "item"},
    Reference{"lease", "member_id", "member"},
    Reference{"assessment", "item_id", "item"},
    Reference{"assessment", "member_id", "member"},
    Reference{"verdict", "item_id", "item"},
    Reference{"item_view", "item_id", "item"},
    Reference{"item_view", "member_id", "member"},
    Reference{"item_view", "location_id", "item_location"},
    Reference{"exposure", "member_id", "member"},
    Reference{"concern", "report_id", "report"},
    Reference{"person", "concern_id", "concern"},
    Reference{"indicator", "report_id", "report"},
    Reference{"referral", "authority", "authority", "name"},
    Reference{"supplement", "referral_id", "referral"},
    Reference{"incoming_supplement", "incoming_id", "incoming_referral"},
    Reference{"incoming_answer", "incoming_id", "incoming_referral"},
    Reference{"notice", "item_id", "item"},
    Reference{"notice", "location_id", "item_location"},
    Reference{"notice_check", "notice_id", "notice"},
};

}  // namespace

std::span<const Reference> references() { return kReferences; }

Result<std::vector<TableCount>> count_rows(Reader& reader, std::span<const Table> tables) {
  std::vector<TableCount> counts;
  for (const auto& table : tables) {
    TUTELA_ASSIGN(const auto row, reader.query_one("SELECT count(*) FROM " + table.name));
    counts.push_back({table.name, row->integer(0)});
  }
  return counts;
}

Result<std::vector<Dangling>> find_dangling(Reader& reader, std::span<const Reference> references) {
  std::vector<Dangling> found;
  for (const auto& reference : references) {
    const std::string column(reference.column);
    const std::string to_table(reference.to_table);
    const std::string to_column(reference.to_column);
    const auto sql = "SELECT count(*) FROM " + std::string(reference.table) + " a WHERE a." + column +
                     " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " + to_table + " b WHERE b." + to_column + " = a." + column +
                     ")";
    TUTELA_ASSIGN(const auto row, reader.query_one(sql));
    if (row->integer(0) != 0) found.push_back({reference, row->integer(0)});
  }
  return found;
}

Result<std::vector<std::string>> check_file(Reader& reader, std::string_view backend) {
  std::vector<std::string> found;
  if (backend != "sqlite") return found;
  TUTELA_ASSIGN(const auto rows, reader.query("PRAGMA integrity_check(100)"));
  for (const auto& row : rows)
    if (row.text(0) != "ok") found.push_back(row.text(0));
  return found;
}

Value value_of(const Value::Variant& variant) {
  if (const auto* number = std::get_if<std::int64_t>(&variant)) return *number;
  if (const auto* text = std::get_if<std::string>(&variant)) return *text;
  if (const auto* bytes = std::get_if<Bytes>(&variant)) return *bytes;
  return std::nullopt;
}

TablePages::TablePages(Reader& reader, const Table& table)
    : reader_(reader), first_sql_(first_page_sql(table)), next_sql_(next_page_sql(table)) {
  for (const auto& name : table.key) {
    const auto found = std::ranges::find(table.columns, name, &Column::name);
    TUTELA_CHECK(found != table.columns.end());
    key_columns_.push_back(static_cast<std::size_t>(found - table.columns.begin()));
  }
}

Result<std::vector<Row>> TablePages::next() {
  std::vector<Value> parameters;
  if (after_) parameters = *after_;
  parameters.emplace_back(kRowsAtOnce);
  TUTELA_ASSIGN(auto rows, reader_.query(after_ ? next_sql_ : first_sql_, std::span<const Value>(parameters)));
  if (rows.empty()) return rows;
  after_.emplace();
  for (const auto column : key_columns_) after_->push_back(value_of(rows.back().value(column)));
  return rows;
}

Result<std::optional<std::string>> find_difference(Reader& one, Reader& other, const Table& table) {
  TablePages pages(one, table);
  TablePages other_pages(other, table);
  std::int64_t number = 0;
  const auto at = [&] { return std::optional(table.name + ", row " + std::to_string(number)); };
  for (;;) {
    TUTELA_ASSIGN(const auto rows, pages.next());
    TUTELA_ASSIGN(const auto other_rows, other_pages.next());
    for (std::size_t i = 0; i < std::max(rows.size(), other_rows.size()); ++i) {
      ++number;
      if (i >= rows.size() || i >= other_rows.size()) return at();
      for (std::size_t column = 0; column < table.columns.size(); ++column)
        if (rows[i].value(column) != other_rows[i].value(column)) return at();
    }
    if (rows.empty()) return std::nullopt;
  }
}

}  // namespace tutela::store
