#include "store/postgres/postgres_connection.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "store/driver.h"
#include "store/postgres/postgres_dialect.h"

namespace tutela::store::postgres {
namespace {

constexpr std::size_t kStatementsMax = 512;
constexpr std::size_t kInFlightMax = 64;
constexpr int kServerVersionMin = 150'000;

// Types of columns by their object id in pg_type.dat; fixed since they were introduced.
enum TypeId : Oid {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kVarchar = 1043,
  kNumeric = 1700,
};

// A session that ends: lost, refused or shut down. 08 connection, 57P server stopping or starting.
bool means_lost_connection(std::string_view sqlstate) {
  return sqlstate.empty() || (sqlstate.starts_with("08") && sqlstate != "08P01") || sqlstate.starts_with("57P");
}

std::string_view sqlstate_of(const PGresult* answer) {
  const char* const state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  return state == nullptr ? std::string_view() : std::string_view(state);
}

Result<Value::Variant> column_value(const PGresult* answer, int row, int column, std::string_view sql) {
  if (PQgetisnull(answer, row, column) != 0) return std::monostate{};
  const std::string_view text(PQgetvalue(answer, row, column), static_cast<std::size_t>(PQgetlength(answer, row, column)));
  switch (PQftype(answer, column)) {
    case kBool:
      return std::int64_t{text == "t" ? 1 : 0};
    case kInt2:
    case kInt4:
    case kInt8:
    case kNumeric: {  // sum() of BIGINT is NUMERIC
      std::int64_t number = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
      if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return number;
      break;
    }
    case kText:
    case kVarchar:
      return std::string(text);
    case kBytea: {
      if (!text.starts_with("\\x")) break;
      auto bytes = decode_hex(text.substr(2));
      if (bytes) return *std::move(bytes);
      break;
    }
    default:
      break;
  }
  return fail(ErrorCode::internal, "store.unsupported_type", driver::statement_place(sql));
}

// Parameters as libpq takes them. Types are left to the server, which infers them from where a parameter stands, as SQLite does
// from the column; numbers and text travel as text, bytes as bytes.
struct Parameters {
  explicit Parameters(std::span<const Value> from) {
    numbers.reserve(from.size());
    for (const auto& parameter : from) {
      const auto& value = parameter.variant();
      if (const auto* number = std::get_if<std::int64_t>(&value)) {
        add(numbers.emplace_back(std::to_string(*number)).c_str(), 0, 0);
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        add(text->c_str(), 0, 0);
      } else if (const auto* blob = std::get_if<Bytes>(&value)) {
        // A null pointer would mean NULL, and an empty vector may have one.
        add(blob->empty() ? "" : reinterpret_cast<const char*>(blob->data()), static_cast<int>(blob->size()), 1);
      } else {
        add(nullptr, 0, 0);
      }
    }
  }
  void add(const char* value, int length, int format) {
    values.push_back(value);
    lengths.push_back(length);
    formats.push_back(format);
  }

  std::vector<std::string> numbers;  // never reallocated: values point into it
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
};

void note_warning(void* saw_warning, const PGresult* notice) {
  const char* const severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != nullptr && std::strcmp(severity, "WARNING") == 0) *static_cast<bool*>(saw_warning) = true;
}

}  // namespace

Error error_from_sqlstate(std::string_view sqlstate, Access access, std::string place) {
  place = "sqlstate " + std::string(sqlstate.empty() ? "none" : sqlstate) + (place.empty() ? "" : ", ") + place;
  const auto error = [&](ErrorCode what, Reason reason) { return Error{what, reason, std::move(place)}; };
  if (means_lost_connection(sqlstate)) return error(ErrorCode::unavailable, "store.lost_connection");
  if (sqlstate == "40001" || sqlstate == "40P01") return error(ErrorCode::conflict, "store.serialization_failure");
  if (sqlstate == "23505") return error(ErrorCode::conflict, "store.duplicate_key");
  if (sqlstate == "53100") return error(ErrorCode::limit, "store.disk_full");
  if (sqlstate.starts_with("53")) return error(ErrorCode::busy, "store.busy");
  if (sqlstate == "55P03" || sqlstate == "57014") return error(ErrorCode::busy, "store.busy");
  if (sqlstate.starts_with("54")) return error(ErrorCode::limit, "store.value_too_large");
  if (sqlstate.starts_with("58")) return error(ErrorCode::unavailable, "store.io");
  if (sqlstate == "XX001" || sqlstate == "XX002") return error(ErrorCode::corrupt, "store.corrupt");
  // After a failover the old primary is a standby: not ours to write to.
  if (sqlstate == "25006" && access == Access::write) return error(ErrorCode::unavailable, "store.lost_connection");
  return error(ErrorCode::internal, "store.bad_statement");
}

Connection::Connection(PGconn* connection) : connection_(connection) {
  // The default prints to standard error, with values.
  PQsetNoticeReceiver(connection, note_warning, &saw_warning_);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& conninfo) {
  // What stands before `dbname` gives way to the operator's words, what stands behind it does not.
  static constexpr std::array kNames{"connect_timeout", "tcp_user_timeout", "dbname",
                                     "client_encoding", "application_name", static_cast<const char*>(nullptr)};
  const std::array values{"10", "30000", conninfo.c_str(), "UTF8", "tutela", static_cast<const char*>(nullptr)};
  std::unique_ptr<Connection> connection(new Connection(PQconnectdbParams(kNames.data(), values.data(), 1)));
  if (connection->is_lost()) return fail(ErrorCode::unavailable, "store.lost_connection", "connecting");
  TUTELA_TRY(connection->set_up());
  return connection;
}

Result<> Connection::set_up() {
  if (PQserverVersion(connection_.get()) < kServerVersionMin)
    return fail(ErrorCode::unsupported, "store.server_settings", "version");
  const char* const encoding = PQparameterStatus(connection_.get(), "server_encoding");
  if (encoding == nullptr || std::strcmp(encoding, "UTF8") != 0)
    return fail(ErrorCode::unsupported, "store.server_settings", "encoding");
  TUTELA_ASSIGN(const auto settings, query("SELECT current_setting('fsync'), current_setting('synchronous_commit')", {}));
  if (settings.at(0).text(0) != "on") return fail(ErrorCode::unsupported, "store.server_settings", "fsync");
  const auto& commit_level = settings.at(0).text(1);
  // Never weaker than `on`; `remote_apply` is stronger and stays. Said in any case, so that no later change of the server's
  // settings reaches a connection that is open.
  TUTELA_TRY(
      execute(commit_level == "remote_apply" ? "SET synchronous_commit = remote_apply" : "SET synchronous_commit = on", {}));
  // A commit that its standby has not confirmed is told by a warning only.
  for (const auto setting : {"SET client_min_messages = warning", "SET bytea_output = hex", "SET statement_timeout = 30000",
                             "SET idle_in_transaction_session_timeout = 60000"})
    TUTELA_TRY(execute(setting, {}));
  return {};
}

Result<> Connection::check(const PGresult* answer, std::string place) {
  const auto status = PQresultStatus(answer);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
  if (PQstatus(connection_.get()) != CONNECTION_OK) is_lost_ = true;
  if (const char* const position = PQresultErrorField(answer, PG_DIAG_STATEMENT_POSITION); position != nullptr)
    place += " at character " + std::string(position);
  auto error = error_from_sqlstate(is_lost_ ? std::string_view() : sqlstate_of(answer), access_, std::move(place));
  if (error.reason == Reason("store.lost_connection")) is_lost_ = true;
  return std::unexpected(std::move(error));
}

Result<> Connection::note_sent(int sent, Sent what) {
  if (sent == 1) {
    sent_.push_back(std::move(what));
    return {};
  }
  is_lost_ = true;
  return std::unexpected(error_from_sqlstate({}, access_, std::move(what.place)));
}

Result<std::string> Connection::prepare(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second;
  if (statements_.size() >= kStatementsMax) {
    // What was sent may still name them.
    TUTELA_TRY(flush());
    TUTELA_TRY(note_sent(PQsendQueryParams(connection_.get(), "DEALLOCATE ALL", 0, nullptr, nullptr, nullptr, nullptr, 0),
                         {"DEALLOCATE", {}}));
    TUTELA_TRY(flush());
    statements_.clear();
  }
  auto name = "s" + std::to_string(names_given_++);
  const std::string text(sql);
  TUTELA_TRY(
      note_sent(PQsendPrepare(connection_.get(), name.c_str(), text.c_str(), 0, nullptr), {driver::statement_place(sql), text}));
  statements_.emplace(text, name);
  return name;
}

Result<> Connection::send(std::string_view sql, std::span<const Value> parameters) {
  TUTELA_TRY(driver::check_parameters(sql, parameters));
  if (PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF && PQenterPipelineMode(connection_.get()) != 1)
    return note_sent(0, {driver::statement_place(sql), {}});
  // Were more in flight, the server could wait for us to read while we wait for it to read.
  if (sent_.size() >= kInFlightMax) TUTELA_TRY(flush());
  const Parameters converted(parameters);
  const int count = static_cast<int>(parameters.size());
  if (is_definition(sql)) {
    if (company_ == Company::shared)
      return fail(ErrorCode::conflict, "store.serialization_failure", driver::statement_place(sql));
    return note_sent(PQsendQueryParams(connection_.get(), translate(sql).c_str(), count, nullptr, converted.values.data(),
                                       converted.lengths.data(), converted.formats.data(), 0),
                     {driver::statement_place(sql), {}});
  }
  TUTELA_ASSIGN(const auto name, prepare(sql));
  return note_sent(PQsendQueryPrepared(connection_.get(), name.c_str(), count, converted.values.data(), converted.lengths.data(),
                                       converted.formats.data(), 0),
                   {driver::statement_place(sql), {}});
}

Result<Connection::Answer> Connection::receive() {
  Answer last;
  if (sent_.empty()) return last;
  Result<> result;
  if (PQpipelineSync(connection_.get()) != 1) {
    is_lost_ = true;
    result = std::unexpected(error_from_sqlstate({}, access_, sent_.front().place));
  }
  for (; !sent_.empty(); sent_.pop_front()) {
    const auto& sent = sent_.front();
    bool is_done = false;
    while (!is_lost_) {
      Answer answer(PQgetResult(connection_.get()));
      if (!answer) {
        // Behind each command's answers stands an empty one; without any, the connection is gone.
        if (!is_done) is_lost_ = true;
        break;
      }
      is_done = true;
      // The one before it failed, and with it all behind.
      if (PQresultStatus(answer.get()) == PGRES_PIPELINE_ABORTED) {
        if (result) result = fail(ErrorCode::internal, "store.bad_statement", sent.place);
        continue;
      }
      auto checked = check(answer.get(), sent.place);
      if (checked) has_heard_ = true;
      if (!checked && result) result = std::move(checked);
      last = std::move(answer);
    }
    if (is_lost_ && result) result = std::unexpected(error_from_sqlstate({}, access_, sent.place));
    // Nobody knows whether it was prepared.
    if (!result && !sent.prepares.empty()) statements_.erase(sent.prepares);
  }
  if (!is_lost_) {
    const Answer sync(PQgetResult(connection_.get()));
    if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) is_lost_ = true;
  }
  TUTELA_TRY(result);
  return last;
}

Result<> Connection::append(std::string_view sql, std::span<const Value> parameters) { return send(sql, parameters); }

Result<> Connection::flush() {
  TUTELA_TRY(receive());
  return {};
}

Result<Connection::Answer> Connection::run(std::string_view sql, std::span<const Value> parameters) {
  auto sent = send(sql, parameters);
  // What was sent before must be answered, whatever became of this one.
  auto answer = receive();
  if (!answer) return answer;
  TUTELA_TRY(sent);
  return answer;
}

Result<> Connection::leave_pipeline() {
  const auto flushed = flush();
  if (PQpipelineStatus(connection_.get()) != PQ_PIPELINE_OFF && PQexitPipelineMode(connection_.get()) != 1) is_lost_ = true;
  return flushed;
}

Result<std::vector<Row>> Connection::query(std::string_view sql, std::span<const Value> parameters) {
  TUTELA_ASSIGN(const auto answer, run(sql, parameters));
  std::vector<Row> rows;
  const int columns_count = PQnfields(answer.get());
  for (int row = 0; row < PQntuples(answer.get()); ++row) {
    std::vector<Value::Variant> columns;
    columns.reserve(static_cast<std::size_t>(columns_count));
    for (int column = 0; column < columns_count; ++column) {
      TUTELA_ASSIGN(auto value, column_value(answer.get(), row, column, sql));
      columns.push_back(std::move(value));
    }
    rows.emplace_back(std::move(columns));
  }
  return rows;
}

Result<std::int64_t> Connection::execute(std::string_view sql, std::span<const Value> parameters) {
  TUTELA_ASSIGN(const auto answer, run(sql, parameters));
  const std::string_view affected = PQcmdTuples(answer.get());  // empty for a definition
  std::int64_t count = 0;
  std::from_chars(affected.data(), affected.data() + affected.size(), count);
  return count;
}

Result<> Connection::begin(std::span<const char* const> statements, Access access, Company company) {
  access_ = access;
  company_ = company;
  has_heard_ = false;
  for (const auto* const statement : statements) TUTELA_TRY(append(statement, {}));
  return {};
}

Result<> Connection::commit() {
  const auto unknown = [&](std::string place) {
    is_lost_ = true;
    return fail(ErrorCode::unavailable, "store.unknown_outcome", std::move(place));
  };
  saw_warning_ = false;
  const auto committed = run("COMMIT", {});
  // Broken while the answer was awaited: the server may have committed.
  if (!committed && is_lost_) return unknown("connection");
  if (!committed) return std::unexpected(committed.error());
  const auto& answer = *committed;
  // The server answers COMMIT with ROLLBACK when a statement had failed.
  if (std::strcmp(PQcmdStatus(answer.get()), "COMMIT") != 0) return fail(ErrorCode::internal, "store.not_committed");
  // The only warnings of a COMMIT: the wait for the synchronous standby was given up, and the rows stand on this machine alone.
  if (saw_warning_) return unknown("synchronous standby");
  return {};
}

Result<> Connection::begin_copy(const std::string& text) {
  TUTELA_TRY(leave_pipeline());
  const Answer answer(PQexec(connection_.get(), text.c_str()));
  if (PQresultStatus(answer.get()) == PGRES_COPY_IN) return {};
  return check(answer.get(), driver::statement_place(text));
}

Result<> Connection::send_copy(std::string_view lines) {
  if (PQputCopyData(connection_.get(), lines.data(), static_cast<int>(lines.size())) == 1) return {};
  is_lost_ = true;
  return fail(ErrorCode::unavailable, "store.lost_connection", "COPY");
}

Result<> Connection::end_copy(CopyEnd end) {
  if (PQputCopyEnd(connection_.get(), end == CopyEnd::keep ? nullptr : "given up") != 1) {
    is_lost_ = true;
    return fail(ErrorCode::unavailable, "store.lost_connection", "COPY");
  }
  Result<> result;
  while (const Answer answer{PQgetResult(connection_.get())})
    if (result && end == CopyEnd::keep) result = check(answer.get(), "COPY");
  return result;
}

Result<> Connection::listen() {
  TUTELA_TRY(execute("LISTEN tutela_news", {}));
  return leave_pipeline();
}

Result<bool> Connection::wait_for_announcement(int stop) {
  for (;;) {
    bool has_news = false;
    while (PGnotify* const notice = PQnotifies(connection_.get())) {
      has_news = true;
      PQfreemem(notice);
    }
    if (has_news) return true;
    std::array<pollfd, 2> sockets{pollfd{PQsocket(connection_.get()), POLLIN, 0}, pollfd{stop, POLLIN, 0}};
    if (::poll(sockets.data(), sockets.size(), -1) < 0 && errno != EINTR) return false;
    if (sockets[1].revents != 0) return false;
    if (sockets[0].revents == 0) continue;
    if (PQconsumeInput(connection_.get()) == 1 && !is_lost()) continue;
    is_lost_ = true;
    return fail(ErrorCode::unavailable, "store.lost_connection", "LISTEN");
  }
}

bool Connection::was_hung_up() const {
  // An idle server says nothing by itself, but for its farewell.
  pollfd socket{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
  return ::poll(&socket, 1, 0) != 0;
}

void Connection::rollback() {
  static_cast<void>(leave_pipeline());
  if (is_lost() || PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
  const Answer answer(PQexec(connection_.get(), "ROLLBACK"));
  if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) is_lost_ = true;
}

}  // namespace tutela::store::postgres
