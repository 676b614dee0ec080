#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "store/driver.h"
#include "store/sqlite/sqlite_connection.h"

// Group commit (docs/adr/0010-group-commit.md). Writers queue. The first in the queue leads: it takes everybody who waits into
// one transaction, runs each body in a savepoint of its own, looks whether others came meanwhile, and commits for all. So a lone
// writer pays one fsync and no hand-over; n writers that meet pay one fsync together, and each is woken once. While the leader
// waits for the disk, the others prepare what they write next.
namespace tutela::store {
namespace {

using sqlite::Connection;
using sqlite::Doing;

constexpr std::size_t kReadersMax = 4;
// Bounds how long the first of a group waits for the last.
constexpr std::size_t kGroupMembersMax = 64;

class LockFile {
 public:
  static Result<LockFile> acquire(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return fail(ErrorCode::unavailable, "store.cannot_open", ::strerrorname_np(errno));
    LockFile lock(file);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) return fail(ErrorCode::busy, "store.in_use");
    return lock;
  }
  LockFile(LockFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  LockFile& operator=(LockFile&&) = delete;
  // The file stays: to remove it would let two openers lock two different files.
  ~LockFile() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  explicit LockFile(int file) : file_(file) {}
  int file_;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(LockFile lock, std::unique_ptr<Connection> writer, std::vector<std::unique_ptr<Connection>> readers)
      : lock_(std::move(lock)), writer_(std::move(writer)), idle_readers_(std::move(readers)) {}

  Result<> write(const std::function<Result<>(Transaction&)>& body) override;
  Result<> read(const std::function<Result<>(Reader&)>& body) override;
  // Writers go one by one: the next one begins when all before it have ended.
  Result<> wait_for_writers() override {
    return write([](Transaction&) -> Result<> { return {}; });
  }
  std::int64_t wait_for_news(std::int64_t seen, std::chrono::milliseconds at_most) override { return news_.wait(seen, at_most); }
  std::string_view backend() const override { return "sqlite"; }

 private:
  using Wakes = std::vector<std::function<void()>>;
  // One call of write(), on its caller's stack.
  struct Request {
    const std::function<Result<>(Transaction&)>& body;
    Result<> result = {};               // of the body; used by the leader until `is_answered`
    bool has_announced = false;         // as `result`
    Wakes wakes = {};                   // as `result`
    bool is_answered = false;           // guarded by mutex_
    std::condition_variable turn = {};  // answered, or to lead
  };

  // These run on the leader's thread. `lost` is set when SQLite rolled back by itself: everybody's rows are gone.
  void lead(std::vector<Request*>& group);
  std::vector<Request*> take_waiting(std::size_t count_max);
  Result<> run_in_savepoint(Request& request);
  void run_attempts(Request& request, std::optional<Error>& lost);
  Result<> commit();

  const LockFile lock_;  // first, so that it goes last: after the connections have written their checkpoint

  std::mutex mutex_;
  std::deque<Request*> waiting_;  // guarded by mutex_; in order of arrival
  bool is_led_ = false;           // guarded by mutex_
  std::atomic<std::thread::id> leader_{};
  std::unique_ptr<Connection> writer_;  // used by the leader

  driver::News news_;

  std::mutex readers_mutex_;
  std::condition_variable reader_returned_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;  // guarded by readers_mutex_
};

Result<> SqliteStore::run_in_savepoint(Request& request) {
  TUTELA_TRY(writer_->control("SAVEPOINT request"));
  driver::ConnectionTransaction transaction(*writer_);
  auto result = transaction.run(request.body);
  if (!writer_->is_in_transaction()) return result;
  auto closed = result ? Result<>() : writer_->control("ROLLBACK TO request");
  if (closed) closed = writer_->control("RELEASE request");
  if (!closed) {
    // Half of this request may stand in the common transaction: it must not be committed with the others.
    static_cast<void>(writer_->control("ROLLBACK"));
    return closed;
  }
  if (!result) return result;
  request.has_announced = transaction.has_announced();
  request.wakes = transaction.take_wakes();
  return result;
}

void SqliteStore::run_attempts(Request& request, std::optional<Error>& lost) {
  for (int attempt = 1;; ++attempt) {
    request.result = run_in_savepoint(request);
    if (!writer_->is_in_transaction()) {
      lost = request.result ? Error{ErrorCode::internal, "store.body_ended_transaction"} : request.result.error();
      return;
    }
    if (request.result || !driver::is_worth_rerunning(request.result.error()) || attempt == driver::kAttemptsMax) return;
  }
}

Result<> SqliteStore::commit() {
  auto committed = writer_->control("COMMIT", Doing::commit);
  // If even the rollback fails the connection is still inside; the next BEGIN says so.
  if (!committed && writer_->is_in_transaction()) static_cast<void>(writer_->control("ROLLBACK"));
  return committed;
}

std::vector<SqliteStore::Request*> SqliteStore::take_waiting(std::size_t count_max) {
  const std::lock_guard lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(count_max, waiting_.size()));
  std::vector<Request*> taken(waiting_.begin(), waiting_.begin() + count);
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  return taken;
}

// Fills `group` with those that the transaction decided about.
void SqliteStore::lead(std::vector<Request*>& group) {
  auto outcome = writer_->control("BEGIN IMMEDIATE");
  std::optional<Error> lost;
  for (std::size_t next = 0; !lost;) {
    if (next == group.size()) {
      if (!group.empty() && !outcome) break;
      const auto more = take_waiting(kGroupMembersMax - group.size());
      if (more.empty()) break;
      group.insert(group.end(), more.begin(), more.end());
    }
    if (!outcome) break;
    run_attempts(*group[next++], lost);
    if (!lost) continue;
    // Those whose turn had not come begin anew with the next group.
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.begin(), group.begin() + static_cast<std::ptrdiff_t>(next), group.end());
    group.resize(next);
  }
  if (lost) {
    outcome = std::unexpected(*lost);
  } else if (outcome) {
    outcome = commit();
  }
  // One that failed by itself is told of the commit, too: it may have decided on rows of the group that are not there in the end.
  if (!outcome)
    for (auto* const request : group) request->result = outcome;
}

Result<> SqliteStore::write(const std::function<Result<>(Transaction&)>& body) {
  TUTELA_CHECK(leader_.load() != std::this_thread::get_id());
  Request own{body};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&own);
  own.turn.wait(lock, [&] { return own.is_answered || (!is_led_ && waiting_.front() == &own); });
  if (!own.is_answered) {
    is_led_ = true;
    leader_ = std::this_thread::get_id();
    lock.unlock();
    std::vector<Request*> group;
    lead(group);
    lock.lock();
    leader_ = std::thread::id();
    is_led_ = false;
    for (auto* const request : group) {
      request->is_answered = true;
      // Under the lock: a request is gone as soon as its caller can see that it was answered.
      if (request != &own) request->turn.notify_one();
    }
    if (!waiting_.empty()) waiting_.front()->turn.notify_one();
    // Its own was the first of the queue, so it is among those that were decided about.
    TUTELA_CHECK(own.is_answered);
  }
  lock.unlock();
  if (own.result && own.has_announced) news_.tell();
  if (own.result)
    for (const auto& wake : own.wakes) wake();
  return own.result;
}

Result<> SqliteStore::read(const std::function<Result<>(Reader&)>& body) {
  std::unique_lock lock(readers_mutex_);
  reader_returned_.wait(lock, [&] { return !idle_readers_.empty(); });
  auto connection = std::move(idle_readers_.back());
  idle_readers_.pop_back();
  lock.unlock();

  auto result = connection->control("BEGIN");
  if (result) {
    driver::ConnectionReader reader(*connection);
    result = driver::run_guarded<Reader>(body, reader);
  }
  if (connection->is_in_transaction()) {
    const auto ended = connection->control("ROLLBACK");
    if (result && !ended) result = ended;
  }

  lock.lock();
  idle_readers_.push_back(std::move(connection));
  lock.unlock();
  reader_returned_.notify_one();
  return result;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& path) {
  auto lock_path = path;
  lock_path += ".lock";
  TUTELA_ASSIGN(auto lock, LockFile::acquire(lock_path));
  TUTELA_ASSIGN(auto writer, Connection::open(path, sqlite::Access::write));
  std::vector<std::unique_ptr<Connection>> readers;
  while (readers.size() < kReadersMax) {
    TUTELA_ASSIGN(auto reader, Connection::open(path, sqlite::Access::read));
    readers.push_back(std::move(reader));
  }
  return std::make_unique<SqliteStore>(std::move(lock), std::move(writer), std::move(readers));
}

Result<SchemaFacts> look_at_sqlite(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return SchemaFacts{};
  TUTELA_ASSIGN(auto connection, Connection::look_at(path));
  TUTELA_ASSIGN(const auto tables,
                connection->query("SELECT count(*), COALESCE(sum(name = 'schema_version'), 0) FROM sqlite_schema "
                                  "WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
                                  {}));
  SchemaFacts facts{.is_ours = tables.at(0).integer(1) != 0, .tables = tables.at(0).integer(0)};
  if (facts.is_ours) {
    TUTELA_ASSIGN(const auto version, connection->query("SELECT COALESCE(max(version), 0) FROM schema_version", {}));
    facts.version = version.at(0).integer(0);
  }
  return facts;
}

}  // namespace tutela::store
