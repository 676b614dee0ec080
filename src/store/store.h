#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"

// What a repository needs of a database, and no more. One SQL text in the subset that SQLite and PostgreSQL share: $1 parameters,
// ON CONFLICT, RETURNING. Types are BIGINT, TEXT and BLOB; times are milliseconds since 1970, ids their 16 bytes.
namespace tutela::store {

class Value {
 public:
  Value(std::nullopt_t) {}
  Value(std::int64_t number) : value_(number) {}
  Value(int number) : value_(std::int64_t{number}) {}
  Value(std::string text) : value_(std::move(text)) {}
  Value(std::string_view text) : value_(std::string(text)) {}
  Value(const char* text) : value_(std::string(text)) {}
  Value(Bytes blob) : value_(std::move(blob)) {}
  Value(BytesView blob) : value_(Bytes(blob.begin(), blob.end())) {}
  Value(Time time) : value_(to_unix_ms(time)) {}
  template <class Tag>
  Value(const Id<Tag>& id) : Value(id.bytes()) {}
  template <class T>
  Value(const std::optional<T>& maybe) {
    if (maybe) *this = Value(*maybe);
  }
  Value(bool) = delete;  // say 0 or 1

  using Variant = std::variant<std::monostate, std::int64_t, std::string, Bytes>;
  const Variant& variant() const { return value_; }

 private:
  Variant value_;
};

// One row of an answer, columns by position from 0. Asking for the wrong type is a bug of the repository and aborts.
class Row {
 public:
  explicit Row(std::vector<Value::Variant> columns) : columns_(std::move(columns)) {}
  std::size_t size() const { return columns_.size(); }
  // As it stands, for those who copy or compare rows without knowing them.
  const Value::Variant& value(std::size_t column) const { return columns_.at(column); }
  bool is_null(std::size_t column) const;
  std::int64_t integer(std::size_t column) const;
  const std::string& text(std::size_t column) const;
  const Bytes& blob(std::size_t column) const;
  Time time(std::size_t column) const { return from_unix_ms(integer(column)); }
  std::optional<Time> time_or_null(std::size_t column) const;
  std::optional<std::int64_t> integer_or_null(std::size_t column) const;
  std::optional<std::string> text_or_null(std::size_t column) const;
  std::optional<Bytes> blob_or_null(std::size_t column) const;
  template <class IdType>
  IdType id(std::size_t column) const {
    return IdType::from_bytes(blob(column)).value();
  }
  template <class IdType>
  std::optional<IdType> id_or_null(std::size_t column) const {
    if (is_null(column)) return std::nullopt;
    return id<IdType>(column);
  }

 private:
  std::vector<Value::Variant> columns_;
};

// Reads of one snapshot. Valid only inside the call it was handed to, and on its thread.
class Reader {
 public:
  virtual ~Reader() = default;
  // unavailable, "store.lost_connection"; internal, "store.bad_statement" (with the statement's place, never its parameters);
  // invalid, "store.bad_text" when a text parameter is not UTF-8 or holds a NUL, which PostgreSQL cannot keep.
  virtual Result<std::vector<Row>> query(std::string_view sql, std::initializer_list<Value> parameters = {}) = 0;
  virtual Result<std::vector<Row>> query(std::string_view sql, std::span<const Value> parameters) = 0;
  // For statements that find at most one row; more is internal, "store.more_than_one_row".
  Result<std::optional<Row>> query_one(std::string_view sql, std::initializer_list<Value> parameters = {});
};

// One unit of work: all of it is committed, or none. A statement that failed fails the whole unit, whatever the body returns
// afterwards (PostgreSQL knows no other way): to tolerate a duplicate, say ON CONFLICT.
class Transaction : public Reader {
 public:
  // How many rows changed. conflict, "store.duplicate_key"; limit, "store.disk_full"; otherwise as query().
  virtual Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> parameters = {}) = 0;
  virtual Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) = 0;
  // A change whose count nobody asks for, such as an INSERT: a driver may send it together with what follows. If it fails, so
  // does the next statement or the commit, with its error. As execute() otherwise.
  virtual Result<> append(std::string_view sql, std::span<const Value> parameters);
  Result<> append(std::string_view sql, std::initializer_list<Value> parameters) {
    return append(sql, std::span(parameters.begin(), parameters.size()));
  }
  // For statements that name the row version they were decided on (… WHERE id = $1 AND version = $2):
  // conflict, "store.row_changed" unless exactly one row changed.
  Result<> execute_versioned(std::string_view sql, std::initializer_list<Value> parameters);
  // Wakes whoever waits in Store::wait_for_news(), in this process and in every other on the database, once this is committed.
  virtual Result<> announce() { return {}; }
  // Runs after the commit is durable, on the thread that called write(); for waking loops, never for work that must happen.
  virtual void after_commit(std::function<void()> wake) = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Runs `body` in a transaction and commits durably (SQLite: WAL, synchronous=FULL; PostgreSQL: synchronous_commit=on). An error
  // from `body` rolls back. conflict "store.row_changed", a serialization failure or a deadlock rolls back and runs `body` again,
  // in all 3 times; then conflict ("store.row_changed" or "store.serialization_failure"). `body` must therefore have no effect
  // outside the transaction. It must not call write() (checked), nor wait for another thread's write. What it throws is internal,
  // "store.body_threw".
  virtual Result<> write(const std::function<Result<>(Transaction&)>& body) = 0;
  // Runs `body` on one consistent snapshot; does not block writers.
  virtual Result<> read(const std::function<Result<>(Reader&)>& body) = 0;

  // Returns when every write() has ended that had begun before, in this process or in any other on the database: what a body did
  // outside of the database before it read or wrote (a key that it wrapped) stands in committed rows by then, or nowhere. Not
  // inside a write(). As write().
  virtual Result<> wait_for_writers() = 0;

  // Waits until something was announced that the caller has not `seen` (0 at first, then what this returned), but no longer than
  // `at_most`. It is a hint: it may come without a reason, and after a broken connection late, so look now and then all the same.
  // The default waits and knows of nothing.
  virtual std::int64_t wait_for_news(std::int64_t seen, std::chrono::milliseconds at_most);
  // "sqlite" or "postgresql".
  virtual std::string_view backend() const = 0;
};

// write() or read() with a value: auto id = in_transaction<ItemId>(store, [&](Transaction& tx) -> Result<ItemId> { … });
template <class T, class Body>
Result<T> in_transaction(Store& store, Body&& body) {
  std::optional<T> value;
  TUTELA_TRY(store.write([&](Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(value, body(tx));
    return {};
  }));
  return *std::move(value);
}

template <class T, class Body>
Result<T> in_snapshot(Store& store, Body&& body) {
  std::optional<T> value;
  TUTELA_TRY(store.read([&](Reader& reader) -> Result<> {
    TUTELA_ASSIGN(value, body(reader));
    return {};
  }));
  return *std::move(value);
}

}  // namespace tutela::store
