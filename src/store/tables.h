#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/migrations.h"

// The tables as the text of the steps leaves them: what copies, checks and tests go through, so that a table of a later step is
// never forgotten.
namespace tutela::store {

enum class ColumnType : std::uint8_t { number, text, bytes };

struct Column {
  std::string name;
  ColumnType type;
};

struct Table {
  std::string name;
  std::vector<Column> columns;    // in the order of the definition
  std::vector<std::string> key;   // columns of the primary key; every table has one (checked)
  std::int64_t initial_rows = 0;  // INSERT statements of the steps: what stands in the table of a fresh database
};

// In the order of their creation. Reads CREATE TABLE, DROP TABLE and ALTER TABLE … ADD, DROP, RENAME; a step that says anything
// else of a table's shape is a bug and aborts.
std::vector<Table> tables_of(std::span<const Migration> steps);

// "id, state, at": the columns, or those of the key.
std::string column_list(const Table& table);
std::string key_list(const Table& table);

// The first page of a table in the order of its key ("… LIMIT $1"), and the one behind a row ("… WHERE (a, b) > ($1, $2) …
// LIMIT $3", the row's key in its order).
std::string first_page_sql(const Table& table);
std::string next_page_sql(const Table& table);

}  // namespace tutela::store
