#pragma once

#include <functional>
#include <optional>

#include "store/store.h"

namespace tutela::test {

// A real store whose n-th statement or commit fails on demand: what a full disk or a lost connection looks like from above.
class FaultyStore final : public store::Store {
 public:
  explicit FaultyStore(store::Store& real) : real_(real) {}

  // The n-th call from now fails, counted over statements of reads and writes, and commits. 1: the next one.
  void fail_call(int n) {
    left_ = n;
    has_failed_ = false;
  }
  void heal() { left_.reset(); }
  bool has_failed() const { return has_failed_; }
  // From now on a commit really happens, but whoever waits for it is told that nobody knows.
  void lose_answers(bool lose) { loses_answers_ = lose; }

  Result<> write(const std::function<Result<>(store::Transaction&)>& body) override {
    const auto written = real_.write([&](store::Transaction& tx) -> Result<> {
      FaultyTransaction faulty(*this, tx);
      TUTELA_TRY(body(faulty));
      if (faulty.failed()) return failure();
      return call();
    });
    if (written && loses_answers_) return fail(ErrorCode::unavailable, "store.unknown_outcome");
    return written;
  }
  Result<> read(const std::function<Result<>(store::Reader&)>& body) override {
    return real_.read([&](store::Reader& reader) -> Result<> {
      FaultyReader faulty(*this, reader);
      return body(faulty);
    });
  }
  Result<> wait_for_writers() override {
    TUTELA_TRY(call());
    return real_.wait_for_writers();
  }
  std::int64_t wait_for_news(std::int64_t seen, std::chrono::milliseconds at_most) override {
    return real_.wait_for_news(seen, at_most);
  }
  std::string_view backend() const override { return real_.backend(); }

 private:
  static std::unexpected<Error> failure() { return fail(ErrorCode::limit, "store.disk_full"); }
  Result<> call() {
    if (!left_ || --*left_ > 0) return {};
    left_.reset();
    has_failed_ = true;
    return failure();
  }

  class FaultyReader final : public store::Reader {
   public:
    FaultyReader(FaultyStore& store, store::Reader& real) : store_(store), real_(real) {}
    Result<std::vector<store::Row>> query(std::string_view sql, std::initializer_list<store::Value> parameters) override {
      TUTELA_TRY(store_.call());
      return real_.query(sql, parameters);
    }
    Result<std::vector<store::Row>> query(std::string_view sql, std::span<const store::Value> parameters) override {
      TUTELA_TRY(store_.call());
      return real_.query(sql, parameters);
    }

   private:
    FaultyStore& store_;
    store::Reader& real_;
  };

  class FaultyTransaction final : public store::Transaction {
   public:
    FaultyTransaction(FaultyStore& store, store::Transaction& real) : store_(store), real_(real) {}
    Result<std::vector<store::Row>> query(std::string_view sql, std::initializer_list<store::Value> parameters) override {
      TUTELA_TRY(call());
      return real_.query(sql, parameters);
    }
    Result<std::vector<store::Row>> query(std::string_view sql, std::span<const store::Value> parameters) override {
      TUTELA_TRY(call());
      return real_.query(sql, parameters);
    }
    Result<std::int64_t> execute(std::string_view sql, std::initializer_list<store::Value> parameters) override {
      TUTELA_TRY(call());
      return real_.execute(sql, parameters);
    }
    Result<std::int64_t> execute(std::string_view sql, std::span<const store::Value> parameters) override {
      TUTELA_TRY(call());
      return real_.execute(sql, parameters);
    }
    Result<> announce() override { return real_.announce(); }
    void after_commit(std::function<void()> wake) override { real_.after_commit(std::move(wake)); }
    // Whatever the body made of it, a statement that failed fails the whole unit.
    bool failed() const { return failed_; }

   private:
    Result<> call() {
      const auto called = store_.call();
      if (!called) failed_ = true;
      return called;
    }
    FaultyStore& store_;
    store::Transaction& real_;
    bool failed_ = false;
  };

  store::Store& real_;
  std::optional<int> left_;
  bool has_failed_ = false;
  bool loses_answers_ = false;
};

}  // namespace tutela::test
