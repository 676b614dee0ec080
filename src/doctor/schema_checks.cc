#include <algorithm>
#include <map>
#include <set>

#include "doctor/checks.h"
#include "doctor/expected_schema.h"
#include "doctor/table_repository.h"

// The database as such: is it whole, is it ours, and is what stands in a column what the column says. PostgreSQL sees to the
// first itself, and to the types of the last.
namespace tutela::doctor {
namespace {

Result<> check_file(Examination& examination) {
  if (examination.backend != "sqlite") return {};
  TUTELA_ASSIGN(const auto found, damage_of_file(examination.reader, examination.depth == Depth::deep));
  // SQLite's sentences name tables, indexes and page numbers, never values.
  for (const auto& sentence : found) examination.findings.damage("doctor.damaged_file", "database", sentence.substr(0, 160));
  return {};
}

// Each table and index by the very words that made it.
Result<> check_texts(Examination& examination) {
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

using Columns = std::map<std::string, ColumnFacts>;
std::map<std::string, Columns> by_table(const std::vector<ColumnFacts>& all) {
  std::map<std::string, Columns> tables;
  for (const auto& column : all) tables[column.table].emplace(column.column, column);
  return tables;
}

void compare_columns(const std::string& table, const Columns& expected, const Columns& found, Findings& findings) {
  for (const auto& [name, column] : expected) {
    const auto at = found.find(name);
    if (at == found.end() || at->second.type != column.type || at->second.may_be_null != column.may_be_null)
      findings.damage("doctor.other_schema", table + "." + name);
  }
  for (const auto& [name, column] : found)
    if (!expected.contains(name)) findings.damage("doctor.other_schema", table + "." + name);
}

std::string name_of(const IndexFacts& index) {
  return std::string(index.is_unique ? "unique index on " : "index on ") + index.table + " (" + index.columns + ")" +
         (index.is_partial ? " of a part" : "");
}

// PostgreSQL keeps no words: columns and indexes as its catalogue knows them. An index that somebody added does no harm.
Result<> check_catalogue(Examination& examination) {
  TUTELA_ASSIGN(const auto expected, catalogue_after(examination.steps));
  TUTELA_ASSIGN(const auto found, catalogue_of(examination.reader, examination.backend));
  auto& findings = examination.findings;
  const auto tables = by_table(expected.columns);
  const auto tables_found = by_table(found.columns);
  for (const auto& [table, columns] : tables) {
    const auto at = tables_found.find(table);
    if (at == tables_found.end()) {
      findings.damage("doctor.missing_table", "table " + table);
    } else {
      compare_columns(table, columns, at->second, findings);
    }
  }
  for (const auto& [table, columns] : tables_found)
    if (!tables.contains(table)) findings.damage("doctor.foreign_table", "table " + table);
  const std::set<IndexFacts> indexes(expected.indexes.begin(), expected.indexes.end());
  const std::set<IndexFacts> indexes_found(found.indexes.begin(), found.indexes.end());
  for (const auto& index : indexes)
    if (!indexes_found.contains(index)) findings.damage("doctor.missing_table", name_of(index));
  for (const auto& index : indexes_found)
    if (!indexes.contains(index) && tables.contains(index.table))
      findings.add(Grade::notice, "doctor.foreign_table", name_of(index));
  return {};
}

Result<> check_tables(Examination& examination) {
  return examination.backend == "sqlite" ? check_texts(examination) : check_catalogue(examination);
}

Result<> check_columns(Examination& examination) {
  TUTELA_ASSIGN(const auto columns, columns_of_database(examination.reader, examination.backend));
  for (auto first = columns.begin(); first != columns.end();) {
    const auto last = std::find_if(first, columns.end(), [&](const auto& column) { return column.table != first->table; });
    const std::span<const ColumnFacts> of_table(first, last);
    TUTELA_ASSIGN(const auto counts, count_bad_values(examination.reader, examination.backend, of_table));
    TUTELA_ASSIGN(const auto rows, count_rows(examination.reader, first->table));
    examination.findings.looked_at("tables", 1);
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
