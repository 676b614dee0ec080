#include "store/postgres/postgres_dialect.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace tutela::store::postgres {
namespace {

// All that differs. Text is compared byte by byte, as SQLite does it, whatever the locale of the database: the order of an answer
// must not depend on the back end (I11).
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOverrides{{
    {"BLOB", "BYTEA"},
    {"TEXT", "TEXT COLLATE \"C\""},
}};
static_assert(kOverrides.size() <= 10, "more than that is a second dialect: find a common text instead");

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view overridden(std::string_view word) {
  const auto found = std::find_if(kOverrides.begin(), kOverrides.end(), [&](const auto& entry) { return entry.first == word; });
  return found == kOverrides.end() ? word : found->second;
}

}  // namespace

bool is_definition(std::string_view sql) {
  return sql.starts_with("CREATE ") || sql.starts_with("ALTER ") || sql.starts_with("DROP ");
}

std::string translate(std::string_view sql) {
  if (!is_definition(sql)) return std::string(sql);
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    if (quote == 0 && is_word(c)) {
      const auto* const end = std::find_if_not(sql.begin() + i, sql.end(), is_word);
      const auto word = sql.substr(i, static_cast<std::size_t>(end - (sql.begin() + i)));
      out += overridden(word);
      i += word.size();
      continue;
    }
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    out += c;
    ++i;
  }
  return out;
}

}  // namespace tutela::store::postgres
