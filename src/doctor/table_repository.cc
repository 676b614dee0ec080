#include "doctor/table_repository.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"

namespace tutela::doctor {
namespace {

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

// Table, column, type, whether it may be NULL.
constexpr std::string_view kSqliteColumns =
    "SELECT m.name, p.name, upper(p.type), p.\"notnull\" = 0 AND p.pk = 0 FROM sqlite_schema m "
    "JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid";
constexpr std::string_view kPostgresColumns =
    "SELECT t.relname::text, a.attname::text, CASE format_type(a.atttypid, a.atttypmod) WHEN 'bytea' THEN 'BLOB' "
    "ELSE upper(format_type(a.atttypid, a.atttypmod)) END, CASE WHEN a.attnotnull THEN 0 ELSE 1 END::bigint "
    "FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid "
    "WHERE n.nspname = current_schema() AND t.relkind = 'r' AND t.relname <> 'write_gate' AND a.attnum > 0 "
    "AND NOT a.attisdropped ORDER BY t.relname, a.attnum";

// Table, columns, whether it is unique, whether it is of a part of the rows.
constexpr std::string_view kSqliteIndexes =
    "SELECT m.name, (SELECT group_concat(name, ', ') FROM (SELECT i.name FROM pragma_index_info(l.name) i ORDER BY i.seqno)), "
    "l.\"unique\", l.partial FROM sqlite_schema m JOIN pragma_index_list(m.name) l "
    "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
constexpr std::string_view kPostgresIndexes =
    "SELECT t.relname::text, string_agg(a.attname::text, ', ' ORDER BY k.place), CASE WHEN i.indisunique THEN 1 ELSE 0 "
    "END::bigint, CASE WHEN i.indpred IS NULL THEN 0 ELSE 1 END::bigint FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid "
    "JOIN pg_namespace n ON n.oid = t.relnamespace CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(number, place) "
    "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number WHERE n.nspname = current_schema() AND i.indisvalid "
    "AND t.relname <> 'write_gate' GROUP BY t.relname, i.indexrelid, i.indisunique, i.indpred";

bool is_text_key(std::string_view table, std::string_view key) { return table == "authority" && key == "name"; }

store::Value value_at(const store::Row& row, std::size_t column, std::string_view name) {
  if (name == "idempotency_key" || name == "name") return store::Value(row.text(column));
  if (name == "sequence") return store::Value(row.integer(column));
  return store::Value(row.blob(column));
}

}  // namespace

Result<std::vector<std::string>> damage_of_file(store::Reader& reader, bool whole) {
  TUTELA_ASSIGN(const auto rows, reader.query(whole ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)"));
  std::vector<std::string> found;
  for (const auto& row : rows)
    if (row.text(0) != "ok") found.push_back(row.text(0));
  return found;
}

Result<std::vector<ColumnFacts>> columns_of_database(store::Reader& reader, std::string_view backend) {
  TUTELA_ASSIGN(const auto rows, reader.query(backend == "sqlite" ? kSqliteColumns : kPostgresColumns));
  std::vector<ColumnFacts> columns;
  for (const auto& row : rows) columns.push_back({row.text(0), row.text(1), row.text(2), row.integer(3) == 1});
  return columns;
}

Result<std::vector<IndexFacts>> indexes_of_database(store::Reader& reader, std::string_view backend) {
  TUTELA_ASSIGN(const auto rows, reader.query(backend == "sqlite" ? kSqliteIndexes : kPostgresIndexes));
  std::vector<IndexFacts> indexes;
  for (const auto& row : rows) indexes.push_back({row.text(0), row.text(1), row.integer(2) == 1, row.integer(3) == 1});
  return indexes;
}

Result<std::vector<SchemaRow>> schema_of_database(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL "
                                              "AND name NOT LIKE 'sqlite_%' ORDER BY type, name"));
  std::vector<SchemaRow> found;
  for (const auto& row : rows) found.push_back({row.text(0) + " " + row.text(1), row.text(2)});
  return found;
}

Result<std::int64_t> last_schema_step(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT max(version) FROM schema_version"));
  return row->integer_or_null(0).value_or(0);
}

bool is_id_column(const ColumnFacts& column) {
  return column.type == "BLOB" && (column.column == "id" || column.column.ends_with("_id"));
}

Result<std::vector<std::int64_t>> count_bad_values(store::Reader& reader, std::string_view backend,
                                                   std::span<const ColumnFacts> columns) {
  TUTELA_CHECK(!columns.empty());
  std::string sql = "SELECT ";
  for (const auto& column : columns) {
    const auto name = quoted(column.column);
    const std::string_view type = column.type == "BIGINT" ? "integer" : column.type == "BLOB" ? "blob" : "text";
    const std::string null = column.may_be_null ? fmt::format("{} IS NOT NULL AND ", name) : "";
    const std::string id = is_id_column(column) ? fmt::format(" OR length({}) <> 16", name) : "";
    const std::string other_type = backend == "sqlite" ? fmt::format("typeof({}) <> '{}'", name, type) : "false";
    sql += fmt::format("{}count(*) FILTER (WHERE {}({}{}))", &column == &columns.front() ? "" : ", ", null, other_type, id);
  }
  sql += fmt::format(" FROM {}", quoted(columns.front().table));
  TUTELA_ASSIGN(const auto row, reader.query_one(sql));
  std::vector<std::int64_t> counts;
  for (std::size_t at = 0; at < columns.size(); ++at) counts.push_back(row->integer(at));
  return counts;
}

Result<std::vector<WordCount>> words_of(store::Reader& reader, std::string_view table, std::string_view column) {
  TUTELA_ASSIGN(const auto rows, reader.query(fmt::format("SELECT {0}, COUNT(*) FROM {1} WHERE {0} IS NOT NULL GROUP BY {0}",
                                                          quoted(column), quoted(table))));
  std::vector<WordCount> words;
  for (const auto& row : rows) words.push_back({row.text(0), row.integer(1)});
  return words;
}

Result<std::int64_t> count_rows(store::Reader& reader, std::string_view table) {
  TUTELA_ASSIGN(const auto row, reader.query_one(fmt::format("SELECT COUNT(*) FROM {}", quoted(table))));
  return row->integer(0);
}

Result<Counted> count_dangling(store::Reader& reader, const Reference& reference) {
  const std::string only = reference.only_if.empty() ? "" : fmt::format(" AND ({})", reference.only_if);
  const auto from = fmt::format(
      "FROM {0} WHERE {0}.{1} IS NOT NULL{4} AND NOT EXISTS (SELECT 1 FROM {2} x WHERE x.{3} = {0}.{1})", quoted(reference.table),
      quoted(reference.column), quoted(reference.target), quoted(reference.target_column), only);
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT COUNT(*) " + from));
  return Counted{row->integer(0), {}};
}

Result<Counted> count_where(store::Reader& reader, const Condition& condition) {
  const auto from = fmt::format("FROM {} WHERE {}", quoted(condition.table), condition.is_wrong);
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT COUNT(*) " + from));
  Counted counted{row->integer(0), {}};
  if (counted.count == 0 || condition.key.empty()) return counted;
  TUTELA_ASSIGN(const auto first, reader.query(fmt::format("SELECT {} {} LIMIT 1", quoted(condition.key), from)));
  if (first.empty() || first[0].is_null(0)) return counted;
  counted.sample = is_text_key(condition.table, condition.key) ? first[0].text(0) : encode_hex(first[0].blob(0));
  return counted;
}

Result<Counted> count_where_at(store::Reader& reader, const Condition& condition, Time at) {
  TUTELA_ASSIGN(
      const auto row,
      reader.query_one(fmt::format("SELECT COUNT(*) FROM {} WHERE {}", quoted(condition.table), condition.is_wrong), {at}));
  return Counted{row->integer(0), {}};
}

Result<std::int64_t> count_sealed(store::Reader& reader, const SealedColumn& column) {
  TUTELA_ASSIGN(const auto row, reader.query_one(fmt::format("SELECT COUNT(*) FROM {} t {} WHERE t.{} IS NOT NULL",
                                                             quoted(column.table), column.join, quoted(column.column))));
  return row->integer(0);
}

Result<std::vector<SealedValue>> sealed_after(store::Reader& reader, const SealedColumn& column,
                                              const std::optional<std::vector<store::Value>>& after, std::int64_t count_max,
                                              std::int64_t skipped) {
  std::string keys;
  std::string parameters;
  for (std::size_t at = 0; at < column.key.size(); ++at) {
    keys += fmt::format("{}t.{}", at == 0 ? "" : ", ", quoted(column.key[at]));
    parameters += fmt::format("{}${}", at == 0 ? "" : ", ", at + 3);
  }
  const bool own = column.join.empty();
  const std::string behind = after ? fmt::format(" AND ({}) > ({})", keys, parameters) : "";
  const auto sql = fmt::format(
      "SELECT t.{}, t.{}, {}.wrapped_key, {} FROM {} t {} WHERE t.{} IS NOT NULL{} ORDER BY {} LIMIT $1 "
      "OFFSET $2",
      quoted(column.place), quoted(column.column), own ? "t" : "k", keys, quoted(column.table), column.join,
      quoted(column.column), behind, keys);
  std::vector<store::Value> values{store::Value(count_max), store::Value(skipped)};
  if (after) values.insert(values.end(), after->begin(), after->end());
  TUTELA_ASSIGN(const auto rows, reader.query(sql, std::span<const store::Value>(values)));
  std::vector<SealedValue> found;
  for (const auto& row : rows) {
    SealedValue value{{}, column.place == "name" ? to_bytes(row.text(0)) : row.blob(0), row.blob(1), row.blob(2)};
    for (std::size_t at = 0; at < column.key.size(); ++at) value.key.push_back(value_at(row, 3 + at, column.key[at]));
    found.push_back(std::move(value));
  }
  return found;
}

Result<std::vector<NamedObject>> objects_after(store::Reader& reader, BytesView after, std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT id, object_name, wrapped_key FROM item WHERE object_name IS NOT NULL "
                                              "AND id > $1 ORDER BY id LIMIT $2",
                                              {after, count_max}));
  std::vector<NamedObject> objects;
  for (const auto& row : rows) objects.push_back({row.blob(0), row.text(1), row.blob(2)});
  return objects;
}

Result<bool> names_object(store::Reader& reader, const NamedObject& object) {
  TUTELA_ASSIGN(const auto rows,
                reader.query("SELECT id FROM item WHERE id = $1 AND object_name = $2", {object.owner, object.name}));
  return !rows.empty();
}

Result<std::vector<Owner>> owners_after(store::Reader& reader, std::string_view table, std::string_view column, BytesView after,
                                        std::int64_t count_max) {
  TUTELA_ASSIGN(const auto rows,
                reader.query(fmt::format("SELECT {0}, COUNT(*) FROM {1} WHERE {0} > $1 GROUP BY {0} ORDER BY {0} "
                                         "LIMIT $2",
                                         quoted(column), quoted(table)),
                             {after, count_max}));
  std::vector<Owner> owners;
  for (const auto& row : rows) owners.push_back({row.blob(0), row.integer(1)});
  return owners;
}

Result<std::vector<StoredEpoch>> epochs_of_ledger(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT epoch, name, size, frontier FROM ledger_epoch ORDER BY epoch"));
  std::vector<StoredEpoch> epochs;
  for (const auto& row : rows)
    epochs.push_back(
        {static_cast<std::uint64_t>(row.integer(0)), row.text(1), static_cast<std::uint64_t>(row.integer(2)), row.blob(3)});
  return epochs;
}

Result<std::vector<StoredCheckpoint>> checkpoints_of(store::Reader& reader, std::uint64_t epoch) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT size, note FROM ledger_checkpoint WHERE epoch = $1 ORDER BY size",
                                              {static_cast<std::int64_t>(epoch)}));
  std::vector<StoredCheckpoint> checkpoints;
  for (const auto& row : rows) checkpoints.push_back({static_cast<std::uint64_t>(row.integer(0)), row.text(1)});
  return checkpoints;
}

Result<std::optional<NewestCheckpoint>> newest_checkpoint(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one("SELECT note, signed_at FROM ledger_checkpoint ORDER BY epoch DESC, size DESC LIMIT 1"));
  if (!row) return std::nullopt;
  return NewestCheckpoint{row->text(0), row->time(1)};
}

Result<bool> is_being_destroyed(store::Reader& reader, const std::string& class_name) {
  TUTELA_ASSIGN(const auto due,
                reader.query("SELECT id FROM destruction WHERE class_name = $1 AND state = 'destroying'", {class_name}));
  if (!due.empty()) return true;
  TUTELA_ASSIGN(const auto named,
                reader.query("SELECT c.id FROM erasure_class c JOIN erasure e ON e.id = c.erasure_id WHERE c.class_name = $1 AND "
                             "e.state = 'destroying'",
                             {class_name}));
  return !named.empty();
}

Result<std::set<Bytes>> ids_of(store::Reader& reader, const NamedTable& rows) {
  TUTELA_ASSIGN(const auto found, reader.query(fmt::format("SELECT id FROM {}{}{}", quoted(rows.table),
                                                           rows.condition.empty() ? "" : " WHERE ", rows.condition)));
  std::set<Bytes> ids;
  for (const auto& row : found) ids.insert(row.blob(0));
  return ids;
}

Result<std::vector<std::string>> staged_payloads(store::Reader& reader, std::string_view kind) {
  TUTELA_ASSIGN(const auto rows, reader.query("SELECT payload FROM ledger_staged WHERE kind = $1", {kind}));
  std::vector<std::string> payloads;
  for (const auto& row : rows) payloads.push_back(row.text(0));
  return payloads;
}

Result<std::int64_t> count_recorded(store::Reader& reader, const ledger::Chain& chain,
                                    std::span<const std::string_view, 2> kinds) {
  const BytesView subject = chain.subject;
  TUTELA_ASSIGN(const auto numbered,
                reader.query_one("SELECT COUNT(*) FROM ledger_leaf WHERE born_at IN ($1, $2) AND subject = $3 "
                                 "AND kind IN ($4, $5)",
                                 {chain.born_at, ledger::Chain::kBornUnknown, subject, kinds[0], kinds[1]}));
  TUTELA_ASSIGN(const auto staged, reader.query_one("SELECT COUNT(*) FROM ledger_staged WHERE subject = $1 AND kind IN ($2, $3)",
                                                    {subject, kinds[0], kinds[1]}));
  return numbered->integer(0) + staged->integer(0);
}

}  // namespace tutela::doctor
