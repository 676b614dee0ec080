#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "store/driver.h"
#include "store/sqlite/sqlite_connection.h"

// Group commit. Writers queue for the one writing connection in order of arrival. The first of a group begins the transaction;
// each runs its body on its own thread, in its own savepoint, and passes the turn to the next in the queue, then waits. Whoever
// finds nobody behind it commits for all and wakes them. So a lone writer pays one fsync and no hand-over, and n writers that
// meet pay one fsync together.
namespace tutela::store {
namespace {

using sqlite::Connection;
using sqlite::Doing;

constexpr std::size_t kReadersMax = 4;
// Bounds how long the first of a group waits for the last.
constexpr int kGroupMembersMax = 64;

class LockFile {
 public:
  static Result<LockFile> acquire(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return fail(ErrorCode::unavailable, "store.cannot_open", ::strerrorname_np(errno));
    LockFile lock(file);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) return fail(ErrorCode::conflict, "store.in_use");
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
  std::string_view backend() const override { return "sqlite"; }

 private:
  // The requests of one transaction. `result` is valid once `done`; both are guarded by mutex_.
  struct Group {
    int members = 0;
    bool done = false;
    Result<> result = {};
    // Set by the thread that has the turn when SQLite rolled back by itself: everybody's rows are gone.
    std::optional<Error> lost;
  };
  using Wakes = std::vector<std::function<void()>>;

  // The three below run on the thread that has the turn.
  Result<> run_in_savepoint(const std::function<Result<>(Transaction&)>& body, Wakes& wakes);
  Result<> run_attempts(Group& group, const std::function<Result<>(Transaction&)>& body, Wakes& wakes);
  Result<> commit(Group& group);

  const LockFile lock_;  // first, so that it goes last: after the connections have written their checkpoint

  std::mutex mutex_;
  std::condition_variable turn_passed_;
  std::condition_variable group_done_;
  std::uint64_t tickets_given_ = 0;    // guarded by mutex_
  std::uint64_t ticket_served_ = 0;    // guarded by mutex_
  std::shared_ptr<Group> open_group_;  // guarded by mutex_, changed by the thread that has the turn
  std::atomic<std::thread::id> turn_holder_{};
  std::unique_ptr<Connection> writer_;  // used by the thread that has the turn

  std::mutex readers_mutex_;
  std::condition_variable reader_returned_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;  // guarded by readers_mutex_
};

Result<> SqliteStore::run_in_savepoint(const std::function<Result<>(Transaction&)>& body, Wakes& wakes) {
  TUTELA_TRY(writer_->control("SAVEPOINT request"));
  driver::ConnectionTransaction transaction(*writer_);
  auto result = transaction.run(body);
  if (!writer_->is_in_transaction()) return result;
  auto closed = result ? Result<>() : writer_->control("ROLLBACK TO request");
  if (closed) closed = writer_->control("RELEASE request");
  if (!closed) {
    // Half of this request may stand in the common transaction: it must not be committed with the others.
    static_cast<void>(writer_->control("ROLLBACK"));
    return closed;
  }
  if (result) wakes = transaction.take_wakes();
  return result;
}

Result<> SqliteStore::run_attempts(Group& group, const std::function<Result<>(Transaction&)>& body, Wakes& wakes) {
  for (int attempt = 1;; ++attempt) {
    auto result = run_in_savepoint(body, wakes);
    if (!writer_->is_in_transaction()) {
      if (result) result = fail(ErrorCode::internal, "store.body_ended_transaction");
      group.lost = result.error();
      return result;
    }
    if (result || !driver::is_worth_rerunning(result.error()) || attempt == driver::kAttemptsMax) return result;
  }
}

Result<> SqliteStore::commit(Group& group) {
  if (group.lost) return std::unexpected(*group.lost);
  auto committed = writer_->control("COMMIT", Doing::commit);
  // If even the rollback fails the connection is still inside; the next BEGIN says so.
  if (!committed && writer_->is_in_transaction()) static_cast<void>(writer_->control("ROLLBACK"));
  return committed;
}

Result<> SqliteStore::write(const std::function<Result<>(Transaction&)>& body) {
  TUTELA_CHECK(turn_holder_.load() != std::this_thread::get_id());
  std::unique_lock lock(mutex_);
  const auto ticket = tickets_given_++;
  turn_passed_.wait(lock, [&] { return ticket_served_ == ticket; });
  turn_holder_ = std::this_thread::get_id();
  const auto pass_turn = [&] {
    turn_holder_ = std::thread::id();
    ++ticket_served_;
    turn_passed_.notify_all();
  };

  if (!open_group_) {
    lock.unlock();
    auto begun = writer_->control("BEGIN IMMEDIATE");
    lock.lock();
    if (!begun) {
      pass_turn();
      return begun;
    }
    open_group_ = std::make_shared<Group>();
  }
  const auto group = open_group_;
  ++group->members;

  lock.unlock();
  Wakes wakes;
  auto result = run_attempts(*group, body, wakes);
  lock.lock();

  const bool is_last = tickets_given_ == ticket + 1 || group->members >= kGroupMembersMax || group->lost;
  if (is_last) {
    lock.unlock();
    auto committed = commit(*group);
    lock.lock();
    group->result = std::move(committed);
    group->done = true;
    open_group_.reset();
    group_done_.notify_all();
    pass_turn();
  } else {
    pass_turn();
    // One that failed waits too: it may have decided on rows of the group that are not committed in the end.
    group_done_.wait(lock, [&] { return group->done; });
  }
  if (!group->result) return group->result;
  lock.unlock();
  if (result)
    for (const auto& wake : wakes) wake();
  return result;
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

}  // namespace tutela::store
