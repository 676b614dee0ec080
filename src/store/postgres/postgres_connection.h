#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <deque>
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

enum class CopyEnd : std::uint8_t { keep, give_up };

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
  // Sent at once, answered with the next query(), execute(), commit() or flush(): its error is theirs.
  Result<> append(std::string_view sql, std::span<const Value> parameters);
  // Waits for the answers of all that was appended.
  Result<> flush();

  // Each of `statements` is appended. In shared company a definition is conflict, "store.serialization_failure", so that it is
  // rerun alone: the server's catalogue does not follow snapshots, and two programs that migrate at once would meet there.
  Result<> begin(std::span<const char* const> statements, Access access, Company company);
  // Success only when the server says that it committed, on as many machines as it was told to.
  Result<> commit();
  // Leaves no transaction behind; a connection that cannot do that is_lost().
  void rollback();
  // NOTIFY at the commit, and its other end: listen() once, then wait_for_announcement() returns true when there was one, false
  // when `stop` (a file descriptor) became readable. unavailable, "store.lost_connection".
  Result<> announce() { return append("NOTIFY tutela_news", {}); }
  Result<> listen();
  Result<bool> wait_for_announcement(int stop);
  // COPY … FROM STDIN: its beginning, its text in any pieces, and its end, which says whether the server took it. Giving up is no
  // error.
  Result<> begin_copy(const std::string& text);
  Result<> send_copy(std::string_view lines);
  Result<> end_copy(CopyEnd end);
  // Whether the server hung up on an idle connection, as far as can be seen without asking it.
  bool was_hung_up() const;
  // Whether it answered anything since begin().
  bool has_heard() const { return has_heard_; }
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

  // A command that was sent and whose answer was not read yet.
  struct Sent {
    std::string place;
    std::string prepares;  // the text that it prepares, if it does
  };

  explicit Connection(PGconn* connection);
  Result<> set_up();
  // Null when the answer says that all went well; otherwise what it means.
  Result<> check(const PGresult* answer, std::string place);
  // The name of the prepared statement; sends its preparation if there is none yet.
  Result<std::string> prepare(std::string_view sql);
  // Sends one command without waiting for its answer.
  Result<> send(std::string_view sql, std::span<const Value> parameters);
  Result<> note_sent(int sent, Sent what);
  // Reads the answers of everything sent; the last one's, or the first error.
  Result<Answer> receive();
  Result<Answer> run(std::string_view sql, std::span<const Value> parameters);
  // Out of the pipeline, with nothing in flight, for what cannot be in it.
  Result<> leave_pipeline();

  std::unique_ptr<PGconn, Finish> connection_;
  Access access_ = Access::write;
  Company company_ = Company::alone;
  bool is_lost_ = false;
  bool saw_warning_ = false;
  bool has_heard_ = false;
  std::deque<Sent> sent_;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> statements_;  // text to name
  std::uint64_t names_given_ = 0;
};

}  // namespace tutela::store::postgres
