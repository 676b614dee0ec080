#include "store/postgres/postgres_load.h"

#include <array>
#include <string_view>

#include "store/driver.h"
#include "store/postgres/postgres_connection.h"

namespace tutela::store {
namespace {

using postgres::Connection;

// A large table is one statement, and may take longer than any other.
constexpr std::array kBegin{"BEGIN", "SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0",
                            "LOCK TABLE write_gate IN EXCLUSIVE MODE"};
constexpr std::size_t kSendBytes = 256 * 1'024;

// COPY's text format: columns between tabs, a line a row, \N for NULL, backslashes before what would be read otherwise.
void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += c;
    }
  }
}

Result<> append_value(std::string& out, const Value::Variant& value, ColumnType type, const Table& table) {
  if (std::holds_alternative<std::monostate>(value)) {
    out += "\\N";
    return {};
  }
  const auto* number = std::get_if<std::int64_t>(&value);
  const auto* text = std::get_if<std::string>(&value);
  const auto* bytes = std::get_if<Bytes>(&value);
  if (type == ColumnType::number && number != nullptr) {
    out += std::to_string(*number);
  } else if (type == ColumnType::text && text != nullptr) {
    const Value checked(*text);
    TUTELA_TRY(driver::check_parameters("COPY INTO " + table.name, std::span(&checked, 1)));
    append_text(out, *text);
  } else if (type == ColumnType::bytes && bytes != nullptr) {
    out += "\\\\x";
    out += encode_hex(*bytes);
  } else {
    return fail(ErrorCode::invalid, "store.bad_row", "COPY " + table.name);
  }
  return {};
}

class Loading final : public PostgresLoading {
 public:
  explicit Loading(Connection& connection) : connection_(connection), reader_(connection) {}

  Result<std::int64_t> load(const Table& table, const PageSource& pages) override {
    TUTELA_TRY(connection_.begin_copy("COPY " + table.name + " (" + column_list(table) + ") FROM STDIN"));
    std::int64_t count = 0;
    const auto sent = send(table, pages, count);
    // The server must be told either way before it takes another statement.
    TUTELA_TRY(connection_.end_copy(sent.has_value() ? postgres::CopyEnd::keep : postgres::CopyEnd::give_up));
    TUTELA_TRY(sent);
    return count;
  }

  Result<> clear(const Table& table) override {
    TUTELA_TRY(connection_.execute("DELETE FROM " + table.name, {}));
    return {};
  }

  Reader& reader() override { return reader_; }

 private:
  Result<> send(const Table& table, const PageSource& pages, std::int64_t& count) {
    std::string out;
    for (;;) {
      TUTELA_ASSIGN(const auto rows, pages());
      if (rows.empty()) break;
      for (const auto& row : rows) {
        for (std::size_t column = 0; column < table.columns.size(); ++column) {
          if (column > 0) out += '\t';
          TUTELA_TRY(append_value(out, row.value(column), table.columns[column].type, table));
        }
        out += '\n';
        ++count;
        if (out.size() < kSendBytes) continue;
        TUTELA_TRY(connection_.send_copy(out));
        out.clear();
      }
    }
    return out.empty() ? Result<>() : connection_.send_copy(out);
  }

  Connection& connection_;
  driver::ConnectionReader<Connection> reader_;
};

}  // namespace

Result<> load_postgres(const std::string& conninfo, const std::function<Result<>(PostgresLoading&)>& body) {
  TUTELA_ASSIGN(const auto connection, Connection::open(conninfo));
  TUTELA_TRY(connection->begin(kBegin, postgres::Access::write, postgres::Company::alone));
  Loading loading(*connection);
  const auto result = driver::run_guarded<PostgresLoading>(body, loading);
  if (!result) {
    connection->rollback();
    return result;
  }
  return connection->commit();
}

}  // namespace tutela::store
