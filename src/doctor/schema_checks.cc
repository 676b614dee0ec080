#include <algorithm>
#include <map>
#include <set>

#include "doctor/checks.h"
#include "doctor/expected_schema.h"
#include "doctor/table_repository.h"

// The database as such: is it whole, is it ours, and is what stands in a column what the column says. PostgreSQL sees to the
// first and the last itself.
namespace tutela::doctor {
namespace {

Result<> check_file(Examination& examination) {
  if (examination.backend != "sqlite") return {};
  TUTELA_ASSIGN(const auto found, damage_of_file(examination.reader, examination.depth == Depth::deep));
  // SQLite's sentences name tables, indexes and page numbers, never values.
  for (const auto& sentence : found) examination.findings.damage("doctor.damaged_file", "database", sentence.substr(0, 160));
  return {};
}

Result<> check_tables(Examination& examination) {
  if (examination.backend != "sqlite") return {};
  TUTELA_ASSIGN(const auto expected, schema_after(examination.steps));
  TUTELA_ASSIGN(const auto found, schema_of_database(examination.reader));
  std::map<std::string, std::string> texts;
  for (const auto& row : found) texts.emplace(row.what, row.text);
  std::set<std::string> known;
  for (const auto& row : expected) {
    known.insert(row.what);
    const auto at = texts.find(row.what);
    if (at == texts.end()) {
      examination.findings.damage("doctor.missing_table", row.what);
    } else if (at->second != row.text) {
      examination.findings.damage("doctor.other_schema", row.what);
    }
  }
  for (const auto& row : found)
    if (!known.contains(row.what)) examination.findings.damage("doctor.foreign_table", row.what);
  return {};
}

Result<> check_columns(Examination& examination) {
  if (examination.backend != "sqlite") return {};
  TUTELA_ASSIGN(const auto columns, columns_of_database(examination.reader));
  for (auto first = columns.begin(); first != columns.end();) {
    const auto last = std::find_if(first, columns.end(), [&](const auto& column) { return column.table != first->table; });
    const std::span<const ColumnFacts> of_table(first, last);
    TUTELA_ASSIGN(const auto counts, count_bad_values(examination.reader, of_table));
    TUTELA_ASSIGN(const auto rows, count_rows(examination.reader, first->table));
    examination.findings.looked_at("rows", rows);
    for (std::size_t at = 0; at < counts.size(); ++at)
      if (counts[at] > 0)
        examination.findings.damage("doctor.bad_column", of_table[at].table + "." + of_table[at].column, {}, counts[at]);
    first = last;
  }
  return {};
}

}  // namespace

std::vector<Check> schema_checks() {
  return {{"schema.file", "the database file is whole, page by page", check_file},
          {"schema.tables", "every table and index of this release is there, and no other", check_tables},
          {"schema.columns", "every value has its column's type, every id 16 bytes", check_columns}};
}

}  // namespace tutela::doctor
