#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "match_engine/bank_tables.h"
#include "match_engine/snapshot_file.h"
#include "match_engine/wide_scans.h"
#include "store/store.h"

// The banks in memory: what every lookup asks, and what follows the store (docs/adr/0009-match-engine.md).
namespace tutela::match_engine {

struct SnapshotPlace {
  std::filesystem::path path;
  SnapshotKey key;
  // What the rows come from, e.g. the node's name: a snapshot of another source is refused.
  std::string source;
};

struct EngineOptions {
  // An answer rests on a look at the feed that is at most this old; none: nobody but this process writes to the store, as SQLite's
  // lock guarantees.
  std::optional<std::chrono::milliseconds> lease;
  std::optional<SnapshotPlace> snapshot;
  WideScanOptions wide;
  // Replaced by tests of the lease.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// One of all answers to one question, and the generation that gave it.
struct EngineAnswer {
  match::MatchAnswer answer;
  std::int64_t generation = 0;
};
struct EngineAnswers {
  std::vector<match::MatchAnswer> answers;  // one a question, in their order
  std::int64_t generation = 0;
};

struct EngineFacts {
  std::int64_t generation = 0;
  std::int64_t feed = 0;  // everything up to this number of the feed is held
  std::size_t entries = 0;
  std::size_t withdrawn = 0;  // of these, kept until the next start
  std::size_t rows = 0;
  std::size_t tail_rows = 0;  // scanned, since no segment covers them yet
  std::size_t wide_rows = 0;  // scanned by their own workers
  std::size_t bytes = 0;
  std::optional<std::chrono::milliseconds> confirmed_ago;  // none: never
  std::chrono::milliseconds built_in{0};                   // the last segment
};

// Thread-safe. Lookups take the generation they find, for as long as they need it, and wait for nobody.
class MatchEngine {
 public:
  explicit MatchEngine(EngineOptions options = {});
  // Ends follow().
  ~MatchEngine();
  MatchEngine(const MatchEngine&) = delete;
  MatchEngine& operator=(const MatchEngine&) = delete;

  // Takes over what the store holds: from the snapshot and the feed behind it, or all of it. A snapshot that cannot be used is
  // logged ("match.snapshot_refused") and passed over. As refresh().
  Result<> open(store::Store& store);

  // Takes over every committed change that is not held yet; opens first if need be. Nothing to do, and no statement, while the
  // lease runs and no change was noted. Call it before a use case that asks. As Store::read(); corrupt, "bank.bad_row"; limit,
  // "match.too_many_rows", "match.too_many_banks".
  Result<> refresh(store::Store& store);
  // A change of a bank was committed by this process: from now on nothing is answered until refresh() has taken it over (I5).
  void note_change();

  // Every match of any of the fingerprints, complete and in order (I4). Values that cannot be compared are passed over. Reads no
  // database. unavailable, "match.stale" when the lease has run out or a change is not taken over; busy, "match.wide_busy" when
  // banks above 31 bits are asked and their queue is full or too slow: choose others, or ask again.
  // Cost: about 20 us a PDQ value at 10^7 entries, 0.3 us a digest.
  Result<EngineAnswer> find(std::span<const Fingerprint> fingerprints, const BankChoice& banks = BankChoice::all()) const;
  // The same for each fingerprint by itself, all of one generation.
  Result<EngineAnswers> find_each(std::span<const Fingerprint> fingerprints, const BankChoice& banks = BankChoice::all()) const;

  // Starts the threads that follow the feed (a look every `kFeedLook`), build segments and write the snapshot. `store` outlives
  // the engine or stop().
  void follow(store::Store& store);
  // Joins them and writes the snapshot if something changed since the last.
  void stop();

  // One step of merging; false when there is nothing to merge. follow() does it by itself.
  bool merge_once();
  // unavailable, "match.no_snapshot" without a place; as write_durably().
  Result<> write_snapshot();

  EngineFacts facts() const;
  // Changes whenever entries were added; for who compares waiting items again.
  std::int64_t additions() const { return additions_; }

 private:
  Result<std::shared_ptr<const Generation>> current_if_fresh() const;
  Result<> take_over(store::Store& store);
  void run_feed(store::Store& store);
  void run_merges();

  EngineOptions options_;
  BankTables tables_;
  mutable WideScans wide_;

  std::mutex taking_over_;              // one refresh at a time
  bool is_open_ = false;                // guarded by taking_over_
  std::atomic<std::int64_t> noted_{0};  // changes of this process
  std::atomic<std::int64_t> taken_{0};  // of these, taken over
  std::atomic<std::int64_t> confirmed_ns_{0};
  std::atomic<std::int64_t> additions_{0};
  std::atomic<std::int64_t> built_in_ms_{0};

  std::mutex stopping_mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;  // guarded by stopping_mutex_
  std::vector<std::thread> threads_;
};

inline constexpr std::chrono::milliseconds kFeedLook{100};
inline constexpr std::chrono::milliseconds kLeaseDefault{2'000};

}  // namespace tutela::match_engine
