#include "store/tables.h"

#include <algorithm>
#include <cctype>

#include "base/check.h"
#include "store/schema.h"

namespace tutela::store {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The words of a text; '(' , ')' and ',' are words by themselves, and what stands in quotes is one.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::size_t end = at + 1;
    if (c == '\'' || c == '"') {
      end = std::min(text.find(c, end), text.size() - 1) + 1;
    } else if (is_word(c)) {
      while (end < text.size() && is_word(text[end])) ++end;
    }
    if (std::isspace(static_cast<unsigned char>(c)) == 0) words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

class Reading {
 public:
  explicit Reading(std::string_view statement) : words_(words_of(statement)) {}

  bool is_at_end() const { return at_ == words_.size(); }
  bool takes(std::initializer_list<std::string_view> words) {
    if (words_.size() - at_ < words.size() ||
        !std::equal(words.begin(), words.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_)))
      return false;
    at_ += words.size();
    return true;
  }
  const std::string& take() {
    TUTELA_CHECK(at_ < words_.size());
    return words_[at_++];
  }
  // Past the end of this column or constraint; what is bracketed belongs to it. False when the list ended.
  bool skip_to_next() {
    for (int depth = 0;;) {
      const auto& word = take();
      if (word == "(") ++depth;
      if (word == ")" && depth-- == 0) return false;
      if (word == "," && depth == 0) return true;
    }
  }

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

ColumnType type_of(const std::string& word) {
  if (word == "BIGINT") return ColumnType::number;
  if (word == "TEXT") return ColumnType::text;
  TUTELA_CHECK(word == "BLOB");
  return ColumnType::bytes;
}

Table read_table(Reading& reading) {
  Table table;
  table.name = reading.take();
  TUTELA_CHECK(reading.takes({"("}));
  do {
    if (reading.takes({"PRIMARY", "KEY", "("})) {
      do table.key.push_back(reading.take());
      while (reading.takes({","}));
      TUTELA_CHECK(reading.takes({")"}));
    } else if (!reading.takes({"UNIQUE", "("}) && !reading.takes({"CHECK", "("})) {
      const std::string name = reading.take();
      table.columns.push_back({name, type_of(reading.take())});
      if (reading.takes({"PRIMARY", "KEY"})) table.key.push_back(name);
    } else {
      // Inside the bracket of the constraint: its end, and then what follows.
      while (reading.skip_to_next()) {
      }
    }
  } while (reading.skip_to_next());
  TUTELA_CHECK(!table.key.empty());
  return table;
}

Table& find_table(std::vector<Table>& tables, const std::string& name) {
  const auto found = std::ranges::find(tables, name, &Table::name);
  TUTELA_CHECK(found != tables.end());
  return *found;
}

void alter_table(Table& table, Reading& reading) {
  const auto column = [&](const std::string& name) {
    const auto found = std::ranges::find(table.columns, name, &Column::name);
    TUTELA_CHECK(found != table.columns.end());
    return found;
  };
  if (reading.takes({"RENAME", "TO"})) {
    table.name = reading.take();
  } else if (reading.takes({"RENAME", "COLUMN"})) {
    const auto renamed = column(reading.take());
    TUTELA_CHECK(reading.takes({"TO"}));
    const std::string name = reading.take();
    std::ranges::replace(table.key, renamed->name, name);
    renamed->name = name;
  } else if (reading.takes({"ADD", "COLUMN"})) {
    const std::string name = reading.take();
    table.columns.push_back({name, type_of(reading.take())});
  } else {
    TUTELA_CHECK(reading.takes({"DROP", "COLUMN"}));
    table.columns.erase(column(reading.take()));
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

std::vector<Table> tables_of(std::span<const Migration> steps) {
  std::vector<Table> tables;
  for (const auto& step : steps) {
    for (const auto statement : split_statements(step.sql)) {
      Reading reading(statement);
      if (reading.takes({"CREATE", "TABLE"})) {
        tables.push_back(read_table(reading));
      } else if (reading.takes({"ALTER", "TABLE"})) {
        alter_table(find_table(tables, reading.take()), reading);
      } else if (reading.takes({"INSERT", "INTO"})) {
        ++find_table(tables, reading.take()).initial_rows;
      } else if (reading.takes({"DROP", "TABLE"})) {
        const std::string name = reading.take();
        find_table(tables, name);
        std::erase_if(tables, [&](const Table& table) { return table.name == name; });
      }
    }
  }
  return tables;
}

std::string column_list(const Table& table) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  return joined(names);
}

std::string key_list(const Table& table) { return joined(table.key); }

std::string first_page_sql(const Table& table) {
  return "SELECT " + column_list(table) + " FROM " + table.name + " ORDER BY " + key_list(table) + " LIMIT $1";
}

std::string next_page_sql(const Table& table) {
  std::vector<std::string> places;
  for (std::size_t i = 1; i <= table.key.size(); ++i) places.push_back("$" + std::to_string(i));
  return "SELECT " + column_list(table) + " FROM " + table.name + " WHERE (" + key_list(table) + ") > (" + joined(places) +
         ") ORDER BY " + key_list(table) + " LIMIT $" + std::to_string(table.key.size() + 1);
}

}  // namespace tutela::store
