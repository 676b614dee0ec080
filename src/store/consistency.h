#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "store/tables.h"

// What is true of the rows of a whole database, whatever they mean.
namespace tutela::store {

// A column that names a row of another table. The database itself does not enforce it: every row is written by a use case that
// has just read what it names.
struct Reference {
  std::string_view table;
  std::string_view column;
  std::string_view to_table;
  std::string_view to_column = "id";
};
// Of the tables of migrations.h.
std::span<const Reference> references();

struct TableCount {
  std::string table;
  std::int64_t rows = 0;
};
// In the order of `tables`. Cost: a scan of each.
Result<std::vector<TableCount>> count_rows(Reader& reader, std::span<const Table> tables);

struct Dangling {
  Reference reference;
  std::int64_t rows = 0;  // that name what is not there
};
// Those with any.
Result<std::vector<Dangling>> find_dangling(Reader& reader, std::span<const Reference> references);

// What the database finds wrong with its own file: on SQLite at most 100 sentences of PRAGMA integrity_check, none with a value
// of a row. PostgreSQL checks its pages whenever it reads them, and has nothing to say here.
Result<std::vector<std::string>> check_file(Reader& reader, std::string_view backend);

// The rows of a table in the order of its key, a page at a time.
class TablePages {
 public:
  TablePages(Reader& reader, const Table& table);
  // Empty at the end. Errors as Reader::query().
  Result<std::vector<Row>> next();

 private:
  Reader& reader_;
  const std::string first_sql_;
  const std::string next_sql_;
  std::vector<std::size_t> key_columns_;
  std::optional<std::vector<Value>> after_;
};

// A value as it was read, to be written again.
Value value_of(const Value::Variant& variant);

// The place of the first row in which the two differ ("item, row 17"), or nothing.
Result<std::optional<std::string>> find_difference(Reader& one, Reader& other, const Table& table);

}  // namespace tutela::store
