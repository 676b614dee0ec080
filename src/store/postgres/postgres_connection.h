#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/store.h"

// One PostgreSQL connection with its prepared statements, and the translation of SQLSTATEs. Used by one thread at a time.
namespace tutela::store::postgres {

enum class Access : std::uint8_t { read, write };

// Whether other writers may run at the same time.
enum class Company : std::uint8_t { shared, alone };

// By SQLSTATE alone: messages and details of the server quote values (I7).
Error error_from_sqlstate(std::string_view sqlstate, Access access, std::string place);

class Connection {
 public:
  // Connects, checks that the server keeps what it commits, and sets the session up.
  static Result<std::unique_ptr<Connection>> open(const std::string& conninfo);
  ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<std::vector<Row>> query(std::string_view sql, std::span<const Value> parameters);
  Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters);

  // `text` is a BEGIN, several statements allowed. In shared company a definition is conflict, "store.serialization_failure", so
  // that it is rerun alone: the server's catalogue does not follow snapshots, and two programs that migrate at once would meet
  // there.
  Result<> begin(const char* text, Access access, Company company);
  // Success only when the server says that it committed, on as many machines as it was told to.
  Result<> commit();
  // Leaves no transaction behind; a connection that cannot do that is_lost().
  void rollback();
  // Broken, or in a state that nobody knows: throw it away.
  bool is_lost() const { return is_lost_ || PQstatus(connection_.get()) != CONNECTION_OK; }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Answer = std::unique_ptr<PGresult, Clear>;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  explicit Connection(PGconn* connection);
  Result<> set_up();
  // Null when the answer says that all went well; otherwise what it means.
  Result<> check(const PGresult* answer, std::string place);
  Result<std::string> prepare(std::string_view sql);
  Result<Answer> run(std::string_view sql, std::span<const Value> parameters);

  std::unique_ptr<PGconn, Finish> connection_;
  Access access_ = Access::write;
  Company company_ = Company::alone;
  bool is_lost_ = false;
  bool saw_warning_ = false;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> statements_;  // text to name
  std::uint64_t names_given_ = 0;
};

}  // namespace tutela::store::postgres
