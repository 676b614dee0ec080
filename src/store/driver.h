#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.h"

// What the two drivers share, so that they behave alike. For src/store/* only.
namespace tutela::store::driver {

// How often a body runs in all before a conflict is handed to the caller.
inline constexpr int kAttemptsMax = 3;

// "INSERT report": the verb and the table, to find a statement by in an error. Nothing else of the text, in case it was glued
// together from what it should have taken as parameters.
std::string statement_place(std::string_view sql);

// invalid, "store.bad_text": text that is not UTF-8 or holds a NUL. SQLite would take it and PostgreSQL not, or cut it.
Result<> check_parameters(std::string_view sql, std::span<const Value> parameters);

// Whether running the body again on a fresh view of the rows may end differently.
bool is_worth_rerunning(const Error& error);

// Counts what was announced. Thread-safe.
class News {
 public:
  void tell();
  std::int64_t wait(std::int64_t seen, std::chrono::milliseconds at_most);

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::int64_t count_ = 0;
};

// Runs the body; an exception becomes internal, "store.body_threw", since it must not skip the rollback.
template <class Argument>
Result<> run_guarded(const std::function<Result<>(Argument&)>& body, Argument& argument) {
  try {
    return body(argument);
  } catch (...) {
    return fail(ErrorCode::internal, "store.body_threw");
  }
}

// Reader and Transaction over a driver's connection, which has query() and execute() with a span of parameters.
template <class Connection>
class ConnectionReader final : public Reader {
 public:
  explicit ConnectionReader(Connection& connection) : connection_(connection) {}
  Result<std::vector<Row>> query(std::string_view sql, std::initializer_list<Value> parameters) override {
    return query(sql, std::span(parameters.begin(), parameters.size()));
  }
  Result<std::vector<Row>> query(std::string_view sql, std::span<const Value> parameters) override {
    return connection_.query(sql, parameters);
  }

 private:
  Connection& connection_;
};

template <class Connection>
class ConnectionTransaction final : public Transaction {
 public:
  explicit ConnectionTransaction(Connection& connection) : connection_(connection) {}

  Result<std::vector<Row>> query(std::string_view sql, std::initializer_list<Value> parameters) override {
    return query(sql, std::span(parameters.begin(), parameters.size()));
  }
  Result<std::vector<Row>> query(std::string_view sql, std::span<const Value> parameters) override {
    if (failed_) return std::unexpected(*failed_);
    return remember(connection_.query(sql, parameters));
  }
  Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> parameters) override {
    return execute(sql, std::span(parameters.begin(), parameters.size()));
  }
  Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) override {
    if (failed_) return std::unexpected(*failed_);
    return remember(connection_.execute(sql, parameters));
  }
  using Transaction::append;
  Result<> append(std::string_view sql, std::span<const Value> parameters) override {
    if (failed_) return std::unexpected(*failed_);
    return remember(connection_.append(sql, parameters));
  }
  void after_commit(std::function<void()> wake) override { wakes_.push_back(std::move(wake)); }

  // Runs the body. The first statement that failed decides, whatever the body returned.
  Result<> run(const std::function<Result<>(Transaction&)>& body) {
    auto result = run_guarded<Transaction>(body, *this);
    if (failed_) return std::unexpected(*failed_);
    return result;
  }
  Result<> announce() override {
    if (failed_) return std::unexpected(*failed_);
    announced_ = true;
    return remember(connection_.announce());
  }
  bool has_announced() const { return announced_; }
  std::vector<std::function<void()>> take_wakes() { return std::move(wakes_); }

 private:
  template <class T>
  Result<T> remember(Result<T> result) {
    if (!result) failed_ = result.error();
    return result;
  }

  Connection& connection_;
  std::optional<Error> failed_;
  bool announced_ = false;
  std::vector<std::function<void()>> wakes_;
};

}  // namespace tutela::store::driver
