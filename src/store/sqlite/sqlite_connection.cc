#include "store/sqlite/sqlite_connection.h"

#include <charconv>
#include <system_error>

#include "base/check.h"
#include "store/driver.h"

namespace tutela::store::sqlite {
namespace {

constexpr std::size_t kStatementsMax = 512;
constexpr int kBusyTimeoutMs = 5'000;

// What every connection sets. The readers' page cache is left as it is: the kernel caches the rest.
constexpr std::string_view kPragmas[] = {
    "PRAGMA synchronous=FULL",   "PRAGMA foreign_keys=OFF",  "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON", "PRAGMA temp_store=MEMORY", "PRAGMA journal_size_limit=67108864",
};

// What the writer sets besides. Every page of an index that a report touches is written once a checkpoint, so fewer checkpoints
// write fewer pages: one in 64 MiB of journal (16,384 pages) instead of 4. The cache, 64 MiB, holds the inner pages and the hot
// leaves of indexes whose keys come in no order (bench/README.md).
constexpr std::string_view kWriterPragmas[] = {"PRAGMA wal_autocheckpoint=16384", "PRAGMA cache_size=-65536"};

Result<Value::Variant> column_value(sqlite3_stmt* statement, int column, std::string_view sql) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return std::monostate{};
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
      return Bytes(bytes, bytes + sqlite3_column_bytes(statement, column));
    }
    default:
      return fail(ErrorCode::internal, "store.unsupported_type", driver::statement_place(sql));
  }
}

int bind_value(sqlite3_stmt* statement, int index, const Value::Variant& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, index, *number);
  if (const auto* text = std::get_if<std::string>(&value))
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  if (const auto* blob = std::get_if<Bytes>(&value)) {
    // A null pointer would bind NULL, and an empty vector may have one.
    if (blob->empty()) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, blob->data(), blob->size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

// "file:/a%20b?immutable=1" (RFC 3986): SQLite then neither locks the file nor looks for a WAL.
std::string immutable_uri(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char c : path.string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      uri += c;
    } else {
      uri += '%' + encode_hex(as_bytes(std::string_view(&c, 1)));
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

Error error_from(int code, Doing doing, std::string place) {
  place = "sqlite " + std::to_string(code) + (place.empty() ? "" : ", ") + place;
  const auto error = [&](ErrorCode what, Reason reason) { return Error{what, reason, std::move(place)}; };
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID)
    return error(ErrorCode::conflict, "store.duplicate_key");
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return error(ErrorCode::limit, "store.disk_full");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return error(ErrorCode::corrupt, "store.corrupt");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return error(ErrorCode::busy, "store.busy");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      if (doing == Doing::opening || code == SQLITE_CANTOPEN) return error(ErrorCode::unavailable, "store.cannot_open");
      if (code == SQLITE_READONLY) return error(ErrorCode::internal, "store.bad_statement");
      // What a reader needs beside the file cannot be made: a read-only disk, or somebody else's folder.
      if ((code & 0xFF) == SQLITE_READONLY) return error(ErrorCode::unavailable, "store.cannot_open");
      return error(ErrorCode::unavailable, "store.io");
    case SQLITE_IOERR:
      // Frames that were written but not synced may come back after a power cut, or not.
      if (doing == Doing::commit) return error(ErrorCode::unavailable, "store.unknown_outcome");
      // What its processes share is a file, too, and finds no room like any other.
      if (code == SQLITE_IOERR_SHMSIZE) return error(ErrorCode::limit, "store.disk_full");
      return error(ErrorCode::unavailable, "store.io");
    case SQLITE_NOMEM:
      return error(ErrorCode::unavailable, "store.no_memory");
    case SQLITE_TOOBIG:
      return error(ErrorCode::limit, "store.value_too_large");
    default:
      return error(ErrorCode::internal, "store.bad_statement");
  }
}

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& path, Access access) {
  sqlite3* db = nullptr;
  const bool looks_only = access == Access::beside_a_writer || access == Access::untouched;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (looks_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    (access == Access::write ? SQLITE_OPEN_CREATE : 0) | (access == Access::untouched ? SQLITE_OPEN_URI : 0);
  const std::string name = access == Access::untouched ? immutable_uri(path) : path.string();
  const int code = sqlite3_open_v2(name.c_str(), &db, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(db));
  if (code != SQLITE_OK) return std::unexpected(error_from(code, Doing::opening, {}));
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (access == Access::write) {
    TUTELA_ASSIGN(const auto mode, connection->query("PRAGMA journal_mode=WAL", {}));
    if (mode.size() != 1 || mode[0].text(0) != "wal")
      return fail(ErrorCode::unavailable, "store.cannot_open", "no WAL on this file system");
  }
  for (const auto pragma : kPragmas) TUTELA_TRY(connection->control(pragma, Doing::opening));
  if (access == Access::write)
    for (const auto pragma : kWriterPragmas) TUTELA_TRY(connection->control(pragma, Doing::opening));
  if (access != Access::write) TUTELA_TRY(connection->control("PRAGMA query_only=ON", Doing::opening));
  // Reads the whole schema, so that a file which is no database is refused now and not at the first request.
  TUTELA_TRY(connection->control("SELECT count(*) FROM sqlite_schema", Doing::opening));
  return connection;
}

Result<std::unique_ptr<Connection>> Connection::look_at(const std::filesystem::path& path) {
  auto journal = path;
  journal += "-wal";
  std::error_code error;
  const bool has_journal = std::filesystem::exists(journal, error);
  // In the form of a URI, in which three characters mean something.
  std::string uri = "file:";
  for (const char c : path.string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += c == '?' ? "%3f" : c == '#' ? "%23" : "%25";
    } else {
      uri += c;
    }
  }
  if (!has_journal) uri += "?immutable=1";
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(uri.c_str(), &db,
                                   SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI, nullptr);
  std::unique_ptr<Connection> connection(new Connection(db));
  if (code != SQLITE_OK) return std::unexpected(error_from(code, Doing::opening, {}));
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close(db_);
}

Result<sqlite3_stmt*> Connection::prepare(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second.get();
  // Texts glued together at run time would grow the cache for ever.
  if (statements_.size() >= kStatementsMax) statements_.clear();
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, &tail);
  if (code != SQLITE_OK) {
    const int offset = sqlite3_error_offset(db_);
    return std::unexpected(
        error_from(code, Doing::statement,
                   driver::statement_place(sql) + (offset < 0 ? "" : " at character " + std::to_string(offset + 1))));
  }
  const auto rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
  if (statement == nullptr || rest.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    sqlite3_finalize(statement);
    return fail(ErrorCode::internal, "store.bad_statement", "not one statement: " + driver::statement_place(sql));
  }
  return statements_.emplace(sql, statement).first->second.get();
}

Result<> Connection::bind(sqlite3_stmt* statement, std::string_view sql, std::span<const Value> parameters) {
  TUTELA_TRY(driver::check_parameters(sql, parameters));
  // SQLite numbers $3 by where it first stands in the text, so each is bound by its name.
  const int count = sqlite3_bind_parameter_count(statement);
  std::size_t highest = 0;
  for (int index = 1; index <= count; ++index) {
    const char* const stored_name = sqlite3_bind_parameter_name(statement, index);
    const std::string_view name = stored_name == nullptr ? "?" : stored_name;
    std::size_t number = 0;
    const auto parsed = std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (name[0] != '$' || parsed.ec != std::errc() || number < 1 || number > parameters.size())
      return fail(ErrorCode::internal, "store.bad_statement", "parameters of " + driver::statement_place(sql));
    highest = std::max(highest, number);
    const int code = bind_value(statement, index, parameters[number - 1].variant());
    if (code != SQLITE_OK) return std::unexpected(error_from(code, Doing::statement, driver::statement_place(sql)));
  }
  if (highest != parameters.size())
    return fail(ErrorCode::internal, "store.bad_statement", "parameters of " + driver::statement_place(sql));
  return {};
}

Result<> Connection::run(std::string_view sql, std::span<const Value> parameters, Doing doing,
                         const std::function<Result<>(sqlite3_stmt*)>& sink) {
  TUTELA_ASSIGN(sqlite3_stmt* const statement, prepare(sql));
  // Resetting ends the statement's hold on the snapshot and on the memory of the parameters, however this function is left.
  const auto reset = [](sqlite3_stmt* used) {
    sqlite3_reset(used);
    sqlite3_clear_bindings(used);
  };
  const std::unique_ptr<sqlite3_stmt, decltype(reset)> in_use(statement, reset);
  TUTELA_TRY(bind(statement, sql, parameters));
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return std::unexpected(error_from(code, doing, driver::statement_place(sql)));
    if (sink) TUTELA_TRY(sink(statement));
  }
}

Result<std::vector<Row>> Connection::query(std::string_view sql, std::span<const Value> parameters) {
  std::vector<Row> rows;
  TUTELA_TRY(run(sql, parameters, Doing::statement, [&](sqlite3_stmt* statement) -> Result<> {
    const int count = sqlite3_column_count(statement);
    std::vector<Value::Variant> columns;
    columns.reserve(static_cast<std::size_t>(count));
    for (int column = 0; column < count; ++column) {
      TUTELA_ASSIGN(auto value, column_value(statement, column, sql));
      columns.push_back(std::move(value));
    }
    rows.emplace_back(std::move(columns));
    return {};
  }));
  return rows;
}

Result<std::int64_t> Connection::execute(std::string_view sql, std::span<const Value> parameters) {
  const auto before = sqlite3_total_changes64(db_);
  TUTELA_TRY(run(sql, parameters, Doing::statement, {}));
  // sqlite3_changes alone would repeat the count of an earlier statement after a CREATE TABLE.
  if (sqlite3_total_changes64(db_) == before) return 0;
  return std::int64_t{sqlite3_changes64(db_)};
}

Result<> Connection::control(std::string_view sql, Doing doing) { return run(sql, {}, doing, {}); }

}  // namespace tutela::store::sqlite
