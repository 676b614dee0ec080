#include "store/postgres/postgres_store.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "base/check.h"
#include "store/driver.h"
#include "store/postgres/postgres_connection.h"

namespace tutela::store {
namespace {

using postgres::Access;
using postgres::Company;
using postgres::Connection;

// Every writer holds the gate; a rerun holds it alone, so that nobody can make it fail a second time. Under SERIALIZABLE that
// matters: time-ordered keys meet on the same index page, and there eight honest writers refuse each other more than three times
// in a row. LOCK TABLE takes no snapshot, so what the body reads is newer than the wait.
using Statements = std::span<const char* const>;
// A writer that sleeps is ended before others that wait for its rows give up (statement_timeout).
constexpr const char* kSleepsNoLonger = "SET LOCAL idle_in_transaction_session_timeout = 15000";
constexpr std::array kBeginShared{"BEGIN ISOLATION LEVEL SERIALIZABLE", kSleepsNoLonger,
                                  "LOCK TABLE write_gate IN ROW SHARE MODE"};
constexpr std::array kBeginAlone{"BEGIN ISOLATION LEVEL SERIALIZABLE", kSleepsNoLonger,
                                 "LOCK TABLE write_gate IN EXCLUSIVE MODE"};
constexpr std::array kBeginRead{"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"};
// Two openers at once would both create the gate; the number of the lock is ours alone in this database.
constexpr std::array kBeginOpening{"BEGIN", "SELECT pg_advisory_xact_lock(7210450917)"};
constexpr int kListenAgainMs = 500;
constexpr const char* kGateTable = "CREATE TABLE IF NOT EXISTS write_gate ()";

// The store a thread is inside of, to refuse a write within a write before it waits for itself.
thread_local const Store* writing_store = nullptr;

class PostgresStore final : public Store {
 public:
  PostgresStore(std::string conninfo, std::size_t pool_size) : conninfo_(std::move(conninfo)), slots_free_(pool_size) {}
  ~PostgresStore() override;

  Result<> write(const std::function<Result<>(Transaction&)>& body) override;
  Result<> read(const std::function<Result<>(Reader&)>& body) override;
  Result<> wait_for_writers() override;
  std::int64_t wait_for_news(std::int64_t seen, std::chrono::milliseconds at_most) override;
  std::string_view backend() const override { return "postgresql"; }
  // Connects once and makes the gate.
  Result<> prepare();

 private:
  // The right to one of the pool's connections; the connection goes back with it unless it is lost.
  class Slot {
   public:
    explicit Slot(PostgresStore& store);
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    // Begins a transaction. An idle connection that died meanwhile is replaced.
    Result<Connection*> begin(Statements statements, Access access, Company company = Company::shared);
    // Whether the transaction ended with its connection before the server said anything: nothing was done, and another may do it.
    bool is_worth_another() const { return connection_ && connection_->is_lost() && !connection_->has_heard(); }

   private:
    PostgresStore& store_;
    std::unique_ptr<Connection> connection_;
  };
  using Wakes = std::vector<std::function<void()>>;

  Result<> write_once(Company company, const std::function<Result<>(Transaction&)>& body, Wakes& wakes);

  void listen();

  const std::string conninfo_;
  driver::News news_;
  // Hears what other processes announce; started by the first who waits for it.
  std::once_flag listening_once_;
  std::thread listening_;
  const int stop_ = ::eventfd(0, EFD_CLOEXEC);
  std::mutex mutex_;
  std::condition_variable slot_returned_;
  std::size_t slots_free_;                         // guarded by mutex_
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_; never more than slots_free_
};

PostgresStore::Slot::Slot(PostgresStore& store) : store_(store) {
  std::unique_lock lock(store.mutex_);
  store.slot_returned_.wait(lock, [&] { return store.slots_free_ > 0; });
  --store.slots_free_;
  if (store.idle_.empty()) return;
  connection_ = std::move(store.idle_.back());
  store.idle_.pop_back();
}

PostgresStore::Slot::~Slot() {
  if (connection_) connection_->rollback();
  {
    const std::lock_guard lock(store_.mutex_);
    ++store_.slots_free_;
    if (connection_ && !connection_->is_lost()) store_.idle_.push_back(std::move(connection_));
  }
  store_.slot_returned_.notify_one();
}

Result<Connection*> PostgresStore::Slot::begin(Statements statements, Access access, Company company) {
  if (connection_ && (connection_->is_lost() || connection_->was_hung_up())) connection_.reset();
  if (!connection_) {
    TUTELA_ASSIGN(connection_, Connection::open(store_.conninfo_));
  }
  TUTELA_TRY(connection_->begin(statements, access, company));
  return connection_.get();
}

Result<> PostgresStore::write_once(Company company, const std::function<Result<>(Transaction&)>& body, Wakes& wakes) {
  Slot slot(*this);
  const auto attempt = [&](bool& was_committing) -> Result<> {
    TUTELA_ASSIGN(Connection* const connection,
                  slot.begin(company == Company::alone ? kBeginAlone : kBeginShared, Access::write, company));
    driver::ConnectionTransaction transaction(*connection);
    TUTELA_TRY(transaction.run(body));
    was_committing = true;
    TUTELA_TRY(connection->commit());
    // The listener hears of it as well, some time later.
    if (transaction.has_announced()) news_.tell();
    wakes = transaction.take_wakes();
    return {};
  };
  bool was_committing = false;
  auto result = attempt(was_committing);
  if (!result && !was_committing && slot.is_worth_another()) result = attempt(was_committing);
  return result;
}

Result<> PostgresStore::write(const std::function<Result<>(Transaction&)>& body) {
  TUTELA_CHECK(writing_store != this);
  Wakes wakes;
  for (int attempt = 1;; ++attempt) {
    writing_store = this;
    const auto result = write_once(attempt == 1 ? Company::shared : Company::alone, body, wakes);
    writing_store = nullptr;
    if (result) break;
    if (!driver::is_worth_rerunning(result.error()) || attempt == driver::kAttemptsMax) return result;
  }
  for (const auto& wake : wakes) wake();
  return {};
}

Result<> PostgresStore::read(const std::function<Result<>(Reader&)>& body) {
  Slot slot(*this);
  const auto attempt = [&]() -> Result<> {
    TUTELA_ASSIGN(Connection* const connection, slot.begin(kBeginRead, Access::read));
    driver::ConnectionReader reader(*connection);
    return driver::run_guarded<Reader>(body, reader);
  };
  auto result = attempt();
  if (!result && slot.is_worth_another()) result = attempt();
  return result;
}

// Whoever holds the gate alone has waited for everybody who was inside.
Result<> PostgresStore::wait_for_writers() {
  TUTELA_CHECK(writing_store != this);
  Wakes none;
  return write_once(Company::alone, [](Transaction&) -> Result<> { return {}; }, none);
}

std::int64_t PostgresStore::wait_for_news(std::int64_t seen, std::chrono::milliseconds at_most) {
  std::call_once(listening_once_, [this] { listening_ = std::thread([this] { listen(); }); });
  return news_.wait(seen, at_most);
}

void PostgresStore::listen() {
  for (;;) {
    auto connection = Connection::open(conninfo_);
    if (connection && (*connection)->listen()) {
      // Whatever was announced while nobody listened.
      news_.tell();
      for (;;) {
        const auto heard = (*connection)->wait_for_announcement(stop_);
        if (!heard) break;
        if (!*heard) return;
        news_.tell();
      }
    }
    pollfd stop{stop_, POLLIN, 0};
    if (::poll(&stop, 1, kListenAgainMs) > 0) return;
  }
}

PostgresStore::~PostgresStore() {
  if (listening_.joinable()) {
    const std::uint64_t one = 1;
    TUTELA_CHECK(::write(stop_, &one, sizeof one) == sizeof one);
    listening_.join();
  }
  ::close(stop_);
}

// Nothing is made in a database that holds something and nothing of ours.
Result<> PostgresStore::prepare() {
  Slot slot(*this);
  TUTELA_ASSIGN(Connection* const connection, slot.begin(kBeginOpening, Access::write, Company::alone));
  TUTELA_ASSIGN(const auto tables, connection->query("SELECT count(*), count(*) FILTER (WHERE tablename IN ('write_gate', "
                                                     "'schema_version')) FROM pg_catalog.pg_tables "
                                                     "WHERE schemaname = current_schema()",
                                                     {}));
  if (tables.at(0).integer(0) > 0 && tables.at(0).integer(1) == 0) return fail(ErrorCode::unsupported, "store.foreign_database");
  TUTELA_TRY(connection->execute(kGateTable, {}));
  return connection->commit();
}

}  // namespace

Result<std::unique_ptr<Store>> open_postgres(const std::string& conninfo, std::size_t pool_size) {
  TUTELA_CHECK(pool_size > 0);
  auto store = std::make_unique<PostgresStore>(conninfo, pool_size);
  TUTELA_TRY(store->prepare());
  return store;
}

}  // namespace tutela::store
