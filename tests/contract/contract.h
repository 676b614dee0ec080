#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/random.h"
#include "model/ids.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "support/postgres_server.h"
#include "support/temp_folder.h"

namespace tutela::store {

inline constexpr std::string_view kBackends[] = {"sqlite", "postgresql"};

// A fresh database of one back end. The store is open from the start; close() and open() as a restart would.
class Database {
 public:
  explicit Database(std::string_view backend) : backend_(backend) {
    if (backend_ == "postgresql") conninfo_ = test::PostgresServer::shared().create_database();
    open();
  }

  Store& store() { return *store_; }
  std::filesystem::path file() const { return folder_.path() / "tutela.db"; }
  const std::string& conninfo() const { return conninfo_; }
  void close() { store_.reset(); }
  void open() {
    auto opened = another();
    TUTELA_CHECK(opened.has_value());
    store_ = *std::move(opened);
  }
  // One more Store on the same database, as a second server would open it.
  Result<std::unique_ptr<Store>> another() const { return backend_ == "sqlite" ? open_sqlite(file()) : open_postgres(conninfo_); }

 private:
  std::string backend_;
  test::TempFolder folder_;
  std::string conninfo_;
  std::unique_ptr<Store> store_;
};

// Runs every test on both back ends.
class StoreContract : public testing::TestWithParam<std::string_view> {
 protected:
  Store& store() { return database_.store(); }

  Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> parameters = {}) {
    return in_transaction<std::int64_t>(store(), [&](Transaction& tx) { return tx.execute(sql, parameters); });
  }
  Result<std::vector<Row>> query(std::string_view sql, std::initializer_list<Value> parameters = {}) {
    return in_snapshot<std::vector<Row>>(store(), [&](Reader& reader) { return reader.query(sql, parameters); });
  }
  // The only value of the only row.
  std::int64_t number(std::string_view sql, std::initializer_list<Value> parameters = {}) {
    const auto rows = query(sql, parameters);
    TUTELA_CHECK(rows.has_value() && rows->size() == 1);
    return rows->at(0).integer(0);
  }

  Database database_{GetParam()};
};

class MigratedStoreContract : public StoreContract {
 protected:
  MigratedStoreContract() { TUTELA_CHECK(migrate(store()).has_value()); }

  template <class IdType>
  IdType make_id() {
    return IdType::make(kNow, random_);
  }

  static constexpr Time kNow{Duration{1'790'000'000'000}};
  SeededRandom random_{20261101};
};

inline std::string backend_name(const testing::TestParamInfo<std::string_view>& info) { return std::string(info.param); }

// Lets two bodies overlap where the back end can do that: each waits until the other arrives, but not for ever, since SQLite runs
// one writer at a time.
class Meeting {
 public:
  void arrive() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    both_.notify_all();
    both_.wait_for(lock, std::chrono::milliseconds(100), [&] { return arrived_ >= 2; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable both_;
  int arrived_ = 0;
};

inline std::string reason_of(const Result<>& result) { return result ? "" : std::string(result.error().reason.text()); }
template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason.text());
}

}  // namespace tutela::store
