#include "store/schema.h"

#include <algorithm>

#include "base/check.h"

namespace tutela::store {
namespace {

constexpr std::string_view kVersionTable = "schema_version";
constexpr std::string_view kSpace = " \t\r\n";

// The catalogue is the one thing that the two back ends have no common words for.
std::string_view tables_sql(std::string_view backend) {
  if (backend == "sqlite") return "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
  // The gate is the driver's own and made when it opens.
  return "SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename <> 'write_gate'";
}

Result<std::int64_t> version_in(Reader& reader) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT max(version) FROM schema_version"));
  TUTELA_CHECK(row.has_value());
  return row->integer_or_null(0).value_or(0);
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

Result<SchemaFacts> find_schema(Store& store) {
  return in_snapshot<SchemaFacts>(store, [&](Reader& reader) -> Result<SchemaFacts> {
    TUTELA_ASSIGN(const auto rows, reader.query(tables_sql(store.backend())));
    SchemaFacts facts;
    facts.tables = static_cast<std::int64_t>(rows.size());
    facts.is_ours = std::ranges::any_of(rows, [](const Row& row) { return row.text(0) == kVersionTable; });
    if (facts.is_ours) {
      TUTELA_ASSIGN(facts.version, version_in(reader));
    }
    return facts;
  });
}

Result<> check_schema(const SchemaFacts& facts, std::span<const Migration> steps) {
  if (facts.tables > 0 && !facts.is_ours) return fail(ErrorCode::unsupported, "store.foreign_database");
  if (!steps.empty() && facts.version > steps.back().version)
    return fail(ErrorCode::unsupported, "store.newer_schema", "schema " + std::to_string(facts.version));
  return {};
}

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

  TUTELA_ASSIGN(const auto facts, find_schema(store));
  TUTELA_TRY(check_schema(facts, steps));
  auto version = facts.version;
  if (!facts.is_ours) {
    auto created = create_version_table(store);
    if (was_done_elsewhere(created)) created = create_version_table(store);
    TUTELA_TRY(created);
  }

  for (const auto& step : steps) {
    if (step.version <= version) continue;
    const auto applied = apply(store, step);
    if (applied) continue;
    TUTELA_ASSIGN(const auto now, find_schema(store));
    version = now.version;
    if (version < step.version) return applied;
    TUTELA_TRY(check_schema(now, steps));
  }
  return {};
}

Result<> migrate(Store& store) { return migrate(store, migrations()); }

}  // namespace tutela::store
