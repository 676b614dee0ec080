#include "app/store_copy.h"

#include "app/key_secret.h"

#include <span>

#include "line/schema_steps.h"
#include "store/consistency.h"
#include "store/postgres/postgres_load.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "vault/key_store.h"

namespace tutela::app {
namespace {

// Rows that a step of the schema itself put there are no node.
Result<> check_empty(store::Store& target, std::span<const store::Table> tables) {
  return target.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto counts, store::count_rows(reader, tables));
    for (std::size_t i = 0; i < tables.size(); ++i)
      if (counts[i].rows > tables[i].initial_rows) return fail(ErrorCode::conflict, "store.not_empty", tables[i].name);
    return {};
  });
}

}  // namespace

Result<> check_postgres_is_empty(const std::string& conninfo) {
  const auto all = line::schema_steps();
  std::span<const store::Migration> steps(all);
  TUTELA_ASSIGN(const auto target, store::open_postgres(conninfo, 1));
  TUTELA_ASSIGN(const auto facts, store::find_schema(*target));
  TUTELA_TRY(store::check_schema(facts, steps));
  // A node of an earlier release has fewer tables.
  while (!steps.empty() && steps.back().version > facts.version) steps = steps.first(steps.size() - 1);
  return check_empty(*target, store::tables_of(steps));
}

Result<CopiedStore> copy_to_postgres(const DataFolder& folder, const std::string& conninfo, const vault::AskSecret& ask) {
  TUTELA_ASSIGN(const auto config, read_config(folder));
  if (!config.store.postgresql.empty()) return fail(ErrorCode::unsupported, "store.not_sqlite");
  TUTELA_ASSIGN(const auto keys, vault::KeyStore::open(folder.keys(), ask ? ask : ask_key_secret(config)));
  const auto steps = line::schema_steps();
  TUTELA_ASSIGN(const auto source, open_database(folder, config));
  TUTELA_ASSIGN(const auto facts, store::find_schema(*source));
  TUTELA_TRY(store::check_schema(facts, steps));
  if (facts.version != steps.back().version)
    return fail(ErrorCode::unsupported, "store.older_schema", "schema " + std::to_string(facts.version));
  const auto tables = store::tables_of(steps);
  // Before its schema is changed: it may be another node's, of an earlier release.
  TUTELA_TRY(check_postgres_is_empty(conninfo));
  {
    TUTELA_ASSIGN(const auto target, store::open_postgres(conninfo, 1));
    TUTELA_TRY(store::migrate(*target, steps));
    TUTELA_TRY(check_empty(*target, tables));
  }
  CopiedStore copied{.tables = tables.size()};
  TUTELA_TRY(source->read([&](store::Reader& reader) {
    return store::load_postgres(conninfo, [&](store::PostgresLoading& loading) -> Result<> {
      copied.rows = 0;
      for (const auto& table : tables) {
        TUTELA_TRY(loading.clear(table));
        store::TablePages pages(reader, table);
        TUTELA_ASSIGN(const auto rows, loading.load(table, [&] { return pages.next(); }));
        copied.rows += rows;
      }
      for (const auto& table : tables) {
        TUTELA_ASSIGN(const auto difference, store::find_difference(reader, loading.reader(), table));
        if (difference) return fail(ErrorCode::corrupt, "store.copy_differs", *difference);
      }
      TUTELA_ASSIGN(copied.ledger, line::recompute_ledger(loading.reader(), keys.key_chain()));
      return {};
    });
  }));
  return copied;
}

}  // namespace tutela::app
