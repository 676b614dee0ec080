#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/store.h"

// One SQLite connection with its prepared statements, and the translation of SQLite's errors. Used by one thread at a time.
namespace tutela::store::sqlite {

enum class Access : std::uint8_t {
  read,
  write,
  beside_a_writer,  // of another process: never writes, and leaves the checkpoint to it
  untouched,        // as if on a read-only disk: no lock, no file beside it
};

// What SQLite was doing when it failed: a failed fsync means one thing in a COMMIT and another elsewhere.
enum class Doing : std::uint8_t { opening, statement, commit };

Error error_from(int code, Doing doing, std::string place);

class Connection {
 public:
  // Opens (and creates, for Access::write) the file and sets WAL, synchronous=FULL and the defences against a doctored file.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& path, Access access);
  // Opens a file to read it, and changes nothing: not the file's journal mode, and no file beside it unless a journal of writes
  // is there that must be read too.
  static Result<std::unique_ptr<Connection>> look_at(const std::filesystem::path& path);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<std::vector<Row>> query(std::string_view sql, std::span<const Value> parameters);
  Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters);
  Result<> append(std::string_view sql, std::span<const Value> parameters) { return run(sql, parameters, Doing::statement, {}); }
  // One process has the file open, so there is nobody to tell through the database.
  Result<> announce() { return {}; }
  // BEGIN, SAVEPOINT, COMMIT, PRAGMA and the like.
  Result<> control(std::string_view sql, Doing doing = Doing::statement);
  // Some errors (a full disk, failed I/O) make SQLite roll the whole transaction back by itself.
  bool is_in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

 private:
  explicit Connection(sqlite3* db) : db_(db) {}
  Result<sqlite3_stmt*> prepare(std::string_view sql);
  Result<> bind(sqlite3_stmt* statement, std::string_view sql, std::span<const Value> parameters);
  // Hands each row to `sink` (none: rows are discarded) until the statement is done.
  Result<> run(std::string_view sql, std::span<const Value> parameters, Doing doing,
               const std::function<Result<>(sqlite3_stmt*)>& sink);

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  sqlite3* db_;
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, TextHash, std::equal_to<>> statements_;
};

}  // namespace tutela::store::sqlite
