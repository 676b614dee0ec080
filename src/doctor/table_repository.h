#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/event.h"
#include "store/store.h"

// What the checks ask of any table, by its name. Names are the checks' own literals or come from the database's catalogue and are
// quoted; nothing here comes from outside.
namespace tutela::doctor {

struct Counted {
  std::int64_t count = 0;
  std::string sample;  // hexadecimal of the first key that was found
};

// SQLite's own look at the file; empty when it found nothing.
Result<std::vector<std::string>> damage_of_file(store::Reader& reader, bool whole);

struct ColumnFacts {
  std::string table;
  std::string column;
  std::string type;  // BIGINT, TEXT, BLOB
  bool may_be_null = false;
};
// Of the tables, in the order of their names; on PostgreSQL without the driver's own.
Result<std::vector<ColumnFacts>> columns_of_database(store::Reader& reader, std::string_view backend);
struct IndexFacts {
  std::string table;
  std::string columns;  // "state, first_seen_at"
  bool is_unique = false;
  bool is_partial = false;
  friend auto operator<=>(const IndexFacts&, const IndexFacts&) = default;
};
// Those of primary keys and of UNIQUE as well. Of PostgreSQL the valid ones.
Result<std::vector<IndexFacts>> indexes_of_database(store::Reader& reader, std::string_view backend);
// "table report" with the words that made it; indexes too. SQLite only.
struct SchemaRow {
  std::string what;
  std::string text;
  friend auto operator<=>(const SchemaRow&, const SchemaRow&) = default;
};
Result<std::vector<SchemaRow>> schema_of_database(store::Reader& reader);
// The highest step in schema_version; 0 for none.
Result<std::int64_t> last_schema_step(store::Reader& reader);
// How many rows of the table hold a value of another type, NULL where there must be something, or an id that has not 16 bytes; of
// these PostgreSQL lets in the last alone. One scan for all columns of the table, which all must be of one table. A count a
// column.
Result<std::vector<std::int64_t>> count_bad_values(store::Reader& reader, std::string_view backend,
                                                   std::span<const ColumnFacts> columns);
bool is_id_column(const ColumnFacts& column);

struct WordCount {
  std::string word;
  std::int64_t count;
};
Result<std::vector<WordCount>> words_of(store::Reader& reader, std::string_view table, std::string_view column);
Result<std::int64_t> count_rows(store::Reader& reader, std::string_view table);

struct Reference {
  std::string_view table;
  std::string_view column;
  std::string_view target;
  std::string_view target_column = "id";
  // An SQL condition on the row, as a literal of ours: "kind = 'notice'".
  std::string_view only_if = {};
};
// Rows whose column names nothing.
Result<Counted> count_dangling(store::Reader& reader, const Reference& reference);

// Rows that meet a condition, which is a literal of ours; `key` is a column of them to show, or empty.
struct Condition {
  std::string_view table;
  std::string_view key;
  std::string_view is_wrong;
};
Result<Counted> count_where(store::Reader& reader, const Condition& condition);
// The same with one time as $1.
Result<Counted> count_where_at(store::Reader& reader, const Condition& condition, Time at);

// A sealed column with what opens it. `key` are the columns of the primary key, in its order.
struct SealedColumn {
  std::string_view table;
  std::string_view column;
  std::string_view place;  // the column that stands in the seal's context
  std::string_view join;   // from the row `t` to the row `k` that holds wrapped_key; empty: the row itself holds it
  std::span<const std::string_view> key;
};
struct SealedValue {
  std::vector<store::Value> key;
  Bytes place;
  Bytes sealed;
  Bytes wrapped_key;
};
// How many rows have a value, and what opens it.
Result<std::int64_t> count_sealed(store::Reader& reader, const SealedColumn& column);
// At most `count_max` of them behind `after`, in the order of the key, the first `skipped` left out.
Result<std::vector<SealedValue>> sealed_after(store::Reader& reader, const SealedColumn& column,
                                              const std::optional<std::vector<store::Value>>& after, std::int64_t count_max,
                                              std::int64_t skipped = 0);

struct NamedObject {
  Bytes owner;
  std::string name;
  Bytes wrapped_key;
};
// Items with an object, in the order of their ids.
Result<std::vector<NamedObject>> objects_after(store::Reader& reader, BytesView after, std::int64_t count_max);
// Whether its owner still names it.
Result<bool> names_object(store::Reader& reader, const NamedObject& object);

// What a column of a table names, behind `after` and in the order of the ids, with how many rows name it.
struct Owner {
  Bytes id;
  std::int64_t rows;
};
Result<std::vector<Owner>> owners_after(store::Reader& reader, std::string_view table, std::string_view column, BytesView after,
                                        std::int64_t count_max);
struct StoredEpoch {
  std::uint64_t number;
  std::string name;
  std::uint64_t size;
  Bytes frontier;
};
// In their order.
Result<std::vector<StoredEpoch>> epochs_of_ledger(store::Reader& reader);
struct StoredCheckpoint {
  std::uint64_t size;
  std::string note;
};
// Of an epoch, the smallest tree first.
Result<std::vector<StoredCheckpoint>> checkpoints_of(store::Reader& reader, std::uint64_t epoch);
struct NewestCheckpoint {
  std::string note;
  Time signed_at;
};
// Of the last epoch; of any step of the schema from the ledger's first on. Nothing for a node without an epoch.
Result<std::optional<NewestCheckpoint>> newest_checkpoint(store::Reader& reader);
// Whether a destruction or an erasure of the class is at the point where it can only be completed.
Result<bool> is_being_destroyed(store::Reader& reader, const std::string& class_name);
// The rows of a table that meet a condition; an empty one is met by all.
struct NamedTable {
  std::string_view table;
  std::string_view condition;
  std::string_view name;  // for findings
};
// What its column `id` holds.
Result<std::set<Bytes>> ids_of(store::Reader& reader, const NamedTable& rows);
// Of entries that wait for their numbers.
Result<std::vector<std::string>> staged_payloads(store::Reader& reader, std::string_view kind);
// How many entries of either kind the ledger holds about this subject, numbered or staged. A kind may be empty.
Result<std::int64_t> count_recorded(store::Reader& reader, const ledger::Chain& chain,
                                    std::span<const std::string_view, 2> kinds);

}  // namespace tutela::doctor
