#include "store/store.h"

#include <condition_variable>
#include <mutex>

#include "base/check.h"
#include "store/driver.h"

namespace tutela::store {
namespace {

template <class T>
const T& column_as(const std::vector<Value::Variant>& columns, std::size_t column) {
  TUTELA_CHECK(column < columns.size());
  const T* value = std::get_if<T>(&columns[column]);
  TUTELA_CHECK(value != nullptr);
  return *value;
}

}  // namespace

bool Row::is_null(std::size_t column) const {
  TUTELA_CHECK(column < columns_.size());
  return std::holds_alternative<std::monostate>(columns_[column]);
}

std::int64_t Row::integer(std::size_t column) const { return column_as<std::int64_t>(columns_, column); }
const std::string& Row::text(std::size_t column) const { return column_as<std::string>(columns_, column); }
const Bytes& Row::blob(std::size_t column) const { return column_as<Bytes>(columns_, column); }

std::optional<Time> Row::time_or_null(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

std::optional<std::int64_t> Row::integer_or_null(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Row::text_or_null(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

std::optional<Bytes> Row::blob_or_null(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return blob(column);
}

Result<std::optional<Row>> Reader::query_one(std::string_view sql, std::initializer_list<Value> parameters) {
  TUTELA_ASSIGN(auto rows, query(sql, parameters));
  if (rows.size() > 1) return fail(ErrorCode::internal, "store.more_than_one_row", driver::statement_place(sql));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

std::int64_t Store::wait_for_news(std::int64_t seen, std::chrono::milliseconds at_most) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable never;
  never.wait_for(lock, at_most, [] { return false; });
  return seen;
}

Result<> Transaction::append(std::string_view sql, std::span<const Value> parameters) {
  TUTELA_TRY(execute(sql, parameters));
  return {};
}

Result<> Transaction::execute_versioned(std::string_view sql, std::initializer_list<Value> parameters) {
  TUTELA_ASSIGN(const auto changed, execute(sql, parameters));
  if (changed != 1) return fail(ErrorCode::conflict, "store.row_changed", driver::statement_place(sql));
  return {};
}

}  // namespace tutela::store
