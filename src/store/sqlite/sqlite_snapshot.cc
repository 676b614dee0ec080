#include "store/sqlite/sqlite_snapshot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "store/consistency.h"
#include "store/driver.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_store.h"

namespace tutela::store {
namespace {

using sqlite::Connection;
using sqlite::Doing;

class ReadOnlyStore final : public Store {
 public:
  explicit ReadOnlyStore(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  Result<> write(const std::function<Result<>(Transaction&)>&) override { return fail(ErrorCode::denied, "store.read_only"); }

  Result<> read(const std::function<Result<>(Reader&)>& body) override {
    const std::lock_guard lock(mutex_);
    TUTELA_TRY(connection_->control("BEGIN"));
    driver::ConnectionReader reader(*connection_);
    auto result = driver::run_guarded<Reader>(body, reader);
    if (connection_->is_in_transaction()) static_cast<void>(connection_->control("ROLLBACK"));
    return result;
  }

  Result<> wait_for_writers() override { return {}; }

  std::string_view backend() const override { return "sqlite"; }

 private:
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;  // guarded by mutex_
};

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Result<Handle> open_handle(const std::filesystem::path& path, int flags) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle handle(db);
  if (code != SQLITE_OK) return std::unexpected(sqlite::error_from(code, Doing::opening, {}));
  sqlite3_busy_timeout(db, 5'000);
  return handle;
}

Result<> run(sqlite3* db, const char* sql) {
  const int code = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(sqlite::error_from(code, Doing::statement, "copy"));
  return {};
}

Result<> copy_pages(sqlite3* from, sqlite3* to) {
  sqlite3_backup* const backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) return std::unexpected(sqlite::error_from(sqlite3_extended_errcode(to), Doing::statement, "copy"));
  // All pages in one step: one read transaction, so one snapshot.
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) return std::unexpected(sqlite::error_from(stepped, Doing::statement, "copy"));
  if (finished != SQLITE_OK) return std::unexpected(sqlite::error_from(finished, Doing::statement, "copy"));
  return {};
}

Result<> sync_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(ErrorCode::unavailable, "store.io", ::strerrorname_np(errno));
  const bool synced = ::fsync(file) == 0;
  const int code = errno;
  ::close(file);
  if (!synced) return fail(ErrorCode::unavailable, "store.io", ::strerrorname_np(code));
  return {};
}

Result<> copy_into(const std::filesystem::path& from, const std::filesystem::path& to) {
  TUTELA_ASSIGN(const auto source, open_handle(from, SQLITE_OPEN_READONLY));
  TUTELA_ASSIGN(const auto target, open_handle(to, SQLITE_OPEN_READWRITE));
  // The whole file is fsynced at the end; half of it is worth nothing.
  TUTELA_TRY(run(target.get(), "PRAGMA synchronous=OFF"));
  TUTELA_TRY(copy_pages(source.get(), target.get()));
  return run(target.get(), "PRAGMA journal_mode=DELETE");
}

Result<> make_empty(const std::filesystem::path& path) {
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0 && errno == EEXIST) return fail(ErrorCode::conflict, "store.exists");
  if (made < 0) return fail(ErrorCode::unavailable, "store.cannot_open", ::strerrorname_np(errno));
  ::close(made);
  return {};
}

void remove_beside(const std::filesystem::path& path) {
  for (const auto* ending : {"-journal", "-wal", "-shm", ".lock"}) ::unlink((path.string() + ending).c_str());
}

// Fsyncs what was made, or removes it.
Result<> keep_or_remove(Result<> made, const std::filesystem::path& path) {
  if (made) made = sync_file(path);
  if (!made) {
    ::unlink(path.c_str());
    remove_beside(path);
  }
  return made;
}

Result<> fill_table(Reader& from, Transaction& to, const Table& table) {
  TUTELA_TRY(to.execute("DELETE FROM " + table.name));
  std::string sql = "INSERT INTO " + table.name + " (" + column_list(table) + ") VALUES (";
  for (std::size_t i = 1; i <= table.columns.size(); ++i) sql += (i == 1 ? "$" : ", $") + std::to_string(i);
  sql += ")";
  TablePages pages(from, table);
  for (;;) {
    TUTELA_ASSIGN(const auto rows, pages.next());
    if (rows.empty()) return {};
    for (const auto& row : rows) {
      std::vector<Value> values;
      for (std::size_t column = 0; column < row.size(); ++column) values.push_back(value_of(row.value(column)));
      TUTELA_TRY(to.append(sql, std::span<const Value>(values)));
    }
  }
}

Result<> fill(Store& from, const std::filesystem::path& to, std::span<const Migration> steps) {
  TUTELA_ASSIGN(const auto facts, find_schema(from));
  TUTELA_TRY(check_schema(facts, steps));
  // A node of an earlier release is copied as it stands.
  while (!steps.empty() && steps.back().version > facts.version) steps = steps.first(steps.size() - 1);
  if (steps.empty()) return fail(ErrorCode::unsupported, "store.foreign_database");
  const auto tables = tables_of(steps);
  {
    TUTELA_ASSIGN(const auto target, open_sqlite(to));
    TUTELA_TRY(migrate(*target, steps));
    TUTELA_TRY(from.read([&](Reader& reader) {
      return target->write([&](Transaction& tx) -> Result<> {
        for (const auto& table : tables) TUTELA_TRY(fill_table(reader, tx, table));
        for (const auto& table : tables) {
          TUTELA_ASSIGN(const auto difference, find_difference(reader, tx, table));
          if (difference) return fail(ErrorCode::corrupt, "store.copy_differs", *difference);
        }
        return {};
      });
    }));
  }
  TUTELA_ASSIGN(const auto handle, open_handle(to, SQLITE_OPEN_READWRITE));
  return run(handle.get(), "PRAGMA journal_mode=DELETE");
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_read_only(const std::filesystem::path& path, Beside beside) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return fail(ErrorCode::not_found, "store.no_file");
  TUTELA_ASSIGN(auto connection,
                Connection::open(path, beside == Beside::nobody ? sqlite::Access::untouched : sqlite::Access::beside_a_writer));
  return std::make_unique<ReadOnlyStore>(std::move(connection));
}

Result<> copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to) {
  struct stat facts{};
  if (::stat(from.c_str(), &facts) != 0) return fail(ErrorCode::not_found, "store.no_file");
  TUTELA_TRY(make_empty(to));
  return keep_or_remove(copy_into(from, to), to);
}

Result<> copy_rows_to_sqlite(Store& from, const std::filesystem::path& to, std::span<const Migration> steps) {
  TUTELA_TRY(make_empty(to));
  TUTELA_TRY(keep_or_remove(fill(from, to, steps), to));
  remove_beside(to);
  return {};
}

}  // namespace tutela::store
