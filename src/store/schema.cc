#include "store/schema.h"

#include "base/check.h"

namespace tutela::store {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// 0 when no step was applied.
Result<std::int64_t> schema_version(Store& store) {
  return in_snapshot<std::int64_t>(store, [](Reader& reader) -> Result<std::int64_t> {
    TUTELA_ASSIGN(const auto row, reader.query_one("SELECT max(version) FROM schema_version"));
    TUTELA_CHECK(row.has_value());
    return row->integer_or_null(0).value_or(0);
  });
}

Result<> apply(Store& store, const Migration& step) {
  return store.write([&](Transaction& tx) -> Result<> {
    // The row comes first: a second program waits here, and then has a duplicate.
    TUTELA_TRY(tx.execute("INSERT INTO schema_version (version) VALUES ($1)", {step.version}));
    for (const auto statement : split_statements(step.sql)) TUTELA_TRY(tx.execute(statement));
    return {};
  });
}

Result<> create_version_table(Store& store) {
  return store.write([](Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)"));
    return {};
  });
}

// A duplicate or a lost race means that another program did the same at the same moment.
bool was_done_elsewhere(const Result<>& result) { return !result && result.error().code == ErrorCode::conflict; }

}  // namespace

std::vector<std::string_view> split_statements(std::string_view sql) {
  std::vector<std::string_view> statements;
  while (!sql.empty()) {
    const auto end = sql.find(';');
    auto statement = sql.substr(0, end);
    sql = end == std::string_view::npos ? std::string_view() : sql.substr(end + 1);
    const auto first = statement.find_first_not_of(kSpace);
    if (first == std::string_view::npos) continue;
    statement = statement.substr(first, statement.find_last_not_of(kSpace) - first + 1);
    statements.push_back(statement);
  }
  return statements;
}

Result<> migrate(Store& store, std::span<const Migration> steps) {
  int last = 0;
  for (const auto& step : steps) {
    TUTELA_CHECK(step.version > last);
    last = step.version;
  }

  auto created = create_version_table(store);
  if (was_done_elsewhere(created)) created = create_version_table(store);
  TUTELA_TRY(created);
  TUTELA_ASSIGN(auto version, schema_version(store));
  if (version > last) return fail(ErrorCode::unsupported, "store.newer_schema", "schema " + std::to_string(version));

  for (const auto& step : steps) {
    if (step.version <= version) continue;
    const auto applied = apply(store, step);
    if (applied) continue;
    TUTELA_ASSIGN(version, schema_version(store));
    if (version < step.version) return applied;
    if (version > last) return fail(ErrorCode::unsupported, "store.newer_schema", "schema " + std::to_string(version));
  }
  return {};
}

Result<> migrate(Store& store) { return migrate(store, migrations()); }

}  // namespace tutela::store
